package import EventLoop
import Glibc

/// An HTTP/1.1 client of one loop for messages that fit in memory, with a small pool of kept connections.
///
/// A request that meets a kept connection which the server has closed meanwhile (no byte of a response came) is sent
/// once more on a new one. What is sent must therefore bear being received twice.
package final class HTTPClient {
    private let loop: EventLoop
    private let limits: HTTPClientLimits
    private let tls: HTTPClientTLS?
    private var idle: [SocketAddress: [ClientConnection]] = [:]
    private var idleCount = 0

    /// - Parameter tls: nil for plaintext.
    package init(loop: EventLoop, limits: HTTPClientLimits = HTTPClientLimits(), tls: HTTPClientTLS? = nil) {
        self.loop = loop
        self.limits = limits
        self.tls = tls
    }

    /// Sends a request to `url`'s target at `address`.
    ///
    /// - Parameter deadline: for everything, from the connect to the last byte.
    package func request(
        _ method: String = "GET", _ url: HTTPURL, at address: SocketAddress, fields: HTTPFields = [:],
        body: [UInt8] = [], deadline: MonotonicTime
    ) async throws(HTTPClientError) -> HTTPResponse {
        try await request(
            method, to: address, authority: url.authority, target: url.target, fields: fields, body: body,
            deadline: deadline)
    }

    /// - Parameters:
    ///   - authority: the Host field.
    ///   - target: origin-form, or absolute-form for a proxy.
    ///   - fields: without `Host`, `Content-Length`, `Connection` and `Transfer-Encoding`, which are the client's.
    package func request(
        _ method: String = "GET", to address: SocketAddress, authority: String, target: String,
        fields: HTTPFields = [:], body: [UInt8] = [], deadline: MonotonicTime
    ) async throws(HTTPClientError) -> HTTPResponse {
        loop.preconditionInLoop()
        let head = HTTPRequestLines(method: method, authority: authority, target: target, fields: fields)
        if let kept = takeIdle(address) {
            switch await kept.exchange(head: head, body: body, deadline: deadline) {
            case .failure(_, responseBegan: false) where loop.now < deadline: break
            case .failure(let error, responseBegan: _): throw error
            case .response(let response):
                keep(kept)
                return response
            }
        }
        let fresh = try await connect(to: address, deadline: deadline)
        switch await fresh.exchange(head: head, body: body, deadline: deadline) {
        case .failure(let error, responseBegan: _): throw error
        case .response(let response):
            keep(fresh)
            return response
        }
    }

    /// Closes the connections that are kept.
    package func closeIdle() {
        idle.removeAll()
        idleCount = 0
    }

    private func connect(
        to address: SocketAddress, deadline: MonotonicTime
    ) async throws(HTTPClientError) -> ClientConnection {
        let waiter = Waiter(loop: loop)
        defer { waiter.invalidate() }
        switch await Descriptor.connect(to: address, loop: loop, waiter: waiter, deadline: deadline) {
        case .connected(let descriptor):
            let stream = TransportStream(descriptor)
            if let tls, await !stream.secure(tls.context, expecting: tls.server, waiter, until: deadline) {
                throw stream.failure.map { .tlsFailed($0) } ?? .connectTimedOut
            }
            return ClientConnection(stream, waiter: waiter, address: address, limits: limits)
        case .timedOut: throw .connectTimedOut
        case .failed(ECONNREFUSED): throw .connectRefused
        case .failed(let code): throw .connectFailed(code)
        }
    }

    // MARK: Pool

    /// The connection used last, since it is the least likely to have been closed by the peer.
    private func takeIdle(_ address: SocketAddress) -> ClientConnection? {
        while let connection = idle[address]?.popLast() {
            idleCount -= 1
            let age = loop.now.nanoseconds(since: connection.idleSince)
            if connection.isUsable, age < limits.idleTimeout.nanoseconds { return connection }
        }
        idle[address] = nil
        return nil
    }

    private func keep(_ connection: ClientConnection) {
        guard connection.isUsable, idleCount < limits.idleMax,
            idle[connection.address, default: []].count < limits.idlePerAddressMax
        else { return }
        connection.idleSince = loop.now
        idle[connection.address, default: []].append(connection)
        idleCount += 1
    }
}
