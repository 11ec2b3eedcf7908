import EventLoop
import Testing

/// A way in which an upstream fails a request before it has said anything that could be handed on.
struct HeadFault: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let status: Int
    let reason: String
    /// What comes after the request has been read; the connection is closed at its end.
    let script: @Sendable (RawConnection) async throws -> Void

    init(
        _ description: String, _ status: Int, _ reason: String,
        _ script: @escaping @Sendable (RawConnection) async throws -> Void
    ) {
        testDescription = description
        self.status = status
        self.reason = reason
        self.script = script
    }

    /// One that says `bytes` and closes.
    init(invalid description: String, _ bytes: String, _ reason: String = "upstream_invalid_response") {
        self.init(description, 502, reason) { try await $0.send(bytes) }
    }

    static let all = [
        HeadFault("closes without a word", 502, "upstream_closed") { _ in },
        HeadFault("resets without a word", 502, "upstream_reset") { $0.reset() },
        HeadFault("resets within the head", 502, "upstream_reset") { upstream in
            try await upstream.send("HTTP/1.1 200 OK\r\nConte")
            upstream.reset()
        },
        HeadFault("hangs before the head", 504, "response_timeout") { try await $0.untilEnded() },
        HeadFault("hangs within the head", 504, "response_timeout") { upstream in
            try await upstream.send("HTTP/1.1 200 OK\r\nConte")
            try await upstream.untilEnded()
        },
        HeadFault("half-closes and never answers", 502, "upstream_closed") { upstream in
            upstream.finishSending()
            try await upstream.untilEnded()
        },
        HeadFault(invalid: "closes within the head", "HTTP/1.1 200 OK\r\nConte"),
        HeadFault(invalid: "sends garbage", "\u{1}\u{2}nonsense\r\n\r\n"),
        HeadFault(invalid: "speaks HTTP/0.9", "<html>hello</html>"),
        HeadFault(invalid: "speaks TLS", "\u{15}\u{3}\u{1}\0\u{2}\u{2}\u{16}"),
        HeadFault(invalid: "speaks HTTP/2", "\0\0\u{6}\u{4}\0\0\0\0\0\0\u{3}\0\0\0\u{1E}"),
        HeadFault(invalid: "has two lengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
        HeadFault(
            invalid: "has a length and chunks",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        HeadFault(
            invalid: "sends a head of 64 KiB", "HTTP/1.1 200 OK\r\nX: \(String(repeating: "x", count: 65_536))\r\n\r\n",
            "upstream_too_large"),
        HeadFault(
            invalid: "sends 300 fields", "HTTP/1.1 200 OK\r\n\(String(repeating: "X: y\r\n", count: 300))\r\n",
            "upstream_too_large"),
        HeadFault(
            invalid: "switches protocols unasked",
            "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: foo\r\n\r\n"),
        HeadFault(
            invalid: "gives an interim response a body", "HTTP/1.1 103 Early Hints\r\nContent-Length: 2\r\n\r\nab"),
        HeadFault(
            invalid: "spoils its only chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        HeadFault(invalid: "ends a line with LF alone", "HTTP/1.1 200 OK\nContent-Length: 0\n\n"),
        HeadFault(invalid: "folds a line", "HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n"),
    ]
}

@Suite("Upstreams that fail before their response", .serialized, .timeLimit(.minutes(2)))
struct UpstreamHeadFaultTests {
    @Test(
        "The client gets the proxy's own response with the reason, and the next request is served",
        arguments: HeadFault.all)
    func fault(fault: HeadFault) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                guard index > 0 else { return try await fault.script(connection) }
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                try await connection.untilEnded()
            }
            // Short only where it has to pass, since a busy machine may need the time for itself.
            let flags = ["--response-timeout", fault.reason == "response_timeout" ? "250ms" : "1m"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.status == fault.status && response.isComplete)
                #expect(response.reason == fault.reason)
                #expect(response.text.contains(fault.reason))
                #expect(response["connection"] == "close")
                #expect(try await client.untilEnded() == .finished)
                try await proxy.untilEnded(1, reason: fault.reason, status: fault.status)
                #expect(try await proxy.serves("hello"))
                try await proxy.until("response_total", ["classification": "failure"], is: 1)
                try await proxy.until("response_total", ["classification": "success"], is: 1)
                #expect(upstream.connectionCount == 2)
            }
        }
    }

    @Test("Every interim response reaches the client in order, then the final one")
    func interimResponses() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    _ = try await connection.receiveRequest()
                    for number in 0..<32 {
                        try await connection.send("HTTP/1.1 103 Early Hints\r\nLink: <\(number)>\r\n\r\n")
                    }
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                for number in 0..<32 {
                    let interim = try await client.receiveResponse()
                    #expect(interim.status == 103 && interim["link"] == "<\(number)>")
                }
                #expect(try await client.receiveResponse().text == "hello")
                // I2: HTTP/1.0 knows no interim response.
                let old = try await proxy.connect().exchange("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
                #expect(old.status == 200 && old.text == "hello")
            }
        }
    }

    @Test("The thirty-third interim response ends the request with 502")
    func tooManyInterimResponses() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                for _ in 0..<2000 { try await connection.send("HTTP/1.1 102 Processing\r\n\r\n") }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                for _ in 0..<32 { #expect(try await client.receiveResponse().status == 102) }
                let final = try await client.receiveResponse()
                #expect(final.status == 502 && final.reason == "upstream_invalid_response" && final.isComplete)
                try await proxy.untilEnded(1, reason: "upstream_invalid_response", status: 502)
            }
        }
    }
}
