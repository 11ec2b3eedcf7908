import EventLoop
import Testing

@Suite("Requests of odd clients", .serialized, .timeLimit(.minutes(2)))
struct ClientRequestTests {
    /// Bytes that are no request, and what they are answered with.
    struct Refusal: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let bytes: String
        let status: Int
        let reason: String

        init(_ description: String, _ bytes: String, _ status: Int = 400, _ reason: String = "bad_request") {
            testDescription = description
            self.bytes = bytes
            self.status = status
            self.reason = reason
        }

        static func get(_ description: String, _ fields: String, _ status: Int = 400, _ reason: String = "bad_request")
            -> Refusal
        {
            Refusal(description, "GET / HTTP/1.1\r\nHost: a\r\n\(fields)\r\n\r\n", status, reason)
        }

        static let all = [
            Refusal("garbage", "\u{1}\u{2}\u{3}\r\n\r\n"),
            Refusal("a TLS hello", "\u{16}\u{3}\u{1}\0\u{5}hello"),
            Refusal("HTTP/0.9", "GET /\r\n\r\n"),
            Refusal("HTTP/3.0", "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505, "version_not_supported"),
            Refusal("no Host", "GET / HTTP/1.1\r\n\r\n"),
            Refusal("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
            Refusal(
                "a method of 300 bytes", "\(String(repeating: "A", count: 300)) / HTTP/1.1\r\nHost: a\r\n\r\n", 501,
                "not_implemented"),
            Refusal(
                "a target of 16 KiB", "GET /\(String(repeating: "a", count: 16_384)) HTTP/1.1\r\n", 414, "uri_too_long"),
            .get("a field of 64 KiB", "X: \(String(repeating: "x", count: 65_536))", 431, "head_too_large"),
            .get("101 fields", String(repeating: "X: y\r\n", count: 100).dropLast(1) + "", 431, "head_too_large"),
            .get("an unknown expectation", "Expect: miracles", 417, "expectation_failed"),
            .get("an unknown coding", "Transfer-Encoding: gzip, chunked", 501, "not_implemented"),
            .get("a length and chunks", "Content-Length: 5\r\nTransfer-Encoding: chunked"),
            Refusal("CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 405, "connect_forbidden"),
        ]
    }

    @Test("Each gets the proxy's answer, a FIN, and never reaches the upstream", arguments: Refusal.all)
    func refusal(refusal: Refusal) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                // A HEAD before, on the same exchange, must leave no trace.
                let first = try await proxy.connect().exchange("HEAD /before HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(first.status == 200)
                let client = try await proxy.connect()
                let response = try await client.exchange(refusal.bytes)
                #expect(response.status == refusal.status && response.reason == refusal.reason)
                #expect(response.text.contains(refusal.reason) && response["connection"] == "close")
                #expect(try await client.untilEnded() == .finished)
                try await proxy.untilEnded(1, reason: refusal.reason, status: refusal.status)
                #expect(upstream.requests.map(\.target) == ["/before"])
                #expect(try await proxy.serves("hello"))
            }
        }
    }

    @Test("A thousand requests in one piece are answered one by one, in order")
    func pipelining() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    let body = request.target + request.text
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let bodies = (0..<1000).map { "/\($0)" + ($0 % 2 == 0 ? "" : "body") }
                let requests = (0..<1000).map { number in
                    number % 2 == 0
                        ? "GET /\(number) HTTP/1.1\r\nHost: a\r\n\r\n"
                        : "POST /\(number) HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
                }
                try await client.send(requests.joined())
                for body in bodies {
                    let response = try await client.receiveResponse()
                    try #require(response.status == 200 && response.text == body)
                }
                #expect(upstream.connectionCount == 1)
                try await proxy.until("response_total", ["classification": "success"], is: 1000)
            }
        }
    }

    @Test("A bad request behind good ones is answered after them (K9), and nothing behind it")
    func pipelinedError() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let good = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
                try await client.send(good + good + "GET / HTTP/1.1\r\nFoo : x\r\n\r\n" + good)
                #expect(try await client.receiveResponse().text == "hello")
                #expect(try await client.receiveResponse().text == "hello")
                #expect(try await client.receiveResponse().reason == "bad_request")
                #expect(try await client.receiveToEnd().isEmpty && client.ending == .finished)
                #expect(upstream.requests.count == 2)
            }
        }
    }

    @Test("Nothing after Connection: close is a request (K6), nor after one of HTTP/1.0 (K8)", arguments: [0, 1])
    func lastRequest(versionMinor: Int) async throws {
        let connection = versionMinor == 0 ? "keep-alive" : "close"
        let request = "GET / HTTP/1.\(versionMinor)\r\nHost: a\r\nConnection: \(connection)\r\n\r\n"
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                try await client.send(request + "GET /second HTTP/1.1\r\nHost: a\r\n\r\n")
                let response = try await client.receiveResponse()
                #expect(response.text == "hello" && response["connection"] == "close")
                #expect(try await client.receiveToEnd().isEmpty && client.ending == .finished)
                #expect(upstream.requests.count == 1)
            }
        }
    }

    @Test("100 Continue comes from the upstream, before the body is sent (I3)", arguments: [false, true])
    func continues(isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let head = try await connection.receive(through: "\r\n\r\n")
                #expect(head.lowercased().contains("expect: 100-continue\r\n"))
                #expect(connection.pending.isEmpty)
                try await connection.send("HTTP/1.1 100 Continue\r\n\r\n")
                _ = try await connection.receive(through: isChunked ? "0\r\n\r\n" : "hello")
                try await connection.send(UpstreamReuseTests.hello)
                try await connection.hang()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 5"
                let interim = try await client.exchange(
                    "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\(framing)\r\n\r\n")
                #expect(interim.status == 100)
                try await client.send(isChunked ? "5\r\nhello\r\n0\r\n\r\n" : "hello")
                let response = try await client.receiveResponse()
                #expect(response.status == 200 && response.text == "hello" && response["connection"] == nil)
                try await proxy.until("response_total", ["classification": "success"], is: 1)
            }
        }
    }

    @Test(
        "A body above the limit gets 413, whether its length is known or not", arguments: [false, true], [false, true])
    func bodyTooLarge(isChunked: Bool, comesWithHead: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                while true {
                    let request = try await connection.receiveRequest()
                    guard request.isComplete else { return }
                    try await connection.send(UpstreamReuseTests.hello)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--max-body-bytes", "1000B"]) { proxy in
                func request(_ size: Int) -> (head: String, body: String) {
                    let body = String(repeating: "x", count: size)
                    guard isChunked else {
                        return ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \(size)\r\n\r\n", body)
                    }
                    let head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                    return (head, "\(String(size, radix: 16))\r\n\(body)\r\n0\r\n\r\n")
                }
                let client = try await proxy.connect()
                for size in [999, 1000, 1001] {
                    let (head, body) = request(size)
                    if comesWithHead {
                        try await client.send(head + body)
                    } else {
                        try await client.send(head)
                        try await client.send(body)
                    }
                    let response = try await client.receiveResponse()
                    #expect(response.status == (size > 1000 ? 413 : 200))
                    #expect(response.reason == (size > 1000 ? "body_too_large" : nil))
                }
                #expect(try await client.untilEnded() == .finished)
                try await proxy.untilEnded(1, reason: "body_too_large", status: 413)
                // A length that is known to be too much is not even begun.
                if !isChunked { #expect(upstream.connectionCount == 1 && upstream.endedCount == 0) }
                try await proxy.until("response_total", ["classification": "success"], is: 3)
            }
        }
    }
}
