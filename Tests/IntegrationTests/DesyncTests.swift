import EventLoop
import Testing

/// Whatever bytes come: the upstream sees exactly the requests that the client was answered for (reference §5).
@Suite("Desynchronisation through a real proxy", .serialized, .timeLimit(.minutes(2)))
struct DesyncTests {
    /// What each attack tries to have taken for a request of its own.
    private static let smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func post(_ lines: String...) -> String {
        "POST /post HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
    }

    private static func chunked(_ body: String) -> String { post("Transfer-Encoding: chunked") + body }

    /// Refused before anything reaches the upstream; the answer is the last on its connection.
    private static let refused = [
        post("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\nG",
        post("Transfer-Encoding: chunked", "Content-Length: 4") + "5c\r\n" + smuggled + "0\r\n\r\n",
        post("Transfer-Encoding: xchunked", "Content-Length: 4") + "5c\r\n",
        post("Transfer-Encoding : chunked") + "0\r\n\r\n", post("Transfer-Encoding\t:chunked") + "0\r\n\r\n",
        post("Transfer-Encoding:\u{0B}chunked") + "0\r\n\r\n", post("Transfer-Encoding:\u{0C}chunked") + "0\r\n\r\n",
        post("Transfer-Encoding: ,chunked") + "0\r\n\r\n", post("Transfer-Encoding: chunked,") + "0\r\n\r\n",
        post("Transfer-Encoding: chunked", "Transfer-encoding: identity") + "0\r\n\r\n",
        post("Transfer-Encoding:", " chunked") + "0\r\n\r\n", post("Transfer-Encoding: \"chunked\"") + "0\r\n\r\n",
        post("X: a\nTransfer-Encoding: chunked") + "0\r\n\r\n",
        post("Transfer-Encoding: gzip, chunked") + "0\r\n\r\n",
        post("Content-Length: 5", "Content-Length: 6") + "hello!", post("Content-Length: 5, 6") + "hello!",
        post("Content-Length:", "Content-Length: 5") + "hello", post("Content-Length: +5") + "hello",
        post("Content-Length: 0x5") + "hello", post("Content-Length: 5Z") + "hello",
        post("Content-Length: 1_0") + "hellohello", post("Content-Length: 18446744073709551621") + "hello",
        post("Foo: a\rTransfer-Encoding: chunked"), post("Content-Length\u{85}: 5") + "hello",
        post("Content-Length\0X: 5") + "hello", post(": x"), post("Host: a"),
        post("Connection: Content-Length", "Content-Length: 5") + "hello",
        post("Connection: Upgrade", "Upgrade: foo", "Content-Length: 5") + "hello",
        "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\n",
        "GET /\nHTTP/1.1\r\nHost: a\r\n\r\n", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "GET /\r\n\r\n", "GET / HTTP/1.11\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\0.b\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n",
    ]

    /// A head that is fine, and then a body that is not: it may have reached the upstream, but never as a whole.
    private static let refusedBodies = [
        "0_2e\r\n", "1these\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\n", "10000000000000005\r\n",
        "5;\nhello\r\n0\r\n\r\n",
        "5;a\rX\r\nhello\r\n0\r\n\r\n", "5;a=\"\r\nhello\r\n0\r\n\r\n", "5\r\nhelloXX\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
        "5 \r\nhello\r\n0\r\n\r\n", "\r\n", "5\r\nhello\r\n0\n\n",
    ].map { chunked($0) }

    /// Requests with the targets that the upstream must see, in order.
    private static let accepted: [(bytes: String, targets: [String])] = [
        ("GET /get HTTP/1.1\r\nHost: a\r\nContent-Length: \(smuggled.utf8.count)\r\n\r\n" + smuggled, ["/get"]),
        ("OPTIONS /o HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", ["/o"]),
        (chunked("0\r\nX:POST / HTTP/1.1\r\nHost: a\r\n\r\n"), ["/post"]),
        (chunked("0\r\nContent-Length: 9\r\n\r\n"), ["/post"]),
        (chunked("0\r\nTransfer-Encoding: chunked\r\n\r\n"), ["/post"]),
        (chunked("5;ext=\"a;b\"\r\nhello\r\n0;last\r\n\r\n"), ["/post"]),
        (chunked("0000005\r\nhello\r\n0\r\n\r\n"), ["/post"]),
        (post("Transfer-Encoding: cHuNkEd") + "5\r\nhello\r\n0\r\n\r\n", ["/post"]),
        (post("Content-Length: 005") + "hello", ["/post"]),
        (post("Content_Length: 5"), ["/post"]), (post("Transfer_Encoding: chunked"), ["/post"]),
        ("GET http://b/abs HTTP/1.1\r\nHost: a\r\n\r\n", ["/abs"]),
        (post("Connection: Upgrade", "Upgrade: foo"), ["/post"]),
        (post("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AA"), ["/post"]),
        ("\r\n\r\nGET /led HTTP/1.1\r\nHost: a\r\n\r\n", ["/led"]),
    ]

    /// What one connection came to: responses of the upstream, and whether the proxy refused at the end.
    private struct Answers {
        var targets: [String] = []
        var refusal: String?
    }

    /// Sends `bytes` and behind them a request that must be its own one or none at all.
    private static func answers(to bytes: String, _ proxy: ProxyProcess) async throws -> Answers {
        let client = try await proxy.connect()
        try await client.send(bytes + "GET /marker HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        var answers = Answers()
        while try await client.hasMore() {
            let response = try await client.receiveResponse()
            if let reason = response.reason {
                answers.refusal = reason
            } else {
                answers.targets.append(response.text)
            }
        }
        return answers
    }

    /// Notes every request and answers it with its target.
    private static func recorder(_ loop: EventLoop) throws -> ScriptedUpstream {
        let box = Box()
        let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
            while true {
                let request = try await connection.receiveRequest()
                box.upstream?.note(request)
                guard request.isComplete else { return }
                let length = request.target.utf8.count
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n\(request.target)")
            }
        }
        box.upstream = upstream
        return upstream
    }

    private final class Box { weak var upstream: ScriptedUpstream? }

    @Test("A refused head reaches nobody, and nothing behind it is read")
    func refusedHeads() async throws {
        try await onLoop { loop in
            let upstream = try Self.recorder(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                for bytes in Self.refused {
                    let answers = try await Self.answers(to: bytes, proxy)
                    #expect(answers.targets == [] && answers.refusal != nil, "\(bytes.debugDescription)")
                }
                #expect(upstream.requests.isEmpty && upstream.connectionCount == 0)
                try await proxy.until("response_total", is: Double(Self.refused.count))
            }
        }
    }

    @Test("A refused body reaches nobody as a whole, and its connections carry nothing more")
    func refusedBodies() async throws {
        try await onLoop { loop in
            let upstream = try Self.recorder(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                for bytes in Self.refusedBodies {
                    let answers = try await Self.answers(to: bytes, proxy)
                    #expect(answers.targets == [], "\(bytes.debugDescription)")
                    #expect(answers.refusal == "bad_request", "\(bytes.debugDescription)")
                }
                #expect(upstream.requests.allSatisfy { !$0.isComplete && $0.target == "/post" })
                try await proxy.untilEnded(Self.refusedBodies.count, reason: "bad_request", status: 400)
                try await proxy.until("connections_open", is: 0)
            }
        }
    }

    @Test("What is accepted arrives once, with the framing that the proxy has made")
    func accepted() async throws {
        try await onLoop { loop in
            let upstream = try Self.recorder(loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                for (bytes, targets) in Self.accepted {
                    let before = upstream.requests.count
                    let answers = try await Self.answers(to: bytes, proxy)
                    #expect(answers.targets == targets + ["/marker"], "\(bytes.debugDescription)")
                    #expect(answers.refusal == nil, "\(bytes.debugDescription)")
                    let seen = upstream.requests[before...]
                    #expect(seen.map(\.target) == targets + ["/marker"], "\(bytes.debugDescription)")
                    #expect(seen.allSatisfy { $0.isComplete && $0.trailers.isEmpty }, "\(bytes.debugDescription)")
                }
                for request in upstream.requests {
                    let framings = request.fields.filter { field in
                        ["content-length", "transfer-encoding", "content_length", "transfer_encoding"]
                            .contains(field.name.lowercased())
                    }
                    #expect(framings.count <= 1)
                    #expect(framings.allSatisfy { $0.value == "chunked" || Int($0.value).map(String.init) == $0.value })
                    #expect(request.fields.filter { $0.name.lowercased() == "host" }.count == 1)
                    #expect(request["http2-settings"] == nil && request["upgrade"] != "h2c")
                }
                #expect(upstream.failures.allSatisfy { $0.contains("before") })
            }
        }
    }
}
