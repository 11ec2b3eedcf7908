import EventLoop
import Testing

@Suite("CONNECT and tunnels", .timeLimit(.minutes(1)))
struct TunnelTests {
    private static let upgrade = "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"
    private static let switched = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: foo\r\n\r\n"

    /// Answers an upgrade, and then with everything that came until the other side closed, in capitals.
    private static func shouting(_ loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            _ = try await connection.receive(through: "\r\n\r\n")
            try await connection.send(Self.switched)
            let heard = String(decoding: try await connection.receiveToEnd(), as: UTF8.self)
            #expect(connection.ending == .finished)
            try await connection.send(heard.uppercased())
        }
    }

    @Test("K12 each direction of a tunnel ends on its own, after everything that was sent")
    func halfClose() async throws {
        try await onLoop { loop in
            let upstream = try Self.shouting(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.upgrade + "early ")
                #expect(try await client.receive(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                let text = String(repeating: "late ", count: 100_000)
                try await client.send(text)
                client.finishSending()
                #expect(try await client.receiveToEnd() == Array("EARLY \(text.uppercased())".utf8))
                #expect(client.ending == .finished)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test("K12 an upstream that closes its direction still gets what the client sends")
    func upstreamCloses() async throws {
        try await onLoop { loop in
            var heard: [UInt8] = []
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receive(through: "\r\n\r\n")
                try await connection.send(Self.switched + "bye")
                connection.finishSending()
                heard = try await connection.receiveToEnd()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.upgrade)
                let answer = try await client.receiveToEnd()
                #expect(String(decoding: answer, as: UTF8.self).hasSuffix("\r\n\r\nbye"))
                try await client.send("after")
                client.finishSending()
                try await upstream.wait { $0.endedCount == 1 }
                #expect(heard == Array("after".utf8))
            }
        }
    }

    @Test("U3, D23 what follows an upgrade that is not made is the next request, and nothing of it goes before")
    func notSwitched() async throws {
        try await onLoop { loop in
            var received: [[UInt8]] = []
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    _ = try await connection.receiveRequest()
                    await loop.sleep(for: .milliseconds(50))
                    received.append(connection.pending)
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(Self.upgrade + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
                let texts = try await [client.receiveResponse().text, client.receiveResponse().text]
                #expect(texts == ["x", "x"])
                #expect(received == [[], []])
                try await proxy.until("response_total", ["classification": "success"], is: 2)
            }
        }
    }

    @Test("U6 CONNECT is refused with 405 unless its port is allowed, and nothing behind it is a request")
    func connectForbidden() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("x", loop: loop)
            let targets = ["a": [upstream.address]]
            try await ProxyProcess.run(loop, targets: targets, ["--connect-ports", "443"]) { proxy in
                let client = try await proxy.connectOutbound()
                try await client.send("CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.receiveResponse()
                #expect(response.status == 405 && response.reason == "connect_forbidden")
                #expect(response["allow"]?.contains("GET") == true && response["connection"] == "close")
                #expect(try await client.receiveToEnd() == [])
                #expect(upstream.connectionCount == 0)
                try await proxy.untilEnded(1, reason: "connect_forbidden", status: 405)
            }
        }
    }

    @Test("U6, D24 an allowed CONNECT holds early data until its tunnel stands, and says nothing of framing")
    func connect() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let heard = try await connection.receive(through: "early")
                try await connection.send("heard \(heard)")
            }
            let targets = ["a": [upstream.address]]
            try await ProxyProcess.run(loop, targets: targets, ["--connect-ports", "443"]) { proxy in
                let client = try await proxy.connectOutbound()
                try await client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nearly")
                let answer = String(decoding: try await client.receiveToEnd(), as: UTF8.self)
                #expect(answer == "HTTP/1.1 200 Connection established\r\n\r\nheard early")
                client.close()
                try await proxy.until("response_total", ["classification": "success"], is: 1)
            }
        }
    }

    @Test("U6, D24 early data of a CONNECT that cannot be made goes nowhere")
    func connectRefused() async throws {
        try await onLoop { loop in
            let targets = ["a": [Loopback.freshAddress()]]
            try await ProxyProcess.run(loop, targets: targets, ["--connect-ports", "443"]) { proxy in
                let client = try await proxy.connectOutbound()
                try await client.send("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.receiveResponse(to: "CONNECT")
                #expect(response.status == 503 && response.reason == "connect_refused")
                #expect(try await client.receiveToEnd() == [])
                try await proxy.until("request_total", is: 1)
            }
        }
    }
}
