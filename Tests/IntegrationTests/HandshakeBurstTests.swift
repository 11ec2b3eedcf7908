import EventLoop
import TLS
import Testing

@Suite("Many TLS handshakes at once", .timeLimit(.minutes(3)))
struct HandshakeBurstTests {
    /// Twice as many as a worker shakes hands with at once (`Limits.handshakesMax`): the second half waits for its turn.
    private static let count = 2000
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// What came of the handshakes.
    private final class Outcomes {
        var clients: [SecureConnection] = []
        var failures: [String] = []
        var ended: Int { clients.count + failures.count }
    }

    @Test("two thousand clients that begin together are all answered, none is refused, and their memory comes back")
    func burst() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let context = try mesh.context(.client, "web", protocols: ["http/1.1"])
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            let flags = try mesh.flags("cart") + ["--inbound-tls", "required"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags) { cart in
                let first = try await SecureConnection.over(cart.connect(), context)
                #expect(try await Self.answer(first) == "hello")
                first.connection.close()
                let before = try cart.program.memoryKiB("VmRSS")
                let (outcomes, took) = try await Self.burst(on: cart, context, loop)
                // A machine that needs longer than the ten seconds for a handshake cannot show that none is refused.
                let isInTime = took < .seconds(9)
                let served = try await Self.serve(outcomes.clients, areInTime: isInTime)
                let metrics = try await cart.metrics()
                let done = metrics("tls_handshakes_total", ["result": "done"])
                if isInTime {
                    #expect(Set(outcomes.failures) == [])
                    #expect(served == Self.count)
                    #expect(done == Double(served + 1))
                }
                #expect(done >= Double(served + 1))
                #expect(metrics("tls_handshakes_total") == Double(Self.count + 1))

                try await cart.until("connections_open", ["peer": "client"], is: 0)
                let peak = try cart.program.memoryKiB("VmHWM")
                var after = 0
                try await cart.program.until("memory comes back, of \(peak) KiB") {
                    after = try cart.program.memoryKiB("VmRSS")
                    return after - before < Self.keptKiB
                }
                print("\(Self.count) handshakes in \(took): \(before) KiB before, \(peak) at most, \(after) after")
                let last = try await SecureConnection.over(cart.connect(), context)
                #expect(try await Self.answer(last) == "hello")
            }
        }
    }

    /// What may stay of the burst: free pages that the allocator has not given back, far less than the handshakes took.
    private static let keptKiB = 16 * 1024

    /// Opens all connections first, so that all hellos are sent at once.
    private static func burst(
        on proxy: ProxyProcess, _ context: TLSContext, _ loop: EventLoop
    ) async throws -> (Outcomes, Duration) {
        var connections: [RawConnection] = []
        for _ in 0..<count { connections.append(try await proxy.connect()) }
        let outcomes = Outcomes()
        let began = ContinuousClock.now
        for connection in connections {
            loop.spawn { [bound = LoopBound((connection, outcomes), loop: loop)] in
                let (connection, outcomes) = bound.value
                do {
                    outcomes.clients.append(try await SecureConnection.over(connection, context))
                } catch {
                    outcomes.failures.append("\(error)")
                }
            }
        }
        try await proxy.program.until("every client is done") { outcomes.ended == count }
        return (outcomes, ContinuousClock.now - began)
    }

    /// How many clients get their answer; one after the other, since an endpoint gets no more than 1,024 connections. A client
    /// of TLS 1.3 is done when it has sent its last message, so one that was too late learns it only when it asks.
    private static func serve(_ clients: [SecureConnection], areInTime: Bool) async throws -> Int {
        var served = 0
        for client in clients {
            do {
                if try await answer(client) == "hello" { served += 1 }
            } catch {
                guard !areInTime else { throw error }
            }
            client.connection.close()
        }
        return served
    }

    private static func answer(_ client: SecureConnection) async throws -> String {
        try await client.send(request)
        let head = try await client.receive(through: "\r\n\r\n")
        return head.hasPrefix("HTTP/1.1 200 ") ? try await client.receive(through: "hello") : head
    }

    @Test("who comes when thousands wait already is refused at once and counted, and who waits in vain after its time")
    func overflow() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                // The limits of Proxy/Limits.swift: 1,024 at once, 4,096 in line. Nobody goes on after the first bytes.
                var clients: [RawConnection] = []
                for _ in 0..<(1024 + 4096) {
                    let client = try await cart.connect()
                    try await client.send([22, 3, 1, 1, 0, 1])
                    clients.append(client)
                }
                try await cart.until("connections_open", ["peer": "client"], is: 1024 + 4096)
                let late = try await cart.connect()
                try await late.send([22, 3, 1, 1, 0, 1])
                _ = try await late.receiveToEnd()
                let overload = ["direction": "inbound", "result": "overload"]
                try await cart.program.until("the one too many is counted and logged") {
                    try await cart.metrics()("tls_handshakes_total", overload) >= 1
                        && cart.program.log.contains("failed: overload")
                }
                // Plaintext does not wait behind them.
                #expect(try await cart.serves("hello"))
                // After ten seconds those who began have not gone on, and some of the others have had no turn.
                try await cart.until("connections_open", ["peer": "client"], is: 0)
                let metrics = try await cart.metrics()
                #expect(metrics("tls_handshakes_total", ["result": "timeout"]) >= 1024)
                #expect(metrics("tls_handshakes_total") == 1024 + 4096 + 1)
                #expect(try await cart.serves("hello"))
            }
        }
    }
}
