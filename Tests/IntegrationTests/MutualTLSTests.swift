import Demo
import EventLoop
import Foundation
import HTTPTransport
import TLS
import Testing

/// Two proxies of a mesh: `web` calls `cart` by mutual TLS.
@Suite("Mutual TLS between two proxies", .timeLimit(.minutes(2)))
struct MutualTLSTests {
    private static let request = "GET /a HTTP/1.1\r\nHost: cart\r\nMartlet-Client-ID: spiffe://forged/x\r\n\r\n"

    /// - Parameters:
    ///   - server: flags of cart's proxy.
    ///   - client: flags of web's proxy.
    ///   - throughAddress: where web finds cart, when that is not cart's proxy itself.
    private func between(
        _ loop: EventLoop, server: [String], client: [String],
        throughAddress: ((SocketAddress) throws -> SocketAddress)? = nil,
        _ body: (_ web: ProxyProcess, _ cart: ProxyProcess, _ service: ScriptedUpstream) async throws -> Void
    ) async throws {
        let service = try ScriptedUpstream.answering("hello", loop: loop)
        try await ProxyProcess.run(loop, forwardingTo: service.address, server) { cart in
            let address = try throughAddress?(cart.inbound) ?? cart.inbound
            try await ProxyProcess.run(loop, targets: ["cart": [address]], client) { web in
                try await body(web, cart, service)
            }
        }
    }

