import EventLoop
import Testing

/// An upstream that answers before it has the request's body (conformance K10, I4): the client gets the response, is
/// told that its connection ends, and sees that end as a FIN and not as a reset that could swallow the response.
@Suite("Upstreams that answer early", .serialized, .timeLimit(.minutes(2)))
struct EarlyResponseTests {
    /// What the upstream does after its answer.
    enum Afterwards: CaseIterable, Sendable {
        case readsOn, closes, resets, hangs
    }

    private static let reply = "HTTP/1.1 413 Too Much\r\nContent-Length: 8\r\n\r\ntoo much"
    private static let bodySize = 4 << 20

    private static func upstream(_ afterwards: Afterwards, loop: EventLoop) throws -> ScriptedUpstream {
        try ScriptedUpstream(loop: loop) { connection, _ in
            let head = try await connection.receive(through: "\r\n\r\n")
            guard head.hasPrefix("POST") else {
                try await connection.send(UpstreamReuseTests.hello)
                _ = try await connection.untilEnded()
                return
            }
            try await connection.send(Self.reply)
            switch afterwards {
            case .readsOn: try await connection.untilEnded()
            case .closes: connection.close()
            case .resets: connection.reset()
            case .hangs: try await connection.hang()
            }
        }
    }

    @Test("The whole response arrives while the client still sends", arguments: Afterwards.allCases, [false, true])
    func whileSending(afterwards: Afterwards, isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(afterwards, loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(Self.bodySize)"
                let chunkLine = isChunked ? "\(String(Self.bodySize, radix: 16))\r\n" : ""
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(chunkLine)")
                _ = try await client.pour(16 * 1024)
                let response = try await client.receiveResponse()
                #expect(response.status == 413 && response.text == "too much" && response.isComplete)
                #expect(response["connection"] == "close")
                #expect(try await client.untilEnded() == .finished)
                client.close()
                try await proxy.until("response_status_total", ["status_code": "413", "reason": ""], is: 1)
                #expect(try await proxy.serves("hello"))
                #expect(upstream.connectionCount == 2)
            }
        }
    }

    @Test("A client that reads only when it has sent everything still gets the response", arguments: [false, true])
    func afterSending(isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(.readsOn, loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let size = 48 * 1024
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: \(size)"
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n")
                try await upstream.wait { $0.connectionCount == 1 }
                if isChunked { try await client.send("\(String(size, radix: 16))\r\n") }
                #expect(try await client.pour(size))
                if isChunked { try await client.send("\r\n0\r\n\r\n") }
                let response = try await client.receiveResponse()
                #expect(response.status == 413 && response.text == "too much" && response.isComplete)
                // The proxy may have had the whole request before it had the response: then nothing has to end.
                if response["connection"] == "close" { #expect(try await client.untilEnded() == .finished) }
            }
        }
    }

    @Test("Who waits for 100 Continue and gets the final response instead, sends no body and is not misread")
    func refusedExpectation() async throws {
        try await onLoop { loop in
            let upstream = try Self.upstream(.readsOn, loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 37\r\n\r\n"
                let response = try await client.exchange(head)
                #expect(response.status == 413 && response["connection"] == "close")
                // Taken for the body or for nothing, never for a request.
                try await client.send("GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(try await client.untilEnded() == .finished)
                #expect(upstream.connectionCount == 1)
                try await proxy.until("request_total", is: 1)
            }
        }
    }
}
