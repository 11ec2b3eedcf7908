import EventLoop
import Testing

@Suite("The support of the whole-process tests", .timeLimit(.minutes(1)))
struct SupportTests {
    @Test("A request goes through a real proxy and is counted")
    func throughTheProxy() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange("GET /x HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == 200 && response.text == "hello" && response.isComplete)
                #expect(response.reason == nil)
                #expect(upstream.requests.map(\.startLine) == ["GET /x HTTP/1.1"])
                try await proxy.until("response_total", ["classification": "success"], is: 1)
                try await proxy.until("connections_open", ["peer": "client"], is: 1)
                #expect(try await proxy.stop() == 0)
            }
        }
    }

    @Test("A span of a request reaches a real collector")
    func toTheCollector() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await CollectorProcess.run(loop, ["--joiner-idle", "100ms"]) { collector in
                let flags = ["--collector", "http://\(collector.otlp)", "--sampling-rate", "1"]
                try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                    #expect(try await proxy.serves("hello"))
                    try await collector.program.until("the span is there") {
                        try await collector.metrics()("martlet_collector_spans_received_total") == 1
                    }
                }
            }
        }
    }

    @Test("Several workers share the port, and their counts add up")
    func workers() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--workers", "3"]) { proxy in
                var clients: [RawConnection] = []
                for _ in 0..<60 { clients.append(try await proxy.connect()) }
                for client in clients + clients {
                    #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n").text == "hello")
                }
                try await proxy.until("response_total", ["classification": "success"], is: 120)
                try await proxy.until("connections_open", ["peer": "client"], is: 60)
                // Each worker has connections of its own.
                #expect((2...3).contains(upstream.connectionCount))
            }
        }
    }
}