    @Test("carries requests without a change for the services, and tells the called one who calls")
    func carries() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await between(
                loop, server: mesh.flags("cart") + ["--inbound-tls", "required"], client: mesh.flags("web") + target
            ) { web, cart, service in
                let client = try await web.connectOutbound()
                for _ in 0..<3 { #expect(try await client.exchange(Self.request).text == "hello") }
                #expect(
                    service.requests.map { $0["martlet-client-id"] } == Array(repeating: try mesh.id("web"), count: 3))
                // One connection, and one handshake on each side, carry all three.
                try await web.until("tls_handshakes_total", ["direction": "outbound", "result": "done"], is: 1)
                try await cart.until("tls_handshakes_total", ["direction": "inbound", "result": "done"], is: 1)
                let expiry = try await cart.metrics()("martlet_identity_expiry_time_seconds")
                #expect(abs(expiry - Date().timeIntervalSince1970 - 3600) < 120)
            }
        }
    }

    @Test("plaintext is taken beside it, or refused with 403 where it is required", arguments: [false, true])
    func plaintext(isRequired: Bool) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let server = try mesh.flags("cart") + (isRequired ? ["--inbound-tls", "required"] : [])
            try await between(loop, server: server, client: []) { web, cart, service in
                let response = try await web.connectOutbound().exchange(Self.request)
                #expect(response.status == (isRequired ? 403 : 200))
                #expect(response.reason == (isRequired ? "tls_required" : nil))
                // Who calls is not known, and what the caller says of it is not passed on.
                #expect(service.requests.compactMap { $0["martlet-client-id"] } == [])
                #expect(service.requests.count == (isRequired ? 0 : 1))
                if isRequired {
                    try await cart.until(
                        "response_status_total", ["status_code": "403", "reason": "tls_required"], is: 1)
                }
            }
        }
    }

    /// A peer that must be refused, by whom, and by which word.
    enum Stranger: String, CaseIterable {
        case otherWorkload, otherTrustDomain, expired, notYetValid, unknownIssuer
    }

    @Test("a server that is not the workload it should be gets no request", arguments: Stranger.allCases)
    func strangers(stranger: Stranger) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            let other = try MeshIdentities(stranger == .unknownIssuer ? "shop.example" : "other.example")
            try mesh.issue("web")
            let server: [String]
            var word: String
            switch stranger {
            case .otherWorkload:
                try mesh.issue("payment")
                (server, word) = (try mesh.flags("payment"), "other_workload")
            case .otherTrustDomain:
                try other.issue("cart")
                (server, word) = (try other.flags("cart"), "other_trust_domain")
            case .unknownIssuer:
                try other.issue("cart")
                (server, word) = (try other.flags("cart"), "unknown_issuer")
            case .expired, .notYetValid:
                // A proxy does not take such an identity, so OpenSSL's own server shows it.
                (server, word) = ([], stranger == .expired ? "expired" : "not_yet_valid")
            }
            guard !server.isEmpty else {
                try await refusesOpenSSL(loop, mesh, stranger, word)
                return
            }
            let client = try mesh.flags("web") + ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await between(loop, server: server, client: client) { web, _, service in
                let response = try await web.connectOutbound().exchange(Self.request)
                #expect(response.status == 502 && response.reason == "peer_refused")
                #expect(service.requests.isEmpty)
                try await web.until("tls_handshakes_total", ["direction": "outbound", "result": word], is: 1)
                #expect(web.program.log.contains("failed: \(word)"))
            }
        }
    }

    /// `openssl s_server` with a certificate of the right name and the wrong time.
    private func refusesOpenSSL(
        _ loop: EventLoop, _ mesh: MeshIdentities, _ stranger: Stranger, _ word: String
    ) async throws {
        let begin = WallTime.now().advanced(bySeconds: stranger == .expired ? -7200 : 7200)
        try mesh.issue("cart", lifetimeSeconds: 3600, at: begin)
        let files = mesh.directory.files(of: "cart")
        let address = Loopback.freshAddress()
        let server = try StartedProgram(
            "/usr/bin/openssl",
            [
                "s_server", "-accept", address.description, "-key", files.key, "-cert", files.chain, "-cert_chain",
                files.chain,
                "-CAfile", files.bundle, "-Verify", "2", "-quiet",
            ], descriptorLimit: nil, loop: loop)
        try await server.until("it listens") {
            do {
                _ = try await RawConnection(to: address, loop: loop)
                return true
            } catch {
                return false
            }
        }
        let client = try mesh.flags("web") + ["--target-identity", "cart=\(try mesh.id("cart"))"]
        try await ProxyProcess.run(loop, targets: ["cart": [address]], client) { web in
            let response = try await web.connectOutbound().exchange(Self.request)
            #expect(response.status == 502 && response.reason == "peer_refused")
            try await web.until("tls_handshakes_total", ["direction": "outbound", "result": word], is: 1)
        }
        _ = try await server.remove()
    }

    @Test("a client without a certificate is refused and counted")
    func noCertificate() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                let client = try StartedProgram(
                    "/usr/bin/openssl", ["s_client", "-connect", cart.inbound.description, "-quiet"],
                    descriptorLimit: nil, loop: loop)
                try await cart.until(
                    "tls_handshakes_total", ["direction": "inbound", "result": "no_certificate"], is: 1)
                try await cart.program.until("it is logged") {
                    let words = /warning inbound TLS handshake with 127\.0\.0\.1:\d+ failed: no_certificate/
                    return cart.program.log.contains(words)
                }
                _ = try await client.remove()
                #expect(service.requests.isEmpty)
                #expect(try await cart.serves("hello"))
            }
        }
    }

    @Test("leaf, issuer and anchor rotate under load without a failed request")
    func rotation() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await between(
                loop, server: mesh.flags("cart") + ["--inbound-tls", "required"], client: mesh.flags("web") + target
            ) { web, cart, _ in
                let load = SteadyLoad(
                    on: web.outbound, host: "cart", expecting: ["hello"], keepAlive: 4, anew: 2, loop: loop)
                try await load.more(50)
                func bothTook(_ count: Double) async throws {
                    for proxy in [web, cart] {
                        try await proxy.until("martlet_identity_rotations_total", ["result": "success"], is: count)
                    }
                    try await load.more(50)
                }
                for name in ["web", "cart"] { try mesh.issue(name) }
                try await bothTook(1)
                try mesh.addAnchor()
                try await bothTook(2)
                for name in ["web", "cart"] { try mesh.issue(name) }
                try await bothTook(3)
                try mesh.dropOldAnchors()
                try await bothTook(4)
                try await load.stop()
                #expect(load.failures == [])
            }
        }
    }

    @Test("an identity that peers would refuse is not taken over: the error names the file, and the old one stays")
    func badRotation() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
            try await between(loop, server: mesh.flags("cart"), client: mesh.flags("web") + target) { web, cart, _ in
                let chain = mesh.directory.files(of: "cart").chain
                try Data("no certificate\n".utf8).write(to: URL(filePath: chain), options: .atomic)
                try await cart.until("martlet_identity_rotations_total", ["result": "failure"], is: 1)
                #expect(cart.program.log.contains("identity not taken over, the current one stays: \(chain): "))
                #expect(try await web.connectOutbound().exchange(Self.request).text == "hello")
            }
        }
    }

    @Test("no byte of a request can be read on the wire between the two")
    func wire() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let target = ["--target-identity", "cart=\(try mesh.id("cart"))"]
            let wire = WireTap(loop: loop)
            try await between(
                loop, server: mesh.flags("cart"), client: mesh.flags("web") + target,
                throughAddress: { try wire.listen(before: $0) }
            ) { web, _, service in
                let secret = "secret-\(UUID().uuidString)"
                let response = try await web.connectOutbound().exchange(
                    "POST /\(secret) HTTP/1.1\r\nHost: cart\r\nX-Secret: \(secret)\r\nContent-Length: \(secret.utf8.count)\r\n\r\n"
                        + secret)
                #expect(response.text == "hello" && service.requests.count == 1)
                #expect(wire.seen.count > 1000)
                for word in [secret, "POST", "HTTP/1.1", "hello", "X-Secret"] { #expect(!wire.hasSeen(word)) }
            }
        }
    }
}
