import EventLoop
import Testing

@Suite("Max-Forwards (conformance L16)", .timeLimit(.minutes(1)))
struct MaxForwardsTests {
    /// Sends `requests` over one connection. - Returns: the responses, and the first lines that reached the upstream.
    private static func exchange(_ requests: [String]) async throws -> ([ReceivedMessage], [String]) {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("upstream", loop: loop)
            return try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                var responses: [ReceivedMessage] = []
                for request in requests { responses.append(try await client.exchange(request)) }
                try await proxy.until("response_total", ["classification": "success"], is: Double(requests.count))
                return (responses, upstream.requests.map { "\($0.startLine) \($0["max-forwards"] ?? "-")" })
            }
        }
    }

    @Test("L16 TRACE and OPTIONS with Max-Forwards 0 are answered by the proxy, which goes on serving")
    func answered() async throws {
        let (responses, reached) = try await Self.exchange([
            "TRACE /p HTTP/1.1\r\nHost: a\r\nCookie: c\r\nMax-Forwards: 0\r\n\r\n",
            "OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n",
        ])
        #expect(responses.map(\.status) == [200, 200, 200])
        #expect(responses[0]["content-type"] == "message/http")
        #expect(responses[0].text == "TRACE /p HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")
        #expect(responses[1]["allow"]?.contains("OPTIONS") == true)
        #expect(responses[1].framing == .length(0))
        #expect(responses.allSatisfy { $0.reason == nil && $0["date"] != nil })
        #expect(responses[2].text == "upstream")
        #expect(reached == ["GET / HTTP/1.1 0"])
    }

    @Test("L16 more than 0 is counted down and goes on")
    func countedDown() async throws {
        let (responses, reached) = try await Self.exchange([
            "OPTIONS /p HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n",
            "TRACE /p HTTP/1.1\r\nHost: a\r\nMax-Forwards: 7\r\n\r\n",
        ])
        #expect(responses.map(\.text) == ["upstream", "upstream"])
        #expect(reached == ["OPTIONS /p HTTP/1.1 0", "TRACE /p HTTP/1.1 6"])
    }

    @Test("L16 a body that nobody reads ends the connection after the answer")
    func withBody() async throws {
        let (responses, reached) = try await Self.exchange([
            "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\nContent-Length: 5\r\n\r\nhello"
        ])
        #expect(responses.map(\.status) == [200])
        #expect(responses[0]["connection"] == "close")
        #expect(reached == [])
    }
}
