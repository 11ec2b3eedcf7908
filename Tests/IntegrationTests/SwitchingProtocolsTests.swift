import EventLoop
import Testing

@Suite("Upgrades through the proxy", .timeLimit(.minutes(1)))
struct SwitchingProtocolsTests {
    private static let webSocket =
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    /// Sends one request to an upstream that answers with `answer` and then says `hello`.
    private static func exchange(_ request: String, _ answer: String) async throws -> (Int, String?, String) {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receive(through: "\r\n\r\n")
                try await connection.send(answer + "hello")
            }
            return try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(request)
                let head = ReceivedMessage(head: try await client.receive(through: "\r\n\r\n"))
                let rest = try await client.receiveToEnd()
                return (head.status, head.reason, String(decoding: rest.suffix(5), as: UTF8.self))
            }
        }
    }

    @Test(
        "I6 a 101 that was not asked for, or to something else, becomes 502",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "foo"),
            ("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n", "bar"),
            ("GET / HTTP/1.0\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n", "foo"),
        ])
    func unasked(request: String, protocolName: String) async throws {
        let (status, reason, _) = try await Self.exchange(
            request, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: \(protocolName)\r\n\r\n")
        #expect(status == 502)
        #expect(reason == "upstream_invalid_response")
    }

    @Test(
        "U4 a WebSocket that does not answer to the key becomes 502",
        arguments: [
            "", "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOq=\r\n",
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Accept: x\r\n",
        ])
    func wrongAccept(line: String) async throws {
        let (status, reason, _) = try await Self.exchange(
            Self.webSocket,
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\(line)\r\n")
        #expect(status == 502)
        #expect(reason == "upstream_invalid_response")
    }

    @Test("U4 a WebSocket that answers to the key is a tunnel")
    func accepted() async throws {
        let (status, reason, rest) = try await Self.exchange(
            Self.webSocket,
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n")
        #expect(status == 101)
        #expect(reason == nil)
        #expect(rest == "hello")
    }
}
