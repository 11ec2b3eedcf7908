import EventLoop
import Testing

@Suite("Requests that come round (conformance V7)", .timeLimit(.minutes(1)))
struct ViaLoopTests {
    private static let request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

    /// Hands every request on to `next` and the response back, as a gateway does that forwards all headers.
    private static func gateway(_ loop: EventLoop, to next: @escaping () -> SocketAddress) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            while true {
                let request = try await connection.receiveRequest()
                let onward = try await RawConnection(to: next(), loop: loop)
                let lines = request.fields.map { "\($0.name): \($0.value)\r\n" }.joined()
                let response = try await onward.exchange("\(request.startLine)\r\n\(lines)\r\n")
                let reason = response.reason.map { "Gateway-Reason: \($0)\r\n" } ?? ""
                try await connection.send(
                    "HTTP/1.1 \(response.status) X\r\n\(reason)Content-Length: \(response.body.count)\r\n\r\n")
                try await connection.send(response.body)
            }
        }
    }

    @Test("V7 a request that comes back to the side that sent it gets 508, once round")
    func loop() async throws {
        try await onLoop { loop in
            var back = Loopback.anyPort
            let gateway = try Self.gateway(loop) { back }
            try await ProxyProcess.run(
                loop, forwardingTo: gateway.address, ["--name", "a name, with (anything)"]
            ) { proxy in
                back = proxy.inbound
                let response = try await proxy.connect().exchange(Self.request)
                #expect(response.status == 508)
                #expect(response["gateway-reason"] == "loop_detected")
                #expect(gateway.connectionCount == 1)
                try await proxy.untilEnded(1, reason: "loop_detected", status: 508)
            }
        }
    }

    @Test("V7 a service that forwards every header may call on through its own proxy")
    func gatewayService() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("through", loop: loop)
            var outbound = Loopback.anyPort
            let gateway = try Self.gateway(loop) { outbound }
            try await ProxyProcess.run(
                loop, forwardingTo: gateway.address, targets: ["a": [upstream.address]]
            ) { proxy in
                outbound = proxy.outbound
                let response = try await proxy.connect().exchange(Self.request)
                #expect(response.status == 200 && response.text == "through")
                let names = upstream.requests.first?["via"]?.split(separator: ", ") ?? []
                #expect(names.count == 2)
                #expect(names.first?.hasPrefix("1.1 martlet-tested-inbound-") == true)
                #expect(names.last?.hasPrefix("1.1 martlet-tested-outbound-") == true)
            }
        }
    }

    @Test("V7 two replicas of a service may call each other")
    func replicas() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("replica", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { second in
                let gateway = try Self.gateway(loop) { second.inbound }
                try await ProxyProcess.run(loop, forwardingTo: gateway.address) { first in
                    let response = try await first.connect().exchange(Self.request)
                    #expect(response.status == 200 && response.text == "replica")
                }
            }
        }
    }
}
