import EventLoop
import Testing

@Suite("A proxy that runs out of descriptors", .serialized, .timeLimit(.minutes(2)))
struct DescriptorLimitTests {
    private static let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func upstream(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            while true {
                if try await connection.receiveRequest().target == "/hang" { return try await connection.hang() }
                try await connection.send(UpstreamReuseTests.hello)
            }
        }
    }

    @Test("It serves whom it has, counts that it pauses, and recovers when descriptors are free")
    func exhaustion() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, descriptorLimit: 64...64) { proxy in
                let served = try await proxy.connect()
                #expect(try await served.exchange(Self.get).text == "hello")
                #expect(try await proxy.metrics()("process_max_fds") == 64)
                var crowd: [RawConnection] = []
                for _ in 0..<100 { crowd.append(try await proxy.connect()) }
                try await proxy.program.until("accepting pauses") {
                    try await proxy.metrics()("martlet_accept_paused_total", ["reason": "descriptors"]) >= 1
                }
                // Over the connection to the upstream that is kept.
                for _ in 0..<10 { #expect(try await served.exchange(Self.get).text == "hello") }
                // While that one is busy there is none for another request; at most for one that takes the descriptor which
                // reading the metrics has just set free, and is then made busy as well.
                var reason: String?
                for (index, busy) in crowd.prefix(8).enumerated() where reason == nil {
                    try await busy.send("GET /hang HTTP/1.1\r\nHost: a\r\n\r\n")
                    try await proxy.until("requests_in_flight", is: Double(index + 1))
                    let answer = try await served.exchange(Self.get)
                    if answer.status == 503 { reason = answer.reason }
                }
                #expect(reason == "overload")
                for client in crowd { client.reset() }
                try await proxy.until("connections_open", ["peer": "client"], is: 0)
                for _ in 0..<10 { #expect(try await proxy.serves("hello")) }
                let pauses = try await proxy.metrics()("martlet_accept_paused_total")
                #expect(try await proxy.serves("hello"))
                #expect(try await proxy.metrics()("martlet_accept_paused_total") == pauses)
            }
        }
    }

    @Test("It uses all descriptors that the hard limit allows")
    func softLimit() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, descriptorLimit: 64...600) { proxy in
                #expect(try await proxy.metrics()("process_max_fds") == 600)
                var crowd: [RawConnection] = []
                for _ in 0..<200 { crowd.append(try await proxy.connect()) }
                for client in crowd { #expect(try await client.exchange(Self.get).text == "hello") }
            }
        }
    }
}
