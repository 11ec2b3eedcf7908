import EventLoop
import Foundation
import TLS
import Testing

@Suite("After the handshake", .serialized, .timeLimit(.minutes(2)))
struct DisturbedTLSTests {
    /// Longer than a record's header, and no record.
    private static let garbage = [UInt8](repeating: 0xff, count: 64)

    /// Runs `body` with the proxy of cart, which tells who calls, and a client of it by mutual TLS.
    private func withClient(
        _ loop: EventLoop, service: SocketAddress,
        _ body: (_ cart: ProxyProcess, _ client: SecureConnection) async throws -> Void
    ) async throws {
        let mesh = try MeshIdentities()
        try mesh.issue("cart")
        try await ProxyProcess.run(loop, forwardingTo: service, mesh.flags("cart")) { cart in
            let context = try mesh.context(.client, "web", protocols: ["http/1.1"])
            try await body(cart, try await SecureConnection.over(cart.connect(), context))
        }
    }

    @Test("bytes that are no record end the connection, and reach nobody", arguments: [true, false])
    func garbage(isInRequest: Bool) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await withClient(loop, service: service.address) { cart, client in
                if isInRequest {
                    try await client.send("POST / HTTP/1.1\r\nHost: cart\r\nContent-Length: 1000\r\n\r\nhello")
                    try await cart.until("requests_in_flight", is: 1)
                }
                try await client.connection.send(Self.garbage)
                _ = try await client.receiveToEnd()
                #expect(client.ending != .finished)
                if isInRequest { try await cart.untilEnded(1, reason: "client_closed", status: 499) }
                try await cart.until("connections_open", ["peer": "client"], is: 0)
                #expect(service.requests.allSatisfy { !$0.isComplete && $0.text == "hello" })
                #expect(try await cart.serves("hello"))
            }
        }
    }

    @Test("bytes that are no request are refused as without TLS")
    func noRequest() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await withClient(loop, service: service.address) { cart, client in
                try await client.send("\u{1}\u{2}\u{3}\r\n\r\n")
                let answer = try await client.receiveToEnd()
                #expect(
                    answer.hasPrefix("HTTP/1.1 400 ") && answer.lowercased().contains("martlet-reason: bad_request"))
                #expect(client.ending == .finished)
                #expect(service.connectionCount == 0)
            }
        }
    }

    @Test("bytes of an endpoint that are no record are no response")
    func fromEndpoint() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("web")
            let context = try mesh.context(.server, "cart", protocols: ["http/1.1"])
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let secure = try await SecureConnection.over(connection, context)
                guard try await secure.hasMore() else { return }
                try await connection.send(Self.garbage)
                try await connection.untilEnded()
            }
            let flags = try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"]
            try await ProxyProcess.run(loop, targets: ["cart": [service.address]], flags) { web in
                let response = try await web.connectOutbound().exchange("GET / HTTP/1.1\r\nHost: cart\r\n\r\n")
                #expect(response.status == 502 && response.reason == "upstream_reset")
                try await web.untilEnded(1, reason: "upstream_reset", status: 502)
            }
        }
    }

    @Test("OpenSSL's client may change its keys, and asks the proxy to change its own")
    func keyUpdate() async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            for name in ["cart", "tester"] { try mesh.issue(name) }
            let files = mesh.directory.files(of: "tester")
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address, mesh.flags("cart")) { cart in
                // A line that is K alone is a command; the second request comes when the first has been answered.
                let script = """
                    (printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 0.5; printf 'K\\n'; sleep 0.5;
                    printf 'GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n'; sleep 30) |
                    openssl s_client -connect \(cart.inbound) -cert \(files.chain) -key \(files.key) -cert_chain \(files.chain)
                    """
                let client = try StartedProgram("/bin/sh", ["-c", script], loop: loop)
                try await client.until("both are answered") {
                    client.log.components(separatedBy: "hello").count == 3
                }
                #expect(client.log.contains("KEYUPDATE"))
                #expect(try await cart.metrics()("tls_handshakes_total", ["result": "done"]) == 1)
                _ = try await client.remove()
            }
        }
    }

    /// By how many seconds the client's clock is ahead of the proxy's when its certificate was made.
    @Test("certificates are dated back 20 s, so that clocks may differ by so much", arguments: [10, 40])
    func clockSkew(seconds: Int64) async throws {
        try await onLoop { loop in
            let mesh = try MeshIdentities()
            try mesh.issue("cart")
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            let flags = try mesh.flags("cart") + ["--inbound-tls", "required"]
            try await ProxyProcess.run(loop, forwardingTo: service.address, flags) { cart in
                let context = try mesh.context(
                    .client, "web", protocols: ["http/1.1"], at: .now().advanced(bySeconds: seconds))
                let client = try await SecureConnection.over(cart.connect(), context)
                if seconds < 20 {
                    try await client.send("GET / HTTP/1.1\r\nHost: cart\r\n\r\n")
                    #expect(try await client.receive(through: "hello").hasPrefix("HTTP/1.1 200 "))
                } else {
                    // In TLS 1.3 a client learns from its first read that it is refused.
                    _ = try await client.receiveToEnd()
                    #expect(client.ending == .failed(.alert(.badCertificate)))
                }
                let result = seconds < 20 ? "done" : "not_yet_valid"
                try await cart.until("tls_handshakes_total", ["direction": "inbound", "result": result], is: 1)
            }
        }
    }
}
