internal import EventLoop
internal import HTTPTransport

/// Where spans arrive: one port for all of OTLP, and a second one when it is asked for.
final class ReceivingPorts {
    private let servers: [HTTPServer]
    private let loop: EventLoop

    /// How long senders may take to read their answers and to learn that this process ends.
    private static let drainTimeout = Duration.seconds(2)

    init(_ servers: [HTTPServer], loop: EventLoop) {
        self.servers = servers
        self.loop = loop
    }

    /// For the log, with the real ports.
    var names: String {
        let addresses = servers.map(\.address.description)
        return "OTLP \(addresses[0])" + addresses.dropFirst().map { ", OTLP/gRPC \($0)" }.joined()
    }

    func start() { for server in servers { server.start() } }

    /// Answers what has begun, tells HTTP/2 clients to go elsewhere, and stops the loop. May be called from any thread.
    func end() {
        loop.spawn { [bound = LoopBound(self, loop: loop)] in await bound.value.drain() }
    }

    private func drain() async {
        let deadline = loop.now.advanced(by: Self.drainTimeout)
        for server in servers { server.stop() }
        while servers.contains(where: { $0.openConnections > 0 }), loop.now < deadline {
            await loop.sleep(for: .milliseconds(5))
        }
        loop.stop()
    }
}
