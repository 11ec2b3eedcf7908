import EventLoop
import Testing

@Suite("Upstreams that cannot be connected to", .serialized, .timeLimit(.minutes(2)))
struct UpstreamConnectTests {
    private static let get = "GET / HTTP/1.1\r\nHost: shop\r\n\r\n"

    @Test("One that refuses gives 503 and connect_refused")
    func refused() async throws {
        try await onLoop { loop in
            try await ProxyProcess.run(loop, forwardingTo: Loopback.freshAddress()) { proxy in
                let response = try await proxy.connect().exchange(Self.get)
                #expect(response.status == 503 && response.reason == "connect_refused" && response.isComplete)
                #expect(response["connection"] == "close")
                try await proxy.untilEnded(1, reason: "connect_refused", status: 503)
                let metrics = try await proxy.metrics()
                #expect(metrics("connection_failures_total", ["reason": "connect_refused"]) == 1)
                #expect(metrics("response_total", ["classification": "failure"]) == 1)
            }
        }
    }

    @Test("One that does not answer gives 504 and connect_timeout, in the time that was set")
    func timedOut() async throws {
        try await onLoop { loop in
            let hole = try await FullListener(loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: hole.address, ["--connect-timeout", "200ms"]) { proxy in
                let began = MonotonicTime.now()
                let response = try await proxy.connect().exchange(Self.get)
                #expect(response.status == 504 && response.reason == "connect_timeout")
                #expect(MonotonicTime.now().nanoseconds(since: began) >= 200_000_000)
                try await proxy.untilEnded(1, reason: "connect_timeout", status: 504)
                let failures = try await proxy.metrics()
                #expect(failures("connection_failures_total", ["reason": "connect_timeout"]) == 1)
            }
        }
    }

    @Test("Beside one that answers they cost no request, and are tried no more for a while", arguments: [false, true])
    func anotherEndpoint(isSilent: Bool) async throws {
        try await onLoop { loop in
            let hole = try await FullListener(loop: loop)
            let dead = isSilent ? hole.address : Loopback.freshAddress()
            let live = try ScriptedUpstream.answering("hello", loop: loop)
            let targets = ["shop": [dead, live.address]]
            try await ProxyProcess.run(loop, targets: targets, ["--connect-timeout", "200ms"]) { proxy in
                let began = MonotonicTime.now()
                let client = try await proxy.connectOutbound()
                for _ in 0..<4 {
                    let response = try await client.exchange(Self.get)
                    #expect(response.status == 200 && response.text == "hello")
                }
                try await proxy.until("response_total", ["classification": "success"], is: 4)
                let metrics = try await proxy.metrics()
                let reason = isSilent ? "connect_timeout" : "connect_refused"
                let failures = metrics("connection_failures_total", ["dst_service": "shop", "reason": reason])
                // Passed over for a second after a failure.
                let seconds = MonotonicTime.now().nanoseconds(since: began) / 1_000_000_000
                #expect(failures >= 1 && failures <= Double(1 + seconds))
                #expect(metrics.values(of: "reason", in: "response_status_total") == [""])
            }
        }
    }

    @Test("When none answers the request fails once, after one attempt for each", arguments: [2, 5])
    func noneAnswers(endpointCount: Int) async throws {
        try await onLoop { loop in
            let endpoints = (0..<endpointCount).map { _ in Loopback.freshAddress() }
            try await ProxyProcess.run(loop, targets: ["shop": endpoints]) { proxy in
                let response = try await proxy.connectOutbound().exchange(Self.get)
                #expect(response.status == 503 && response.reason == "connect_refused")
                try await proxy.untilEnded(1, reason: "connect_refused", status: 503)
                // Limits.connectAttemptsMax is three.
                let attempts = try await proxy.metrics()("connection_failures_total")
                #expect(attempts == 3)
            }
        }
    }

    @Test("A name that no target has gives 404 and no_route")
    func noRoute() async throws {
        try await onLoop { loop in
            let live = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, targets: ["shop": [live.address]]) { proxy in
                let response = try await proxy.connectOutbound().exchange("GET / HTTP/1.1\r\nHost: other\r\n\r\n")
                #expect(response.status == 404 && response.reason == "no_route")
                try await proxy.untilEnded(1, reason: "no_route", status: 404)
                #expect(live.connectionCount == 0)
            }
        }
    }
}
