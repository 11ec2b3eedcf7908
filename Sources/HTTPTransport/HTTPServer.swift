package import EventLoop
import Glibc
package import TLS

/// A server of one loop for requests that fit in memory: admin endpoints, query APIs, receivers of telemetry. It speaks
/// HTTP/1.1, and HTTP/2 with clients that begin with it (RFC 9113 §3.3), on the same port.
///
/// A handler is given the whole request and returns the whole response; it may suspend, and runs on the loop. Requests
/// of one HTTP/1.1 connection are answered one after the other, in order, those of an HTTP/2 connection all at once. The server ends when `stop` is called or its loop
/// drains: it accepts nothing new, closes what is idle and answers what has begun.
package final class HTTPServer {
    package typealias Handler = @Sendable (HTTPRequest) async -> HTTPResponse
    /// What a client reads whose request is not handed to the handler.
    package typealias Refusal = @Sendable (HTTPRefusal) -> HTTPResponse

    private let loop: EventLoop
    /// Let go when accepting ends, so that the kernel refuses who comes later.
    private var listener: Listener?
    /// Where the server listens; the port is the real one when 0 was asked for.
    package let address: SocketAddress
    private let limits: HTTPServerLimits
    private let handler: Handler
    private let refusal: Refusal
    private let bodies: BodyBudget
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var isStopping = false
    /// What connections from now on are made with; nil serves plaintext.
    package var tls: TLSContext?
    package let counters: HTTPServerCounters

    /// Binds at once, so that a taken port is an error of the start; nothing is accepted before `start`.
    ///
    /// - Parameters:
    ///   - sharesPort: true when several loops serve one port, each with a server of its own.
    ///   - tls: serves TLS only, to clients that the context takes.
    ///   - refusal: for protocols whose errors have a form of their own.
    /// - Throws: `SystemError` naming the address.
    package init(
        binding address: SocketAddress, loop: EventLoop, limits: HTTPServerLimits = HTTPServerLimits(),
        sharesPort: Bool = false, tls: TLSContext? = nil, counters: HTTPServerCounters = HTTPServerCounters(),
        refusal: @escaping Refusal = HTTPServer.textRefusal, handler: @escaping Handler
    ) throws(SystemError) {
        self.loop = loop
        self.limits = limits
        self.tls = tls
        self.counters = counters
        self.handler = handler
        self.refusal = refusal
        bodies = BodyBudget(bytesMax: limits.bodiesBytesMax)
        let listener = try Listener(binding: address, loop: loop, sharesPort: sharesPort)
        self.listener = listener
        self.address = listener.address
    }

    package static let textRefusal: Refusal = { .text("\($0.why)\n", status: $0.status) }

    package var openConnections: Int { connections.count }

    /// Accepts from now on. May be called before the loop runs.
    package func start() {
        loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.accept() }
    }

    /// Ends the server as its loop's drain would; on the loop.
    package func stop() {
        loop.preconditionInLoop()
        isStopping = true
        listener?.stop()
        for connection in connections.values { connection.wake() }
    }

    private var context: ServerContext {
        ServerContext(
            loop: loop, limits: limits, counters: counters, handler: handler, refusal: refusal, bodies: bodies,
            tls: tls,
            isStopping: { [unowned self] in isStopping })
    }

    private func accept() async {
        await listener?.run { take($0) }
        listener = nil
    }

    private func take(_ accepted: AcceptedConnection) {
        guard connections.count < limits.connectionsMax else {
            counters.connectionsRefused.increment()
            close(accepted.number)
            return
        }
        let connection: ServerConnection
        do throws(SystemError) {
            connection = try ServerConnection(accepted, context: context)
        } catch {
            counters.connectionsRefused.increment()
            return
        }
        counters.connectionsOpened.increment()
        connections[ObjectIdentifier(connection)] = connection
        loop.spawn { [server = LoopBound(self, loop: loop), bound = LoopBound(connection, loop: loop)] in
            await bound.value.run()
            server.value.connections[ObjectIdentifier(bound.value)] = nil
        }
    }
}
