import EventLoop
import Testing

@Suite("Clients that are slow", .serialized, .timeLimit(.minutes(2)))
struct SlowClientTests {
    /// Sends `bytes` one at a time, with pauses, until the peer has had enough.
    private static func drip(_ bytes: String, to client: RawConnection, every pause: Duration) async throws {
        for byte in bytes.utf8 {
            guard try await client.send([byte]), client.isOpen else { return }
            await client.loop.sleep(for: pause)
        }
    }

    @Test("A head that does not end in its time gets 408, however steadily it drips", arguments: [false, true])
    func slowHead(drips: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--head-timeout", "300ms"]) { proxy in
                let client = try await proxy.connect()
                let began = MonotonicTime.now()
                if drips {
                    let endless = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "X: y\r\n", count: 50)
                    try await Self.drip(endless, to: client, every: .milliseconds(20))
                } else {
                    try await client.send("GET / HTT")
                }
                let response = try await client.receiveResponse()
                #expect(response.status == 408 && response.reason == "client_timeout")
                #expect(MonotonicTime.now().nanoseconds(since: began) >= 300_000_000)
                #expect(try await client.untilEnded() == .finished)
                try await proxy.untilEnded(1, reason: "client_timeout", status: 408)
                #expect(upstream.connectionCount == 0)
                #expect(try await proxy.metrics()("response_total", ["classification": "failure"]) == 0)
            }
        }
    }

    @Test("A head of HTTP/2 that does not end in its time ends the connection")
    func slowHeadOfHTTP2() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, ["--head-timeout", "300ms"]) { proxy in
                let client = try await proxy.connect()
                let began = MonotonicTime.now()
                try await client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                // SETTINGS, and HEADERS without END_HEADERS.
                try await client.send([0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82])
                #expect(try await client.untilEnded() == .finished)
                // Connections are judged once a second; the usual limit is ten.
                #expect((300_000_000...5_000_000_000).contains(MonotonicTime.now().nanoseconds(since: began)))
                try await proxy.until("http2_connection_errors_total", ["error": "slow_head"], is: 1)
            }
        }
    }

    @Test("A body that stops gets 408 and its upstream is let go", arguments: [false, true])
    func slowBody(isChunked: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                #expect(!request.isComplete)
            }
            let flags = ["--body-idle-timeout", "300ms"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let client = try await proxy.connect()
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 10"
                let half = isChunked ? "4\r\nhalf\r\n" : "half"
                let response = try await client.exchange("POST / HTTP/1.1\r\nHost: a\r\n\(framing)\r\n\r\n\(half)")
                #expect(response.status == 408 && response.reason == "client_timeout")
                #expect(try await client.untilEnded() == .finished)
                try await proxy.untilEnded(1, reason: "client_timeout", status: 408)
                try await upstream.wait { $0.endedCount == 1 }
                try await proxy.until("connections_open", ["peer": "upstream"], is: 0)
            }
        }
    }

    @Test("A body that moves on, slower than the idle time in all, is no fault, nor is the wait for its response")
    func steadyBody() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                let request = try await connection.receiveRequest()
                await loop.sleep(for: .milliseconds(100))
                try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n\(request.text)")
            }
            // The response's time begins when the request has been sent, so the upload does not use it up.
            let flags = ["--body-idle-timeout", "10s", "--response-timeout", "1500ms"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let client = try await proxy.connect()
                try await client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\n\r\n")
                try await Self.drip(String(repeating: "x", count: 20), to: client, every: .milliseconds(90))
                let response = try await client.receiveResponse()
                #expect(response.status == 200 && response.text == String(repeating: "x", count: 20))
            }
        }
    }

    @Test("Bytes that a client sends ahead do not keep a dead response alive")
    func pipelinedBytesAreNoProgress() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                _ = try await connection.receiveRequest()
                try await connection.send(BodyStyle.length.half)
                try await connection.untilEnded()
            }
            let flags = ["--body-idle-timeout", "400ms"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                let client = try await proxy.connect()
                try await client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                _ = try await client.receive(through: "half")
                let before = client.sentCount
                try await Self.drip(String(repeating: "x", count: 60), to: client, every: .milliseconds(50))
                #expect(client.sentCount - before < 60)
                try await proxy.untilEnded(1, reason: "response_timeout", status: 200)
            }
        }
    }

    @Test("One that reads nothing stops its upstream, costs little memory, disturbs nobody and is let go")
    func slowReader() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    guard request.target == "/large" else {
                        try await connection.send(UpstreamReuseTests.hello)
                        continue
                    }
                    try await connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
                    #expect(try await connection.pour(1_000_000_000) == false)
                    return
                }
            }
            let flags = ["--body-idle-timeout", "1500ms"]
            try await ProxyProcess.run(loop, forwardingTo: upstream.address, flags) { proxy in
                #expect(try await proxy.serves("hello"))
                try proxy.program.resetMemoryPeak()
                let before = try proxy.program.memoryKiB("VmRSS")
                var slow: [RawConnection] = []
                for _ in 0..<20 {
                    let client = try await proxy.connect()
                    try await client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
                    slow.append(client)
                }
                try await upstream.wait { $0.connectionCount >= 20 }
                for _ in 0..<50 { #expect(try await proxy.serves("hello")) }
                let grown = try proxy.program.memoryKiB("VmHWM") - before
                // Four buffers of at most 64 KiB and a little for each.
                #expect(grown < 20 * 400, "20 slow readers cost \(grown) KiB")
                try await proxy.until(
                    "response_status_total", ["reason": "client_timeout", "status_code": "200"], is: 20)
                try await upstream.wait { $0.endedCount >= 20 }
                for client in slow {
                    // What the kernel had taken still arrives, then the end.
                    #expect(try await client.drain() < 1_000_000_000)
                }
            }
        }
    }
}
