package import EventLoop
import Glibc
package import HTTP

/// An HTTP/2 client of one loop and one server, which is known to speak it (RFC 9113 §3.3), for messages that fit in
/// memory: all requests share one connection, which is made by the first one and again when the server has ended it.
///
/// A request that the server did not look at (GOAWAY, REFUSED_STREAM) is sent once more on a new connection, also when the
/// connection ended before any byte of the response. What is sent must therefore bear being received twice.
///
/// A client that is not needed any more has to be closed: its connection would stay.
package final class HTTP2Client {
    private let loop: EventLoop
    private let address: SocketAddress
    private let authority: [UInt8]
    private let limits: HTTPClientLimits
    private var connection: HTTP2ClientConnection?
    private var isConnecting = false
    /// Requests that wait for a connection which another one is making.
    private var waiting: [Waiter] = []
    /// How many connections were made.
    package private(set) var connectionsOpened = 0

    /// - Parameter authority: what `:authority` says.
    package init(
        to address: SocketAddress, authority: String, loop: EventLoop, limits: HTTPClientLimits = HTTPClientLimits()
    ) {
        self.loop = loop
        self.address = address
        self.authority = Array(authority.utf8)
        self.limits = limits
    }

    /// - Parameters:
    ///   - method: not `.other`, nor CONNECT.
    ///   - fields: without those about the connection, and without `Content-Length`, which is the client's.
    ///   - deadline: for everything, from the connect to the last byte.
    package func request(
        _ method: HTTPMethod, _ path: String, fields: HTTPFields = [:], body: [UInt8] = [], deadline: MonotonicTime
    ) async throws(HTTPClientError) -> HTTPResponse {
        loop.preconditionInLoop()
        precondition(method != .other && method != .connect, "this client has no tunnels and no names of methods")
        let request = HTTP2ClientRequest(
            method: method, authority: authority, path: Array(path.utf8), fields: fields, body: body)
        let first = try await usableConnection(deadline)
        switch await first.exchange(request, deadline: deadline) {
        case .response(let response): return response
        case .failure(_, responseBegan: false) where loop.now < deadline: break
        case .failure(let error, responseBegan: _): throw error
        }
        first.retire()
        switch await (try usableConnection(deadline)).exchange(request, deadline: deadline) {
        case .response(let response): return response
        case .failure(let error, responseBegan: _): throw error
        }
    }

    /// Lets the connection end, once its last request has.
    package func close() {
        connection?.retire()
        connection = nil
    }

    private func usableConnection(_ deadline: MonotonicTime) async throws(HTTPClientError) -> HTTP2ClientConnection {
        while true {
            if let connection, connection.isUsable { return connection }
            guard isConnecting else { return try await connect(deadline) }
            let waiter = Waiter(loop: loop)
            waiting.append(waiter)
            defer { waiter.invalidate() }
            if await waiter.wait(until: deadline) == .deadline { throw .connectTimedOut }
        }
    }

    private func connect(_ deadline: MonotonicTime) async throws(HTTPClientError) -> HTTP2ClientConnection {
        isConnecting = true
        defer {
            isConnecting = false
            for waiter in waiting { waiter.wake() }
            waiting = []
        }
        let waiter = Waiter(loop: loop)
        switch await Descriptor.connect(to: address, loop: loop, waiter: waiter, deadline: deadline) {
        case .timedOut:
            waiter.invalidate()
            throw .connectTimedOut
        case .failed(let code):
            waiter.invalidate()
            throw code == ECONNREFUSED ? .connectRefused : .connectFailed(code)
        case .connected(let descriptor):
            connection?.retire()
            let made = HTTP2ClientConnection(descriptor, waiter: waiter, loop: loop, limits: limits)
            connectionsOpened += 1
            connection = made
            loop.spawn { [client = LoopBound(self, loop: loop), bound = LoopBound(made, loop: loop)] in
                await bound.value.run()
                client.value.forget(bound.value)
            }
            return made
        }
    }

    /// Its socket is closed with it.
    private func forget(_ ended: HTTP2ClientConnection) {
        if connection === ended { connection = nil }
    }
}
