import EventLoop
import Foundation
import Glibc
import HTTPTransport
import TLS
import Testing

/// Proxies that get their certificates from the identity service.
@Suite("Joining the mesh with a token", .timeLimit(.minutes(3)))
struct JoinTests {
    static let request = "GET /a HTTP/1.1\r\nHost: cart\r\n\r\n"

    /// `web` calls `cart` by mutual TLS; both have joined.
    static func between(
        _ loop: EventLoop, _ service: IdentityServiceProcess,
        _ body: (_ web: ProxyProcess, _ cart: ProxyProcess) async throws -> Void
    ) async throws {
        let upstream = try ScriptedUpstream.answering("hello", loop: loop)
        let server = try service.flags("cart") + ["--inbound-tls", "required"]
        try await ProxyProcess.run(loop, forwardingTo: upstream.address, server) { cart in
            let client = try service.flags("web") + ["--target-identity", "cart=\(try service.mesh.id("cart"))"]
            try await ProxyProcess.run(loop, targets: ["cart": [cart.inbound]], client) { web in
                try await body(web, cart)
            }
        }
    }

    @Test("two proxies join, each with its token, and speak mutual TLS; the service has counted and logged both")
    func joins() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                try await Self.between(loop, service) { web, cart in
                    #expect(try await web.connectOutbound().exchange(Self.request).text == "hello")
                    try await cart.until("tls_handshakes_total", ["direction": "inbound", "result": "done"], is: 1)
                    for proxy in [web, cart] {
                        try await proxy.until("martlet_identity_renewals_total", ["result": "success"], is: 1)
                        let left = try await proxy.metrics()("martlet_identity_expiry_time_seconds")
                        #expect(abs(left - Date().timeIntervalSince1970 - 3600) < 120)
                    }
                }
                try await service.until(
                    "martlet_identity_certificates_issued_total", ["credential": "token"], is: 2)
                for name in ["web", "cart"] {
                    #expect(service.log.contains("issued \(try service.mesh.id(name)), serial "))
                    #expect(service.log.contains(", by token \(name), to 127."))
                }
                #expect(try await service.end() == 0)
            }
        }
    }

    @Test(
        "a proxy that may carry nothing in plaintext is not ready before its first certificate, and listens to nobody")
    func waitsForTheFirst() async throws {
        try await onLoop { loop in
            let service = IdentityServiceProcess(try MeshIdentities(), loop: loop)
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            let proxy = try ProxyProcess(
                loop, forwardingTo: upstream.address,
                service.flags("cart", uses: 1) + ["--inbound-tls", "required"])
            try await proxy.program.until("it has asked in vain") {
                proxy.program.log.contains(
                    "no certificate from the identity service: connect_refused; there is none yet")
            }
            let readiness = try await proxy.program.get("/ready", at: proxy.admin)
            #expect(readiness.status == 503 && readiness.text == "starting\n")
            await #expect(throws: SystemError.self) { _ = try await proxy.connect() }
            try await service.start()
            try await proxy.program.untilReady("/ready", at: proxy.admin)
            #expect(try await proxy.connect().exchange(Self.request).reason == "tls_required")
            #expect(try await proxy.stop() == 0)
            try await proxy.remove()
            try await service.end()
        }
    }

    @Test("a proxy that waits for its first certificate ends when it is told to")
    func endsWhileWaiting() async throws {
        try await onLoop { loop in
            let service = IdentityServiceProcess(try MeshIdentities(), loop: loop)
            let proxy = try ProxyProcess(
                loop, forwardingTo: Loopback.freshAddress(), service.flags("cart") + ["--inbound-tls", "required"])
            try await proxy.program.until("it has asked in vain") { proxy.program.log.contains("there is none yet") }
            #expect(try await proxy.stop() == 0)
            try await proxy.remove()
        }
    }

    @Test("a proxy that may carry plaintext does so while there is no identity service")
    func permissive() async throws {
        try await onLoop { loop in
            let service = IdentityServiceProcess(try MeshIdentities(), loop: loop)
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, service.flags("cart")) { cart in
                let isServing = try await cart.serves("hello")
                #expect(isServing)
            }
        }
    }

    @Test("a token that was used, that expired or that has the wrong secret gives no certificate, and both logs say so")
    func wrongTokens() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                let used = try service.flags("cart", uses: 1)
                let text = try String(contentsOfFile: used[3], encoding: .utf8)
                let token = try #require(JoinToken(text))
                try service.mesh.directory.tokens.redeem(token, at: .now())
                let expired = try service.flags("web", expires: .now())
                let wrong = try service.flags("payment")
                _ = try service.mesh.directory.tokens.create(
                    name: "payment", for: service.mesh.workload("payment"), uses: nil,
                    expires: .now().advanced(bySeconds: 600), replaces: true)
                for (flags, word) in [(used, "used_token"), (expired, "expired_token"), (wrong, "unknown_token")] {
                    let proxy = try ProxyProcess(
                        loop, forwardingTo: Loopback.freshAddress(), flags + ["--inbound-tls", "required"])
                    try await proxy.program.until("it is refused") {
                        proxy.program.log.contains("refused with 401 \(word); there is none yet")
                    }
                    #expect(try await proxy.metrics()("martlet_identity_renewals_total", ["result": "refused"]) > 0)
                    #expect(try await proxy.program.get("/ready", at: proxy.admin).status == 503)
                    #expect(service.log.contains(": \(word): "))
                    try await proxy.stop()
                    try await proxy.remove()
                }
            }
        }
    }

    @Test("who asks at once with a one-time token gets one certificate, also from a service that crashed and came back")
    func onceOnly() async throws {
        try await onLoop { loop in
            try await IdentityServiceProcess.run(loop, MeshIdentities()) { service in
                let file = try service.token("cart", uses: 1)
                let asking = LoopBound(service, loop: loop)
                let tasks = (0..<8).map { _ in
                    Task(executorPreference: loop) {
                        try await asking.value.post(CertificateRequest(key: .make()).pem, token: file)
                    }
                }
                var answers: [Int] = []
                for task in tasks { answers.append(try await task.value.status) }
                #expect(answers.sorted() == [200] + Array(repeating: 401, count: 7))
                #expect(try await service.end(SIGKILL) == -SIGKILL)
                try await service.start()
                let after = try await service.post(CertificateRequest(key: .make()).pem, token: file)
                #expect(after.status == 401 && after.fields["martlet-reason"] == "used_token")
            }
        }
    }
}
