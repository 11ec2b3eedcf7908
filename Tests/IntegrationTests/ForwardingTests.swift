import EventLoop
import Testing

@Suite("What a proxy changes in messages, and what not", .serialized, .timeLimit(.minutes(2)))
struct ForwardingTests {
    @Test("A request goes on with the connection's fields removed and the rest as it was (V1-V6, V9, V10)")
    func request() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange(
                    "BREW /a%20b/../c?x=%2f HTTP/1.1\r\nHost: Shop.:80\r\nConnection: X-Hop, TE, Authorization\r\n"
                        + "X-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: keep-alive\r\nTE: trailers, gzip\r\n"
                        + "Authorization: secret\r\nIf-None-Match: \"1\"\r\nX-A: 1\r\nX-A: 2\r\nVia: 1.0 before\r\n\r\n"
                )
                #expect(response.text == "hello")
                let seen = try #require(upstream.requests.first)
                #expect(seen.startLine == "BREW /a%20b/../c?x=%2f HTTP/1.1")
                #expect(seen["host"] == "Shop.:80")
                #expect(seen["connection"] == "TE" && seen["te"] == "trailers")
                #expect(seen["x-hop"] == nil && seen["keep-alive"] == nil && seen["proxy-connection"] == nil)
                #expect(seen["authorization"] == "secret" && seen["if-none-match"] == "\"1\"")
                #expect(seen.fields.filter { $0.name == "X-A" }.map(\.value) == ["1", "2"])
                #expect(seen["via"]?.hasPrefix("1.0 before, 1.1 martlet-") == true)
                let old = try await proxy.connect().exchange("GET /old HTTP/1.0\r\n\r\n")
                #expect(old.text == "hello")
                #expect(upstream.requests.last?.startLine == "GET /old HTTP/1.1")
                #expect(upstream.requests.last?["host"] == "tested")
            }
        }
    }

    @Test("A response comes back in the same manner, with Via, and with a Date if it had none (V8)")
    func response() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream(loop: loop) { connection, index in
                while true {
                    let request = try await connection.receiveRequest()
                    let date = request.target == "/dated" ? "Date: Tue, 15 Nov 1994 08:12:31 GMT\r\n" : ""
                    try await connection.send(
                        "HTTP/1.1 299 Quite Fine\r\n\(date)Connection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                            + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-B: \u{E9}\r\nContent-Length: 2\r\n\r\nok")
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let response = try await client.exchange("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(response.startLine == "HTTP/1.1 299 Quite Fine" && response.text == "ok")
                #expect(response["x-hop"] == nil && response["keep-alive"] == nil && response["connection"] == nil)
                #expect(response.fields.filter { $0.name == "Set-Cookie" }.map(\.value) == ["a=1", "b=2"])
                #expect(response["x-b"] == "\u{E9}" && response["via"]?.hasPrefix("1.1 martlet-") == true)
                #expect(response["date"]?.hasSuffix(" GMT") == true)
                let dated = try await client.exchange("GET /dated HTTP/1.1\r\nHost: a\r\n\r\n")
                #expect(dated["date"] == "Tue, 15 Nov 1994 08:12:31 GMT")
                #expect(upstream.connectionCount == 1)
            }
        }
    }

    @Test("A proxy that is its own target finds the loop (V7); a service that calls itself is none")
    func loops() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            let inbound = Loopback.freshAddress()
            let outbound = Loopback.freshAddress()
            try await ProxyProcess.run(
                loop, forwardingTo: upstream.address, targets: ["tested": [inbound], "mirror": [outbound]],
                inbound: inbound, outbound: outbound
            ) { proxy in
                let client = try await proxy.connectOutbound()
                let own = try await client.exchange("GET / HTTP/1.1\r\nHost: tested\r\n\r\n")
                #expect(own.status == 200 && own.text == "hello")
                let loop = try await client.exchange("GET / HTTP/1.1\r\nHost: mirror\r\n\r\n")
                #expect(loop.status == 508 && loop.reason == "loop_detected")
                try await proxy.until("response_status_total", ["reason": "loop_detected"], is: 1)
                let commented = try await proxy.connect().exchange(
                    "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.1 other (not martlet-tested )\r\n\r\n")
                #expect(commented.status == 200)
            }
        }
    }

    @Test(
        "A target with another authority than Host wins, or is refused when that is asked for",
        arguments: [false, true])
    func hostMismatch(isStrict: Bool) async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            let flags = isStrict ? ["--strict-host-mismatch", "true"] : []
            try await ProxyProcess.run(loop, targets: ["shop": [upstream.address]], flags) { proxy in
                let client = try await proxy.connectOutbound()
                let same = try await client.exchange("GET http://shop/ HTTP/1.1\r\nHost: shop\r\n\r\n")
                #expect(same.text == "hello")
                let other = try await client.exchange("GET http://shop/x HTTP/1.1\r\nHost: other\r\n\r\n")
                #expect(other.status == (isStrict ? 400 : 200))
                #expect(other.reason == (isStrict ? "bad_request" : nil))
                #expect(upstream.requests.allSatisfy { $0["host"] == "shop" && $0.target.hasPrefix("/") })
            }
        }
    }

    @Test("Max-Forwards counts down, and at 0 the proxy answers itself (RFC 9110 §7.6.2)")
    func maxForwards() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                let options = try await client.exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n")
                #expect(options.status == 200 && options.body.isEmpty && options.reason == nil)
                let trace = try await client.exchange(
                    "TRACE /x HTTP/1.1\r\nHost: a\r\nVia: 1.1 b\r\nCookie: secret\r\nMax-Forwards: 0\r\n\r\n")
                #expect(trace.status == 200 && trace["content-type"] == "message/http")
                #expect(trace.text == "TRACE /x HTTP/1.1\r\nHost: a\r\nVia: 1.1 b\r\nMax-Forwards: 0\r\n\r\n")
                #expect(upstream.requests.isEmpty)
                #expect(
                    try await client.exchange("OPTIONS /y HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n").status == 200
                )
                #expect(upstream.requests.map { $0["max-forwards"] } == ["0"])
                try await proxy.until("response_status_total", ["status_code": "200", "reason": ""], is: 3)
            }
        }
    }

    @Test("Trailers go on when nobody can mistake them, both ways (F25)")
    func trailers() async throws {
        try await onLoop { loop in
            let sent = "5\r\nhello\r\n0\r\nGrpc-Status: 0\r\nX-Evil: 1\r\nContent-Length: 9\r\nETag: \"1\"\r\n\r\n"
            let upstream = try ScriptedUpstream(loop: loop) { connection, _ in
                while true {
                    let request = try await connection.receiveRequest()
                    #expect(request.text == "hello" && request.isComplete)
                    #expect(request.trailers.map(\.name) == ["Grpc-Status", "ETag"])
                    try await connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
                }
            }
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let client = try await proxy.connect()
                for _ in 0..<2 {
                    let response = try await client.exchange(
                        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
                    #expect(response.text == "hello" && response.isComplete)
                    #expect(response.trailers.map(\.name) == ["Grpc-Status", "ETag"])
                }
                #expect(upstream.connectionCount == 1 && upstream.failures.isEmpty)
            }
        }
    }

    @Test("The trace goes on under the proxy's own span, and nothing else of the caller's trace headers (V11)")
    func traceContext() async throws {
        try await onLoop { loop in
            let upstream = try ScriptedUpstream.answering("hello", loop: loop)
            try await ProxyProcess.run(loop, forwardingTo: upstream.address) { proxy in
                let response = try await proxy.connect().exchange(
                    "GET / HTTP/1.1\r\nHost: a\r\n"
                        + "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
                        + "X-B3-TraceId: 1111111111111111\r\nX-B3-SpanId: 2222222222222222\r\n\r\n")
                #expect(response.text == "hello")
                let seen = try #require(upstream.requests.first)
                let parent = try #require(seen["traceparent"]).split(separator: "-")
                #expect(parent[1] == "4bf92f3577b34da6a3ce929d0e0e4736" && parent[2] != "00f067aa0ba902b7")
                #expect(seen.fields.allSatisfy { !$0.value.contains("11111111") && !$0.value.contains("22222222") })
            }
        }
    }
}
