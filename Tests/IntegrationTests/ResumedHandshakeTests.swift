import EventLoop
import Glibc
import TLS
import Testing

/// What comes of TLS tickets between two proxies. Every Upgrade opens a connection of its own, and so a handshake.
@Suite("Resumed handshakes", .timeLimit(.minutes(2)))
struct ResumedHandshakeTests {
    private static let upgrade = "GET /up HTTP/1.1\r\nHost: cart\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    /// A service that makes every request a tunnel, and ends it.
    /// - Parameter onRequest: gets who called.
    private func service(_ loop: EventLoop, _ onRequest: @escaping (String?) -> Void = { _ in }) throws
        -> ScriptedUpstream
    {
        try ScriptedUpstream(loop: loop) { connection, _ in
            onRequest(try await connection.receiveRequest()["martlet-client-id"])
            try await connection.send(Self.switching)
            connection.finishSending()
        }
    }

    private func visit(_ web: ProxyProcess) async throws {
        let client = try await web.connectOutbound()
        #expect(try await client.exchange(Self.upgrade).status == 101)
        _ = try await client.receiveToEnd()
    }

    /// Both sides have counted so many handshakes, and no failure.
    private func expect(_ web: ProxyProcess, _ cart: ProxyProcess, full: Double, resumed: Double) async throws {
        for (proxy, direction) in [(web, "outbound"), (cart, "inbound")] {
            try await proxy.until("tls_handshakes_total", ["direction": direction, "result": "done"], is: full)
            try await proxy.until("tls_handshakes_total", ["direction": direction, "result": "resumed"], is: resumed)
            try await proxy.until("tls_handshakes_total", is: full + resumed)
        }
    }

    private func between(
        _ loop: EventLoop, _ service: ScriptedUpstream, _ ofCart: [String] = [], ofWeb: [String] = [],
        _ body: (MeshIdentities, _ web: ProxyProcess, _ cart: ProxyProcess) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        for name in ["web", "cart"] { try mesh.issue(name) }
        let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
        try await ProxyProcess.run(
            loop, forwardingTo: service.address, mesh.flags("cart") + ["--inbound-tls", "required"] + ofCart
        ) { cart in
            let flags = try mesh.flags("web") + target + ofWeb
            try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], flags) { web in
                try await body(mesh, web, cart)
            }
        }
    }

    @Test("a proxy that comes back is still known by name, and shows its certificate again after every rotation")
    func rotation() async throws {
        try await onLoop { loop in
            var callers: [String?] = []
            try await between(loop, service(loop) { callers.append($0) }) { mesh, web, cart in
                for _ in 0..<3 { try await visit(web) }
                try await expect(web, cart, full: 1, resumed: 2)
                func visitTwice(after proxies: [ProxyProcess], _ rotations: Double, full: Double) async throws {
                    for proxy in proxies {
                        try await proxy.until("martlet_identity_rotations_total", ["result": "success"], is: rotations)
                    }
                    for _ in 0..<2 { try await visit(web) }
                    try await expect(web, cart, full: full, resumed: full + 1)
                }
                try mesh.issue("cart")
                try await visitTwice(after: [cart], 1, full: 2)
                try mesh.issue("web")
                try await visitTwice(after: [web], 1, full: 3)
                try mesh.addAnchor()
                try await visitTwice(after: [cart, web], 2, full: 4)
                #expect(callers == Array(repeating: try mesh.id("web"), count: 9))
                let known = ["client_id": try mesh.id("web"), "tls": "true"]
                try await cart.until("response_total", known, is: 9)
                try await web.until("response_total", ["server_id": mesh.id("cart"), "tls": "true"], is: 9)
            }
        }
    }

    @Test("a connection for many requests is resumed as well")
    func streams() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await between(loop, service, ofWeb: ["--idle-timeout", "100ms"]) { mesh, web, cart in
                for resumed in 0..<3 {
                    let response = try await web.connectOutbound().exchange("GET / HTTP/1.1\r\nHost: cart\r\n\r\n")
                    #expect(response.text == "hello")
                    #expect(service.requests.last?["martlet-client-id"] == (try mesh.id("web")))
                    try await web.until("connections_open", ["peer": "upstream"], is: 0)
                    try await expect(web, cart, full: 1, resumed: Double(resumed))
                }
            }
        }
    }

    @Test("so are connections for bytes that nobody looks at, and both logs say who the other is")
    func opaque() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                try await connection.send(connection.receive(1))
            }
            let entry = Loopback.freshAddress()
            try await between(
                loop, service, ["--access-log", "json"],
                ofWeb: ["--access-log", "json", "--outbound-tcp", "\(entry)=cart"]
            ) { mesh, web, cart in
                for _ in 0..<3 {
                    let client = try await RawConnection(to: entry, loop: loop)
                    try await client.send("x")
                    #expect(try await client.receiveToEnd() == Array("x".utf8))
                }
                try await expect(web, cart, full: 1, resumed: 2)
                let said = try [
                    (web, #""upstream.id":"\#(mesh.id("cart"))""#), (cart, #""client.id":"\#(mesh.id("web"))""#),
                ]
                for (proxy, words) in said {
                    try await proxy.program.until("three lines say \(words)") {
                        proxy.program.log.ranges(of: words).count == 3
                    }
                }
            }
        }
    }

    @Test("what was resumed ends with the certificate that was shown before it, and then that certificate is refused")
    func expiry() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            var tunnels = 0
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(Self.switching)
                tunnels += 1
                if tunnels == 2 { try await connection.hang() }
            }
            let server = try mesh.flags("cart") + ["--inbound-tls", "required"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, server) { cart in
                try mesh.issue("web", lifetimeSeconds: 10)
                let end = WallTime.now().advanced(bySeconds: 10)
                let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
                try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], mesh.flags("web") + target) { web in
                    try await visit(web)
                    try await visit(web)
                    try await expect(web, cart, full: 1, resumed: 1)
                    #expect(WallTime.now().seconds(until: end) <= 1)
                    try await web.until("connections_open", is: 0)
                    let client = try await web.connectOutbound()
                    let refused = try await client.exchange(Self.upgrade)
                    #expect(refused.status == 502 && refused.reason == "tls_failed")
                }
            }
        }
    }

    @Test("a proxy that was restarted knows nobody by an old ticket")
    func restart() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let service = try service(loop)
            let server = ["--inbound-tls", "required"] + (try mesh.flags("cart"))
            let address = Loopback.freshAddress()
            let client = try mesh.flags("web") + ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await ProxyProcess.run(loop, targets: ["cart": [address]], client) { web in
                for round in 0..<2 {
                    try await ProxyProcess.run(
                        loop, forwardingTo: service.address, server, inbound: address
                    ) { cart in
                        for _ in 0..<2 { try await visit(web) }
                        try await cart.until("tls_handshakes_total", ["result": "done"], is: 1)
                        try await cart.until("tls_handshakes_total", ["result": "resumed"], is: 1)
                        try await web.until("tls_handshakes_total", is: Double(2 * round + 2))
                    }
                }
            }
        }
    }

    @Test("nothing is resumed where one side has turned it off")
    func off() async throws {
        try await onLoop { loop in
            try await between(loop, service(loop), ["--tls-resumption", "0"]) { _, web, cart in
                for _ in 0..<3 { try await visit(web) }
                try await expect(web, cart, full: 3, resumed: 0)
            }
        }
    }
}
