import EventLoop
import Testing

@Suite("A listener", .timeLimit(.minutes(1)))
struct ListenerTests {
    /// Connects `count` clients before anything is accepted, ends the listener by `end`, and counts what it still took.
    private static func taken(
        _ count: Int, endedBy end: @escaping @Sendable (Listener, EventLoop) -> Void
    ) async throws -> Int {
        try await onLoop { loop in
            let address = SocketAddress(v4: 0x7F00_0001, port: 0)
            let listener = try Listener(binding: address, loop: loop, sharesPort: false)
            var clients: [Descriptor] = []
            while clients.count < count {
                let deadline = loop.now.advanced(by: .seconds(30))
                let result = await Descriptor.connect(
                    to: listener.address, loop: loop, waiter: Waiter(loop: loop), deadline: deadline)
                guard case .connected(let client) = result else { throw SystemError("connect") }
                clients.append(client)
            }
            end(listener, loop)
            var taken = 0
            await listener.run {
                taken += 1
                Descriptor.discard(unregistered: $0.number)
            }
            return taken
        }
    }

    @Test("takes the connections that the kernel has completed before draining began, which closing would reset")
    func drained() async throws {
        #expect(try await Self.taken(100) { _, loop in loop.drain() } == 100)
    }

    @Test("takes them when it is stopped as well")
    func stopped() async throws {
        #expect(try await Self.taken(100) { listener, _ in listener.stop() } == 100)
    }
}
