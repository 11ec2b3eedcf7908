import EventLoop
import Testing

@Suite("Bounds of connections", .serialized, .timeLimit(.minutes(2)))
struct BoundTests {
    private static let hanging = "GET /hang HTTP/1.1\r\nHost: shop\r\n\r\n"
    private static let get = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"

    /// Answers, but for `/hang`.
    private static func upstream(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            while true {
                if try await connection.receiveRequest().target == "/hang" { return try await connection.hang() }
                try await connection.send(UpstreamReuseTests.hello)
            }
        }
    }

    private static func hang(_ count: Int, _ proxy: ProxyProcess) async throws -> [RawConnection] {
        var clients: [RawConnection] = []
        for _ in 0..<count {
            let client = try await proxy.connectOutbound()
            try await client.send(hanging)
            clients.append(client)
        }
        try await proxy.until("requests_in_flight", is: Double(count))
        return clients
    }

    @Test("The 1025th connection to an endpoint is not opened: 503 and overload, until one is free")
    func connectionsToAnEndpoint() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            try await ProxyProcess.run(loop, targets: ["shop": [upstream.address]]) { proxy in
                var clients = try await Self.hang(1024, proxy)
                try await proxy.until("connections_open", ["peer": "upstream"], is: 1024)
                let refused = try await proxy.connectOutbound().exchange(Self.get)
                #expect(refused.status == 503 && refused.reason == "overload")
                clients.removeLast().reset()
                try await proxy.until("connections_open", ["peer": "upstream"], is: 1023)
                #expect(try await proxy.connectOutbound().exchange(Self.get).text == "hello")
                try await proxy.until(
                    "response_status_total", ["reason": "overload", "status_code": "503"], is: 1)
                #expect(upstream.connectionCount == 1025)
            }
        }
    }

    @Test("An endpoint at its bound is passed over while another has room")
    func anotherEndpoint() async throws {
        try await onLoop { loop in
            let full = try await FullListener(loop: loop)
            let upstream = try Self.upstream(loop)
            let flags = ["--connect-timeout", "1m", "--max-pending", "5000"]
            try await ProxyProcess.run(loop, targets: ["shop": [full.address, upstream.address]], flags) { proxy in
                // Every second one waits for the endpoint that does not answer, the others hang at the other.
                let clients = try await Self.hang(2046, proxy)
                try await upstream.wait { $0.connectionCount == 1023 }
                // Takes the last place at the one that does not answer.
                let last = try await proxy.connectOutbound()
                try await last.send(Self.get)
                try await proxy.until("requests_in_flight", is: 2047)
                for _ in 0..<3 {
                    let response = try await proxy.connectOutbound().exchange(Self.get)
                    #expect(response.status == 200 && response.text == "hello")
                }
                #expect(clients.count == 2046 && last.isOpen)
            }
        }
    }

    @Test("Who would wait for a connection when too many wait already gets 503 and overload")
    func pending() async throws {
        try await onLoop { loop in
            let hole = try await FullListener(loop: loop)
            let flags = ["--connect-timeout", "1m", "--max-pending", "3"]
            try await ProxyProcess.run(loop, targets: ["shop": [hole.address]], flags) { proxy in
                let clients = try await Self.hang(3, proxy)
                let refused = try await proxy.connectOutbound().exchange(Self.get)
                #expect(refused.status == 503 && refused.reason == "overload")
                try await proxy.until("response_status_total", ["reason": "overload", "status_code": "503"], is: 1)
                #expect(try await proxy.metrics()("connection_failures_total") == 0)
                #expect(clients.count == 3)
            }
        }
    }

    @Test("Clients beyond the limit are closed at once and counted; those that are in are served")
    func clientConnections() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(loop)
            try await ProxyProcess.run(
                loop, targets: ["shop": [upstream.address]], ["--max-connections", "10"]
            ) { proxy in
                var clients: [RawConnection] = []
                for _ in 0..<10 { clients.append(try await proxy.connectOutbound()) }
                try await proxy.until("connections_open", ["peer": "client"], is: 10)
                for _ in 0..<5 { #expect(try await proxy.connectOutbound().receiveToEnd().isEmpty) }
                try await proxy.until("martlet_connections_refused_total", ["reason": "limit"], is: 5)
                for client in clients { #expect(try await client.exchange(Self.get).text == "hello") }
                clients.removeLast().close()
                try await proxy.until("connections_open", ["peer": "client"], is: 9)
                #expect(try await proxy.connectOutbound().exchange(Self.get).text == "hello")
            }
        }
    }
}
