import EventLoop
import Testing

@Suite("Connections to an upstream that are kept", .serialized, .timeLimit(.minutes(2)))
struct UpstreamReuseTests {
    static let hello = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"

    private static func request(_ method: String, _ path: String) -> String {
        let body = method == "POST" ? "Content-Length: 4\r\n\r\nbody" : "\r\n"
        return "\(method) \(path) HTTP/1.1\r\nHost: a\r\n" + body
    }

    @Test("Requests of several clients share one connection, one after the other")
    func reuse() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                for _ in 0..<5 { #expect(try await proxy.serves("hello")) }
                #expect(upstream.connectionCount == 1)
                try await proxy.until("connections_open", ["peer": "upstream"], is: 1)
            }
        }
    }

    /// A response and bytes that are no part of it.
    struct Surplus: CustomTestStringConvertible, Sendable {
        let method: String
        let response: String
        let surplus: String
        var testDescription: String { "\(method): \((response + "|" + surplus).debugDescription)" }

        init(_ response: String, _ surplus: String, to method: String = "GET") {
            self.method = method
            self.response = response
            self.surplus = surplus
        }

        static let all = [
            Surplus(hello, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"),
            Surplus(hello, "\r\n"),
            Surplus("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "evil"),
            Surplus("HTTP/1.1 204 No Content\r\n\r\n", "evil"),
            Surplus("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", "evil"),
            Surplus("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", "evil", to: "HEAD"),
            Surplus("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4\r\nevil\r\n0\r\n\r\n", to: "HEAD"),
        ]
    }

    @Test(
        "Whatever follows a complete response, at once or later, is never delivered (K1-K3)", arguments: Surplus.all,
        [false, true])
    func surplus(reply: Surplus, comesLater: Bool) async throws {
        try await onLoop { loop in
            let clientIsAnswered = Signal(loop: loop)
            let surplusIsSent = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                guard index == 0 else {
                    try await connection.send(Self.hello)
                    _ = try await connection.untilEnded()
                    return
                }
                if comesLater {
                    try await connection.send(reply.response)
                    try await clientIsAnswered.wait()
                    try await connection.send(reply.surplus)
                } else {
                    try await connection.send(reply.response + reply.surplus)
                }
                surplusIsSent.give()
                try await connection.untilEnded()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange(Self.request(reply.method, "/"))
                #expect(response.isComplete && !response.text.contains("evil"))
                clientIsAnswered.give()
                try await surplusIsSent.wait()
                let next = try await client.exchange(Self.request("GET", "/next"))
                #expect(next.status == 200 && next.text == "hello")
                #expect(upstream.connectionCount == 2)
                #expect(client.pending.isEmpty)
                try await proxy.until("response_total", ["classification": "success"], is: 2)
            }
        }
    }

    /// An upstream whose connections end in the moment in which they are used a second time.
    private static func closingOnReuse(loop: EventLoop, _ end: @escaping (RawConnection) -> Void) throws
        -> ScriptedUpstream
    {
        try ScriptedUpstream(loop: loop) { connection, index in
            _ = try await connection.receiveRequest()
            try await connection.send(hello)
            _ = try await connection.receiveRequest()
            end(connection)
        }
    }

    @Test(
        "A kept connection that ends just as it is used costs a GET nothing: it is sent once more (K14)",
        arguments: [false, true])
    func closedOnReuse(isReset: Bool) async throws {
        try await onLoop { loop in
            let upstream = try Self.closingOnReuse(loop: loop) { isReset ? $0.reset() : $0.close() }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                #expect(try await proxy.serves("hello"))
                #expect(try await proxy.serves("hello"))
                #expect(upstream.connectionCount == 2)
                try await proxy.until("response_total", ["classification": "success"], is: 2)
            }
        }
    }

    @Test("A POST is not sent twice: the client gets 502 and may decide", arguments: [false, true])
    func postOnReuse(isReset: Bool) async throws {
        try await onLoop { loop in
            let upstream = try Self.closingOnReuse(loop: loop) { isReset ? $0.reset() : $0.close() }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                #expect(try await proxy.serves("hello"))
                let response = try await proxy.connect().exchange(Self.request("POST", "/"))
                let reason = isReset ? "upstream_reset" : "upstream_closed"
                #expect(response.status == 502 && response.reason == reason)
                #expect(upstream.connectionCount == 1)
                try await proxy.untilEnded(1, reason: reason, status: 502)
                #expect(try await proxy.serves("hello"))
            }
        }
    }

    @Test("With many stale connections a GET is still sent at most twice, the second time on a new connection")
    func manyStale() async throws {
        try await onLoop { loop in
            let allAreIn = Signal(loop: loop)
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                if index < 3 { try await allAreIn.wait() }
                try await connection.send(Self.hello)
                _ = try await connection.receiveRequest()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let clients = [try await proxy.connect(), try await proxy.connect(), try await proxy.connect()]
                for client in clients { try await client.send(Self.request("GET", "/")) }
                try await upstream.wait { $0.connectionCount == 3 }
                allAreIn.give()
                for client in clients { #expect(try await client.receiveResponse().text == "hello") }
                try await proxy.until("connections_open", ["peer": "upstream"], is: 3)
                #expect(try await clients[0].exchange(Self.request("GET", "/again")).text == "hello")
                #expect(upstream.connectionCount == 4)
                #expect(upstream.endedCount == 1)
            }
        }
    }

    @Test("When the new connection fails as well the client gets 502")
    func staleTwice() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                _ = try await connection.receiveRequest()
                guard index == 0 else { return }
                try await connection.send(Self.hello)
                _ = try await connection.receiveRequest()
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                #expect(try await proxy.serves("hello"))
                let response = try await proxy.connect().exchange(Self.request("GET", "/"))
                #expect(response.status == 502 && response.reason == "upstream_closed")
                #expect(upstream.connectionCount == 2)
                try await proxy.untilEnded(1, reason: "upstream_closed", status: 502)
            }
        }
    }

    @Test("An upstream that ends each connection right after its answer costs no GET", arguments: [false, true])
    func endsAfterEachAnswer(isReset: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(Self.hello)
                if isReset { connection.reset() }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                for number in 0..<1000 {
                    let response = try await client.exchange(Self.request("GET", "/\(number)"))
                    #expect(response.status == 200 && response.text == "hello")
                }
                try await proxy.until("response_total", ["classification": "success"], is: 1000)
                try await proxy.until("connections_open", ["peer": "upstream"], is: 0)
            }
        }
    }

    @Test("A kept connection is given up in half of the time that a client may stay idle (K15)")
    func idle() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(Self.hello)
                #expect(try await connection.receiveToEnd().isEmpty && connection.ending == .finished)
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--idle-timeout", "1s"]) { proxy in
                #expect(try await proxy.serves("hello"))
                try await upstream.wait { $0.endedCount == 1 }
                try await proxy.until("connections_open", ["peer": "upstream"], is: 0)
                #expect(try await proxy.serves("hello"))
                #expect(upstream.connectionCount == 2 && upstream.failures.isEmpty)
            }
        }
    }
}
