import Bytes
import EventLoop
import Foundation
import HTTP
import Testing

/// Clients that speak HTTP/2 to a proxy by prior knowledge.
@Suite("Clients of HTTP/2", .timeLimit(.minutes(2)))
struct HTTP2ClientTests {
    private struct Answer: Decodable {
        let interim: [String]
        let head: [String: String]?
        let body: String
        let trailers: [String: String]?
        let reset: Int?
    }

    private static func request(_ proxy: ProxyProcess, _ arguments: String..., loop: EventLoop) async throws -> Answer {
        let client = try GRPCTests.python("h2_request.py", [proxy.outbound.description] + arguments, loop: loop)
        _ = try await client.ended()
        return try JSONDecoder().decode(Answer.self, from: Data(client.log.utf8))
    }

    @Test("are translated for a service that speaks HTTP/1.1 only", arguments: [false, true])
    func translated(mutualTLS: Bool) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                // The proxy asks by HTTP/2 first; that is no request.
                guard request.startLine == "POST /a?b HTTP/1.1" else { return }
                #expect(request["host"] == "cart" && request["x-one"] == "1" && request["cookie"] == "a=1; b=2")
                #expect(request["transfer-encoding"] == "chunked" && request.text == "hello")
                #expect(request.trailers.map(\.name) == ["server-timing"])
                try await connection.send(
                    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                        + "Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nX-Two: 2\r\n\r\n"
                        + "3\r\nabc\r\n0\r\nServer-Timing: db;dur=5\r\n\r\n")
                try await connection.untilEnded()
            }
            try await betweenSidecars(loop, service: service.address, mutualTLS: mutualTLS) { web, cart in
                let answer = try await Self.request(web, "cart", "POST", "/a?b", "hello", loop: loop)
                #expect(answer.interim == ["103"])
                #expect(answer.head?[":status"] == "200" && answer.head?["x-two"] == "2")
                #expect(answer.head?["x-hop"] == nil && answer.head?["connection"] == nil)
                #expect(answer.body == "abc" && answer.reset == nil)
                #expect(answer.trailers?["server-timing"] == "db;dur=5")
                try await cart.until("response_status_total", ["status_code": "200", "reason": ""], is: 1)
            }
        }
    }

    @Test("that come together while it is asked what a service speaks each get their answer")
    func together() async throws {
        try await onLoop { loop in
            let release = Signal(loop: loop)
            let service = try ScriptedUpstream(loop: loop) { connection, index in
                if index == 0 {
                    // It is silent until both are here, and then ends what it does not know.
                    try await release.wait()
                    return
                }
                let request = try await connection.receiveRequest()
                try await connection.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: \(request.text.utf8.count)\r\n\r\n\(request.text)")
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, targets: ["cart": [service.address]], ["--connect-timeout", "20s"]) {
                web in
                let clients = try (0..<3).map { number in
                    try GRPCTests.python(
                        "h2_request.py", [web.outbound.description, "cart", "POST", "/", "body \(number)"], loop: loop)
                }
                try await web.until("requests_in_flight", is: 3)
                release.give()
                for (number, client) in clients.enumerated() {
                    _ = try await client.ended()
                    let answer = try JSONDecoder().decode(Answer.self, from: Data(client.log.utf8))
                    #expect(answer.head?[":status"] == "200" && answer.body == "body \(number)", "\(client.log)")
                }
            }
        }
    }

    private struct Tunnel: Decodable, Equatable {
        let enabled: Bool
        let status: String
        let data: String
        let end: String
    }

    @Test("U7 open a WebSocket by extended CONNECT, which the service sees as HTTP/1.1", arguments: [false, true])
    func webSocket(mutualTLS: Bool) async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(request.startLine == "GET /chat HTTP/1.1" && request["upgrade"] == "websocket")
                #expect(request["host"] == "cart" && request["sec-websocket-version"] == "13")
                let key = Array(try #require(request["sec-websocket-key"]).utf8)
                let accept = String(decoding: WebSocketAccept.answer(to: key.rawBytes), as: UTF8.self)
                try await connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Accept: \(accept)\r\n\r\n")
                while try await connection.hasMore() {
                    try await connection.send(try await connection.receive(connection.pending.count))
                }
                try await connection.send("bye")
            }
            try await betweenSidecars(loop, service: service.address, mutualTLS: mutualTLS) { web, cart in
                let client = try GRPCTests.python("h2_websocket.py", [web.outbound.description, "cart"], loop: loop)
                _ = try await client.ended()
                let tunnel = try JSONDecoder().decode(Tunnel.self, from: Data(client.log.utf8))
                #expect(tunnel == Tunnel(enabled: true, status: "200", data: "pingbye", end: "ended"))
                #expect(service.failures == [])
                try await cart.until("response_status_total", ["status_code": "101"], is: 1)
            }
        }
    }

    @Test("get the proxy's own failures with their reason, on a connection that goes on")
    func failures() async throws {
        try await onLoop { loop in
            try await ProxyProcess.run(loop, targets: ["cart": [Loopback.freshAddress()]]) { web in
                let unknown = try await Self.request(web, "nobody", "GET", "/", loop: loop)
                #expect(unknown.head?[":status"] == "404" && unknown.head?["martlet-reason"] == "no_route")
                let refused = try await Self.request(web, "cart", "GET", "/", loop: loop)
                #expect(refused.head?[":status"] == "503" && refused.head?["martlet-reason"] == "connect_refused")
                #expect(refused.body.contains("connect_refused"))
            }
        }
    }

    @Test("h2load makes ten thousand requests through two proxies, none of which fails")
    func load() async throws {
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await betweenSidecars(loop, service: service.address) { web, cart in
                let url = "http://\(web.outbound)/"
                let client = try StartedProgram(
                    "/usr/bin/h2load", ["-n", "10000", "-c", "4", "-m", "32", "-H", ":authority: cart", url], loop: loop
                )
                _ = try await client.ended()
                let reasons = [try await web.metrics(), try await cart.metrics()]
                    .map { $0.values(of: "reason", in: "response_status_total") }
                #expect(
                    client.log.contains("10000 succeeded, 0 failed, 0 errored, 0 timeout"), "\(reasons)\n\(client.log)")
                try await cart.until("response_total", ["classification": "success"], is: 10_000)
                try await web.until("requests_in_flight", is: 0)
            }
        }
    }

    /// What an attacker sends behind the preface and its settings, as often as it takes.
    private static let floods: [String: (frame: [UInt8], count: Int)] = [
        "ping_flood": ([0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8], 3000),
        "settings_flood": ([0, 0, 0, 4, 0, 0, 0, 0, 0], 200),
        "window_update_flood": ([0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 1], 200),
        "unknown_frame_flood": ([0, 0, 0, 0x42, 0, 0, 0, 0, 0], 1000),
        "priority_flood": ([0, 0, 5, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 1000),
    ]

    @Test("that flood are sent away and counted, and nobody else is", arguments: floods.keys.sorted())
    func flood(name: String) async throws {
        let flood = try #require(Self.floods[name])
        try await onLoop { loop in
            let service = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: service.address) { proxy in
                let attacker = try await proxy.connect()
                try await attacker.send(Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0])
                // The proxy may close before all of it is sent.
                try await attacker.send(Array(repeatElement(flood.frame, count: flood.count).joined()))
                let ending = try await attacker.receiveToEnd()
                #expect(String(decoding: ending, as: UTF8.self).contains(name), "GOAWAY says why")
                try await proxy.until("http2_connection_errors_total", ["direction": "inbound", "error": name], is: 1)
                try await proxy.until("connections_open", ["peer": "client"], is: 0)
                #expect(try await proxy.serves("hello"))
            }
        }
    }
}
