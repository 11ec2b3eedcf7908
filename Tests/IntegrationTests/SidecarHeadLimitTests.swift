import EventLoop
import Foundation
import HTTPTransport
import Testing

@testable import Demo

/// `limits.headBytes`, `headFields` and `targetBytes` by HTTP/2; `ReasonTests` and `LifecycleReloadTests` have them by HTTP/1.1.
@Suite("Limits of heads by HTTP/2", .timeLimit(.minutes(2)))
struct SidecarHeadLimitTests {
    private static func field(_ bytes: Int) -> String { "X: \(String(repeating: "x", count: bytes))\r\n" }

    /// A head of as many fields, each of 50,000 bytes.
    private static func request(_ fields: Int, _ path: String = "/") -> String {
        "GET \(path) HTTP/1.1\r\nHost: cart\r\n\(String(repeating: field(50_000), count: fields))\r\n"
    }

    private static func curl(
        _ web: ProxyProcess, _ fields: Int = 0, of bytes: Int = 0, path: String = "/"
    ) async throws -> String {
        let lines = (0..<fields).flatMap { ["-H", "X-\($0): \(String(repeating: "x", count: bytes))"] }
        return try await Tool.output(
            ["/usr/bin/curl", "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-H", "Host: cart"]
                + ["-w", "%{http_version} %{http_code} %header{martlet-reason}"] + lines
                + ["http://\(web.outbound)\(path)"])
    }

    @Test("are those of the settings for a client's own connection")
    func client() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("ok", loop: loop)
            let flags = ["--max-head-bytes", "20KiB", "--max-head-fields", "20", "--max-target-bytes", "100"]
            try await ProxyProcess.run(loop, targets: ["cart": [service.address]], flags) { web in
                for (fields, bytes, expected) in [
                    (4, 4500, "2 200 "), (5, 4500, "2 431 head_too_large"), (21, 1, "2 431 head_too_large"),
                ] {
                    let answer = try await Self.curl(web, fields, of: bytes)
                    #expect(answer == expected)
                }
                let long = try await Self.curl(web, path: "/\(String(repeating: "x", count: 100))")
                #expect(long == "2 414 uri_too_long")
            }
        }
    }

    @Test("what one sidecar takes of its client the other takes of it, to the last field and byte")
    func asMuch() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("ok", loop: loop)
            try await betweenSidecars(loop, service: service.address) { web, _ in
                let client = try await web.connectOutbound()
                let short = String(repeating: "X: y\r\n", count: 99)
                #expect(try await client.exchange("GET / HTTP/1.1\r\nHost: cart\r\n\(short)\r\n").status == 200)
                let start = "GET / HTTP/1.1\r\nHost: cart\r\n\(short.dropLast(6))"
                let filler = Self.field(60 * 1024 - start.utf8.count - 7)
                let head = "\(start)\(filler)\r\n"
                #expect(head.utf8.count == 60 * 1024)
                #expect(try await client.exchange(head).status == 200)
            }
        }
    }

    @Test("a head that only one of two sidecars takes is refused, and what shares the connection goes on")
    func different() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    if request.target == "/slow" { try await release.wait() }
                    let more = request.target == "/large" ? String(repeating: Self.field(50_000), count: 6) : ""
                    try await connection.send("HTTP/1.1 200 OK\r\n\(more)Content-Length: 2\r\n\r\nok")
                }
            }
            let large = ["--max-head-bytes", "1MiB"]
            try await betweenSidecars(loop, service: service.address, ofWeb: large) { web, cart in
                let slow = try await web.connectOutbound()
                try await slow.send(Self.request(0, "/slow"))
                try await cart.until("requests_in_flight", is: 1)
                let refused = try await web.connectOutbound().exchange(Self.request(6))
                #expect(refused.status == 431 && refused["martlet-reason"] == "head_too_large")
                release.give()
                #expect(try await slow.receiveResponse().text == "ok")
                try await web.until("tls_handshakes_total", ["result": "done"], is: 1)
                #expect(try await web.metrics()("endpoint_connect_failures_total") == 0)
            }
            try await betweenSidecars(loop, service: service.address, ofCart: large) { web, _ in
                let client = try await web.connectOutbound()
                let refused = try await client.exchange(Self.request(0, "/large"))
                #expect(refused.status == 502 && refused["martlet-reason"] == "upstream_too_large")
                #expect(try await web.connectOutbound().exchange(Self.request(0)).status == 200)
                try await web.until("tls_handshakes_total", ["result": "done"], is: 1)
            }
            try await betweenSidecars(loop, service: service.address, ofCart: large, ofWeb: large) { web, _ in
                let answer = try await web.connectOutbound().exchange(Self.request(6, "/large"))
                #expect(answer.status == 200 && answer.fields.count > 6)
            }
        }
    }

    @Test("change with a reload for the connection that two sidecars have")
    func reload() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("ok", loop: loop)
            let mesh = try MeshIdentities()
            for name in ["web", "cart"] { try mesh.issue(name) }
            let folder = try TemporaryFolder()
            let inbound = Loopback.freshAddress()
            func settings(_ limit: String) -> String {
                "inbound:\n  listen: \(inbound)\n  forward: \(service.address)\n  tls: required\nlimits:\n  headBytes: \(limit)\n"
            }
            try folder.write("cart.yaml", settings("60KiB"))
            try await ProxyProcess.run(loop, ["--config", "\(folder.path)/cart.yaml"] + mesh.flags("cart")) { cart in
                let flags = try mesh.flags("web") + ["--target-identity", "cart=\(mesh.id("cart"))"]
                try await ProxyProcess.run(loop, targets: ["cart": [inbound]], flags) { web in
                    let client = try await web.connectOutbound()
                    #expect(try await client.exchange(Self.request(1)).status == 200)
                    try folder.write("cart.yaml", settings("16KiB"))
                    try await cart.until("martlet_config_reloads_total", ["outcome": "success"], is: 1)
                    let refused = try await client.exchange(Self.request(1))
                    #expect(refused.status == 431 && refused["martlet-reason"] == "head_too_large")
                    try folder.write("cart.yaml", settings("60KiB"))
                    try await cart.until("martlet_config_reloads_total", ["outcome": "success"], is: 2)
                    let again = try await web.connectOutbound()
                    #expect(try await again.exchange(Self.request(1)).status == 200)
                    try await web.until("tls_handshakes_total", ["result": "done"], is: 1)
                }
            }
            try folder.remove()
            withExtendedLifetime(mesh) {}
        }
    }
}
