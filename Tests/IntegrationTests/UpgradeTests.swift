import EventLoop
import Testing

@Suite("Upgrades and CONNECT", .serialized, .timeLimit(.minutes(2)))
struct UpgradeTests {
    private static let upgrade = "GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
    private static let switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"

    /// Switches when asked, then sends everything back; after the client's FIN it says `bye`.
    private static func echo(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            let request = try await connection.receiveRequest()
            guard request["upgrade"] == "echo" else {
                try await connection.send(UpstreamReuseTests.hello)
                return try await connection.hang()
            }
            try await connection.send(switching)
            try await sendBack(connection)
        }
    }

    private static func sendBack(_ connection: RawConnection) async throws {
        while try await connection.hasMore() {
            try await connection.send(try await connection.receive(connection.pending.count))
        }
        try await connection.send("bye")
    }

    @Test("After 101 bytes go both ways, those sent ahead too, and each side closes on its own (U3, K12)")
    func switched() async throws {
        try await onLoop { loop in
            let upstream = try Self.echo(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange(Self.upgrade + "early")
                #expect(response.status == 101 && response["upgrade"] == "echo")
                #expect(response["connection"]?.lowercased() == "upgrade")
                _ = try await client.receive(through: "early")
                try await client.send("later")
                _ = try await client.receive(through: "later")
                client.finishSending()
                #expect(try await client.receiveToEnd() == Array("bye".utf8) && client.ending == .finished)
                try await proxy.until("response_status_total", ["status_code": "101", "reason": ""], is: 1)
                try await proxy.until("connections_open", is: 0)
                #expect(try await proxy.metrics()("request_body_bytes_total") == 10)
                #expect(try await proxy.metrics()("response_body_bytes_total") == 13)
            }
        }
    }

    @Test("When the upstream does not switch, what was sent ahead is the next request (U3)")
    func notSwitched() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.upgrade + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.receiveResponse().text == "hello")
                #expect(try await client.receiveResponse().text == "hello")
                #expect(upstream.requests.map(\.target) == ["/up", "/second"])
            }
        }
    }

    @Test("Upgrade without its Connection option is not passed on (U1), h2c and its settings never are (U2)")
    func stripped() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                for lines in [
                    "Upgrade: echo\r\n",
                    "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n",
                ] {
                    let response = try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
                    #expect(response.text == "hello")
                }
                for request in upstream.requests {
                    #expect(request["upgrade"] == nil && request["http2-settings"] == nil)
                    #expect(request["connection"] == nil)
                }
            }
        }
    }

    @Test("A WebSocket needs its key and the right answer to it (U4); an upgrade has no body (U5)")
    func webSocket() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                let accept = index == 0 ? "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" : "wrong"
                try await connection.send(
                    "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Accept: \(accept)\r\n\r\n")
                try await Self.sendBack(connection)
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let head =
                    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                let key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                #expect(try await proxy.connect().exchange(head + "\r\n").reason == "bad_request")
                #expect(
                    try await proxy.connect().exchange(head + key + "Content-Length: 1\r\n\r\nx").reason
                        == "bad_request")
                #expect(upstream.connectionCount == 0)
                let client = try await proxy.connect()
                #expect(try await client.exchange(head + key + "\r\n").status == 101)
                try await client.send("frame")
                _ = try await client.receive(through: "frame")
                let deceived = try await proxy.connect().exchange(head + key + "\r\n")
                #expect(deceived.status == 502 && deceived.reason == "upstream_invalid_response")
            }
        }
    }

    @Test("CONNECT is refused unless its port is allowed (U6); then the target's endpoint gets the bytes as they are")
    func connect() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in try await Self.sendBack(connection) }
            try await ProxyProcess.run(loop, targets: ["shop": [upstream.address]], ["--connect-ports", "443"]) {
                proxy in
                let refused = try await proxy.connectOutbound().exchange(
                    "CONNECT shop:80 HTTP/1.1\r\nHost: shop:80\r\n\r\n")
                #expect(refused.status == 405 && refused.reason == "connect_forbidden")
                let unknown = try await proxy.connectOutbound().exchange(
                    "CONNECT no:443 HTTP/1.1\r\nHost: no:443\r\n\r\n")
                #expect(unknown.status == 404 && unknown.reason == "no_route")
                #expect(upstream.connectionCount == 0)
                let client = try await proxy.connectOutbound()
                try await client.send("CONNECT shop:443 HTTP/1.1\r\nHost: shop:443\r\n\r\n\u{16}\u{3}early")
                let head = try await client.receive(through: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200 ") && !head.lowercased().contains("content-length"))
                _ = try await client.receive(through: "\u{16}\u{3}early")
                client.finishSending()
                #expect(try await client.receiveToEnd() == Array("bye".utf8))
                try await proxy.until("response_status_total", ["status_code": "200", "reason": ""], is: 1)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test("A reset on either side ends the other", arguments: [false, true])
    func reset(byClient: Bool) async throws {
        try await onLoop { loop in
            let mayReset = Signal(loop: loop)
            let upstreamEnded = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(Self.switching)
                try await mayReset.wait()
                if byClient { try await connection.untilEnded() } else { connection.reset() }
                upstreamEnded.give()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                #expect(try await client.exchange(Self.upgrade).status == 101)
                mayReset.give()
                if byClient { client.reset() } else { try await client.untilEnded() }
                try await upstreamEnded.wait()
                try await proxy.until("connections_open", is: 0)
                try await proxy.until("requests_in_flight", is: 0)
            }
        }
    }

    @Test("A tunnel that never rests leaves the others their turn")
    func fairness() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                while true {
                    let request = try await connection.receiveRequest()
                    if request["upgrade"] == "echo" {
                        try await connection.send(Self.switching)
                        _ = try await connection.pour(100 << 30)
                    }
                    try await connection.send(UpstreamReuseTests.hello)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                #expect(try await client.exchange(Self.upgrade).status == 101)
                loop.spawn { [client = LoopBound(client, loop: loop)] in
                    // Ends with the test, by an error.
                    _ = try? await client.value.drain()
                }
                _ = try await proxy.metrics()
                for _ in 0..<20 { #expect(try await proxy.serves("hello")) }
                let lag = try await proxy.metrics()("martlet_loop_lag_seconds_max", ["loop": "0"])
                print(
                    "longest turn of the loop beside a busy tunnel: \(lag) s, \(client.receivedCount >> 20) MiB passed")
                #expect(client.receivedCount > 0)
            }
        }
    }
}
