import EventLoop
import Foundation
import Glibc
import HTTPTransport
import TLS
import Testing

/// Certificates of a few seconds, so that a test sees them renewed, and expire.
@Suite("Renewing certificates", .timeLimit(.minutes(3)))
struct RenewalTests {
    /// The public key of the certificate that a proxy shows, as `openssl s_client` sees it.
    private func shownKey(_ proxy: ProxyProcess, _ mesh: MeshIdentities, _ loop: EventLoop) async throws -> String {
        try mesh.issue("tester")
        let files = mesh.directory.files(of: "tester")
        let script =
            "openssl s_client -connect \(proxy.inbound) -cert \(files.chain) -key \(files.key) -cert_chain \(files.chain) </dev/null 2>/dev/null"
            + " | openssl x509 -noout -pubkey"
        let shell = try StartedProgram("/bin/sh", ["-c", script], loop: loop)
        #expect(try await shell.ended() == 0)
        let key = shell.log
        try await shell.remove()
        #expect(key.contains("BEGIN PUBLIC KEY"))
        return key
    }

    @Test("at 70 % of its life a certificate is renewed with the one before and a new key, and no request fails")
    func renews() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities(), lifetime: "15s") { service in
                try await JoinTests.between(loop, service) { web, cart in
                    let load = SteadyLoad(
                        on: web.outbound, host: "cart", expecting: ["hello"], keepAlive: 2, anew: 1,
                        pause: .milliseconds(20), loop: loop)
                    let first = try await cart.metrics()("martlet_identity_expiry_time_seconds")
                    let firstKey = try await shownKey(cart, service.mesh, loop)
                    try await cart.until("martlet_identity_renewals_total", ["result": "success"], is: 2)
                    let second = try await cart.metrics()("martlet_identity_expiry_time_seconds")
                    // 65 to 75 % of 15 s, less what certificates round, and before the end of the first.
                    #expect((8.7...15).contains(second - first), "\(second - first)")
                    #expect(try await shownKey(cart, service.mesh, loop) != firstKey)
                    try await web.until("martlet_identity_renewals_total", ["result": "success"], is: 2)
                    try await load.more(20)
                    try await load.stop()
                    #expect(load.failures == [])
                    try await service.until(
                        "martlet_identity_certificates_issued_total", ["credential": "token"], is: 2)
                    #expect(service.log.contains(", by certificate, to 127."))
                }
            }
        }
    }

    @Test(
        "without the service a proxy serves until its certificate expires, refuses then, and recovers with the service")
    func outage() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities(), lifetime: "30s") { service in
                try await JoinTests.between(loop, service) { web, cart in
                    try await service.end()
                    let client = try await web.connectOutbound()
                    #expect(try await client.exchange(JoinTests.request).text == "hello")
                    // It has tried to renew and goes on with what it has.
                    try await web.program.until("it asks in vain") {
                        web.program.log.contains("connect_refused; the current one is valid for ")
                    }
                    #expect(try await web.connectOutbound().exchange(JoinTests.request).text == "hello")

                    for proxy in [web, cart] {
                        try await proxy.program.until("the certificate expires") {
                            proxy.program.log.contains("the current one has expired, and TLS is refused")
                        }
                    }
                    // The connection between the two ends with the certificates, and no new one comes about.
                    try await cart.until("connections_open", ["direction": "inbound", "peer": "client"], is: 0)
                    let refused = try await web.connectOutbound().exchange(JoinTests.request)
                    #expect(refused.status == 502 && refused.reason == "tls_failed")
                    try await web.untilEnded(1, reason: "tls_failed", status: 502)
                    let metrics = try await web.metrics()
                    #expect(
                        metrics("tls_handshakes_total", ["direction": "outbound", "result": "identity_expired"]) == 1)

                    let readiness = try await cart.program.get("/ready", at: cart.admin)
                    #expect(readiness.status == 503 && readiness.text == "identity expired\n")

                    // A peer that is in order learns that this end has nothing to show.
                    _ = try await refusedByExpired(cart, service.mesh, loop)
                    try await cart.until(
                        "tls_handshakes_total", ["direction": "inbound", "result": "identity_expired"], is: 1)

                    try await service.start()
                    try await cart.program.untilReady("/ready", at: cart.admin)
                    try await web.program.until("requests pass again") {
                        try await web.connectOutbound().exchange(JoinTests.request).text == "hello"
                    }
                }
            }
        }
    }

    private func refusedByExpired(_ proxy: ProxyProcess, _ mesh: MeshIdentities, _ loop: EventLoop) async throws {
        try mesh.issue("tester")
        let files = mesh.directory.files(of: "tester")
        let client = try StartedProgram(
            "/usr/bin/openssl",
            [
                "s_client", "-connect", proxy.inbound.description, "-cert", files.chain, "-key", files.key,
                "-cert_chain", files.chain, "-quiet",
            ],
            loop: loop)
        #expect(try await client.ended() != 0)
        try await client.remove()
    }

    @Test("a connection that is open when the client's certificate expires is ended then")
    func openConnectionEnds() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let files = mesh.directory.files(of: "tester")
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            let flags = try mesh.flags("cart") + ["--inbound-tls", "required", "--idle-timeout", "10m"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { cart in
                try mesh.issue("tester", lifetimeSeconds: 6)
                // The shell keeps the client's input open.
                let script =
                    "(printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 30) | openssl s_client -connect "
                    + "\(cart.inbound) -cert \(files.chain) -key \(files.key) -cert_chain \(files.chain) -quiet -no_ign_eof"
                let client = try StartedProgram("/bin/sh", ["-c", script], loop: loop)
                try await client.until("it is answered") { client.log.contains("hello") }
                try await cart.until("connections_open", ["direction": "inbound", "peer": "client"], is: 0)
                _ = try await client.remove()
            }
        }
    }

    @Test("bytes that are carried as they are go no further than the certificate under which they began")
    func opaqueConnectionEnds() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let echo = try ScriptedUpstream(loop: loop) { connection, _ in
                while try await connection.hasMore() { try await connection.send(connection.take(1)) }
            }
            let entry = Loopback.freshAddress()
            let server = try mesh.flags("cart") + ["--inbound-tls", "required"]
            try await ProxyProcess.run(loop, forwardingTo: echo.address, server) { cart in
                try mesh.issue("web", lifetimeSeconds: 10)
                let target = try ["--target-identity", "cart=\(mesh.id("cart"))", "--outbound-tcp", "\(entry)=cart"]
                let client = try mesh.flags("web") + target
                try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], client) { web in
                    let connection = try await RawConnection(to: entry, loop: loop)
                    try await connection.send("x")
                    #expect(try await connection.receive(1) == Array("x".utf8))
                    _ = try await connection.receiveToEnd()
                    #expect(connection.ending == .reset)
                    // The end comes to both within a second; the one whom it comes to later sees the other's reset.
                    try await cart.until("tcp_open_connections", is: 0)
                    var ended = 0.0
                    for proxy in [web, cart] {
                        ended += try await proxy.metrics()("tcp_close_total", ["reason": "tls_failed"])
                    }
                    #expect(ended > 0)
                }
            }
        }
    }

    @Test("the trust anchor and the issuer are exchanged by the service, under load, without a failed request")
    func anchorRotates() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                try await JoinTests.between(loop, service) { web, cart in
                    let load = SteadyLoad(
                        on: web.outbound, host: "cart", expecting: ["hello"], keepAlive: 2, anew: 1,
                        pause: .milliseconds(10), loop: loop)
                    /// Waits until the service has taken the files, and lets both proxies renew.
                    func renewBoth(_ count: Double) async throws {
                        try await service.until("martlet_identity_rotations_total", ["result": "success"], is: count)
                        for proxy in [web, cart] {
                            proxy.program.send(SIGHUP)
                            try await proxy.until(
                                "martlet_identity_renewals_total", ["result": "success"], is: count + 1)
                        }
                        try await load.more(20)
                    }
                    try service.mesh.addAnchor()
                    try await renewBoth(1)
                    try service.mesh.writeIssuer()
                    try await renewBoth(2)
                    try service.mesh.dropOldAnchors()
                    try await renewBoth(3)
                    try await load.stop()
                    #expect(load.failures == [])
                }
            }
        }
    }
}
