import EventLoop
import Testing

@Suite("Metrics say who is at the other end", .timeLimit(.minutes(2)))
struct PeerLabelTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: cart\r\n\r\n"
    /// What counts requests, or their ends, by peer.
    private static let families = [
        "request_total", "response_total", "response_status_total", "response_latency_seconds_count",
    ]

    private static func labels(
        _ direction: String, tls: Bool, client: String = "", server: String = "", reason: String = ""
    ) -> [String: String] {
        [
            "direction": direction, "tls": "\(tls)", "client_id": client, "server_id": server, "no_tls_reason": reason,
        ]
    }

    /// Holds that so many requests were counted with these labels, by every family, and none with others.
    private func expect(_ proxy: ProxyProcess, _ counts: [([String: String], Double)]) async throws {
        try await proxy.until("response_total", is: counts.reduce(0) { $0 + $1.1 })
        let metrics = try await proxy.metrics()
        for (labels, count) in counts {
            for family in Self.families { #expect(metrics(family, labels) == count, "\(family)\(labels)") }
        }
    }

    @Test("the client's id inbound and the server's outbound, beside who came without TLS and what TLS refuses")
    func mutual() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "shop", "cart"] { try mesh.issue(name) }
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                for (name, count) in [("web", 3), ("shop", 2)] {
                    try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], mesh.flags(name) + target) {
                        let client = try await $0.connectOutbound()
                        for _ in 0..<count { #expect(try await client.exchange(Self.request).text == "hello") }
                        try await expect(
                            $0, [(Self.labels("outbound", tls: true, server: mesh.id("cart")), Double(count))])
                    }
                }
                #expect(try await cart.serves("hello"))
                #expect(try await cart.connect().exchange("no request\r\n\r\n").status == 400)
                try await expect(
                    cart,
                    [
                        (Self.labels("inbound", tls: true, client: mesh.id("web")), 3),
                        (Self.labels("inbound", tls: true, client: mesh.id("shop")), 2),
                        (Self.labels("inbound", tls: false, reason: "not_provided_by_remote"), 2),
                    ])
            }
        }
    }

    @Test("why there is no TLS: no identity of its own, or none of the target's")
    func plaintext() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("web")
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            for (flags, reason) in [([], "disabled"), (try mesh.flags("web"), "not_provided_by_service_discovery")] {
                try await ProxyProcess.run(loop, targets: ["cart": [service.address]], flags) { web in
                    #expect(try await web.connectOutbound().exchange(Self.request).text == "hello")
                    try await expect(web, [(Self.labels("outbound", tls: false, reason: reason), 1)])
                }
            }
        }
    }
}
