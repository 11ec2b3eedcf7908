import Bytes
import HTTP
import Testing

@Suite("Forwarding (§1.5)")
struct ForwardingTests {
    @Test("V1, R10 removes Connection and every field that it names, in both directions")
    func nominated() {
        let lines = ["Connection: close, X-Foo", "X-Foo: 1", "x-foo: 2", "X-Bar: 3"]
        #expect(forwardedRequest(get(lines[0], lines[1], lines[2], lines[3])) == get("X-Bar: 3"))
        #expect(
            forwardedResponse(ok(lines[0], lines[1], lines[2], lines[3], "Content-Length: 0"))
                == ok("X-Bar: 3", "Content-Length: 0"))
        #expect(request(get(lines[0], lines[1], lines[2])).model?.nominated == ["X-Foo", "x-foo"])
    }

    @Test("V1 finds a nomination before and behind the field, over several lines")
    func nominationOrder() {
        #expect(
            forwardedRequest(get("X-A: 1", "Connection: X-B", "Connection: x-a ,", "X-B: 2", "X-C: 3"))
                == get("X-C: 3"))
    }

    @Test("V2 removes hop-by-hop fields that nobody named")
    func hopByHop() {
        let bytes = get(
            "Keep-Alive: 5", "Proxy-Connection: x", "TE: gzip", "Upgrade: foo", "HTTP2-Settings: AAA", "Trailer: X",
            "Expect: 100-continue", "X-Kept: 1")
        #expect(forwardedRequest(bytes) == get("X-Kept: 1"))
        #expect(
            forwardedResponse(ok("Keep-Alive: 5", "Proxy-Connection: x", "Upgrade: foo", "Content-Length: 0"))
                == ok("Content-Length: 0"))
    }

    @Test("V2 keeps Trailer where chunks go on")
    func trailerField() {
        #expect(
            forwardedResponse(ok("Trailer: grpc-status", "Transfer-Encoding: chunked"))
                == ok("Trailer: grpc-status", "Transfer-Encoding: chunked"))
    }

    @Test(
        "V3 refuses to have framing taken away", arguments: ["Content-Length", "content-length", "Transfer-Encoding"])
    func framingNominated(name: String) {
        #expect(request(get("Connection: \(name)")) == .refused(.framingFieldNominated))
        #expect(request(post("Connection: close, \(name)", "Content-Length: 5")) == .refused(.framingFieldNominated))
        #expect(response(ok("Connection: \(name)", "Content-Length: 0")) == .refused(.framingFieldNominated))
        #expect(HTTPError.framingFieldNominated.status == 400)
    }

    @Test(
        "V3 ignores the nomination of end-to-end fields",
        arguments: [
            "Host", "Authorization", "Cookie", "X-Forwarded-For", "X-Request-ID", "Via", "Date", "Content-Type",
            "Traceparent", "Martlet-Reason", "Set-Cookie", "X-Forwarded-Host", "Forwarded",
        ])
    func protected(name: String) {
        let line = name == "Host" ? "X: 1" : "\(name): 1"
        #expect(forwardedRequest(get("Connection: \(name)", line)) == get(line))
    }

    @Test("V4 lets only trailers through TE, and names it in Connection")
    func te() {
        let bytes = get("TE: trailers, gzip;q=0.5", "Connection: TE")
        #expect(request(bytes).model?.acceptsTrailers == true)
        #expect(forwardedRequest(bytes) == get("TE: trailers", "Connection: TE"))
        #expect(forwardedRequest(get("TE: gzip")) == get())
        #expect(request(get("TE: gzip")).model?.acceptsTrailers == false)
    }

    @Test("V5 writes HTTP/1.1 whatever it received")
    func ownVersion() {
        #expect(forwardedRequest("GET / HTTP/1.0\r\nHost: a\r\n\r\n") == get())
        #expect(forwardedResponse("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n") == ok("Content-Length: 0"))
    }

    @Test("V6 adds Via behind others, with the version received")
    func via() {
        var forwarding = RequestForwarding()
        forwarding.via = "martlet".latin1
        #expect(forwardedRequest(get("Via: 1.0 x"), forwarding) == get("Via: 1.0 x", "Via: 1.1 martlet"))
        #expect(
            forwardedRequest("GET / HTTP/1.0\r\nHost: a\r\n\r\n", forwarding) == get("Via: 1.0 martlet"))
        var back = ResponseForwarding()
        back.via = "martlet".latin1
        #expect(
            forwardedResponse(ok("Content-Length: 0"), to: .get, back) == ok("Via: 1.1 martlet", "Content-Length: 0"))
    }

    @Test(
        "V7 finds itself in Via",
        arguments: [
            ("Via: 1.1 martlet", true), ("Via: 1.0 x, 1.1 MARTLET (comment)", true), ("Via: HTTP/1.1  martlet", true),
            ("Via: 1.1 martlet2", false), ("Via: 1.1 x (martlet)", false), ("Via: martlet", false),
            ("Foo: 1.1 martlet", false),
        ])
    func loop(line: String, expected: Bool) {
        var head = RequestHead()
        #expect(head.parse(get(line).latin1.rawBytes) == nil)
        let name = "martlet".latin1
        #expect(head.viaNames(name.rawBytes) == expected)
    }

    @Test(
        "V7 reads from Via by which version the hop before received the request",
        arguments: [
            ("Via: 1.1 a", 1), ("Via: 1.0 a, 2.0 b (x)", 2), ("Via: 2.0 a\r\nVia: HTTP/1.1 b", 1), ("Via: 2 a", 2),
            ("Via: HTTP/2.0 a", 2), ("Via: a", nil), ("Via: HTTP/ a", nil), ("Via: /", nil), ("Via: ", nil),
            ("Foo: 1.1 a", nil),
        ])
    func received(lines: String, expected: UInt8?) {
        var head = RequestHead()
        #expect(head.parse(get(lines).latin1.rawBytes) == nil)
        #expect(head.lastReceivedMajor == expected)
        var memory = ViaMemory()
        let before = Self.says(memory, head)
        #expect(!before.isKnown && before.lastMajor == expected)
        memory.keep(head)
        let after = Self.says(memory, head)
        #expect(after.isKnown == (lines.hasPrefix("Via: ") && lines.count > 5 && !lines.contains("\r\n")))
        #expect(after.lastMajor == expected)
    }

    private static func says(
        _ memory: borrowing ViaMemory, _ head: borrowing RequestHead
    ) -> (isKnown: Bool, lastMajor: UInt8?) {
        (memory.holds(head), memory.lastReceivedMajor(of: head))
    }

    /// What is said of a head with `lines`.
    private static func says(_ memory: borrowing ViaMemory, of lines: String) -> (isKnown: Bool, lastMajor: UInt8?) {
        says(memory, head(lines))
    }

    private static func head(_ lines: String) -> RequestHead {
        var head = RequestHead()
        #expect(head.parse(get(lines).latin1.rawBytes) == nil)
        return head
    }

    @Test("V7 what Via said last is known again, and nothing else is taken for it")
    func viaMemory() {
        var memory = ViaMemory()
        memory.keep(Self.head("Via: 1.1 a"))
        #expect(Self.says(memory, of: "X: y\r\nvia:1.1 a").isKnown)
        for (other, major) in [
            ("Via: 2.0 b", 2), ("Via: 1.1 a, 2.0 b", 2), ("Via: 1.1 a\r\nVia: 2.0 b", 2), ("Via:", nil),
            ("X: 1.1 a", nil),
        ] as [(String, UInt8?)] {
            let said = Self.says(memory, of: other)
            #expect(!said.isKnown && said.lastMajor == major)
        }
        let long = "Via: 2.0 " + String(repeating: "a", count: 256)
        memory.keep(Self.head(long))
        for lines in [long, "Via:", "X: y"] {
            let said = Self.says(memory, of: lines)
            #expect(!said.isKnown)
        }
    }

    @Test("V8 adds Date where there is none, and not to interim responses")
    func date() {
        var back = ResponseForwarding()
        back.date = HTTPDate(unixSeconds: 784_111_777)
        #expect(
            forwardedResponse(ok("Content-Length: 0"), to: .get, back)
                == ok("Date: Sun, 06 Nov 1994 08:49:37 GMT", "Content-Length: 0"))
        #expect(
            forwardedResponse(ok("Date: x", "Content-Length: 0"), to: .get, back) == ok("Date: x", "Content-Length: 0"))
        #expect(
            forwardedResponse("HTTP/1.1 103 Early Hints\r\n\r\n", to: .get, back) == "HTTP/1.1 103 Early Hints\r\n\r\n")
    }

    @Test("V9 leaves path, query and end-to-end fields as they are")
    func untouched() {
        let bytes =
            "GET /%7Ea//b;c=d?e=%2f&&f HTTP/1.1\r\nHost: a\r\nAuthorization: Basic  eA==\r\nCache-Control: no-transform\r\n\r\n"
        #expect(forwardedRequest(bytes) == bytes)
        let back = ok("WWW-Authenticate: Basic realm=\"a, b\"", "Allow: GET", "Vary: *", "Content-Length: 0")
        #expect(forwardedResponse(back) == back)
    }

    @Test("V10 forwards unknown methods and fields, and conditions")
    func unknown() {
        let bytes = "BREW /pot HTTP/1.1\r\nHost: a\r\nX-Strange: é\r\nIf-None-Match: \"x\"\r\nRange: bytes=0-\r\n\r\n"
        #expect(forwardedRequest(bytes) == bytes)
    }

    @Test("V11 takes away what the caller says, and writes the caller's own")
    func overwritten() {
        var forwarding = RequestForwarding()
        forwarding.removing = [.martletReason, .xForwardedFor, .traceparent]
        let written = forwardedRequest(
            get("Martlet-Reason: spoof", "X-Forwarded-For: 1", "traceparent: x", "X-A: 1"), forwarding
        ) { writer in
            writer.field("traceparent", "00-a".latin1)
            writer.field("x-forwarded-for", decimal: 7)
        }
        #expect(written == get("X-A: 1", "traceparent: 00-a", "x-forwarded-for: 7"))
    }

    @Test("a value that we write cannot split a message")
    func splitting() {
        var out = ByteBuffer()
        HeadWriter.writeResponse(status: 302, framing: .length(0), to: &out) { writer in
            writer.field("Location", "/a\r\nSet-Cookie: x\0\u{7F}\tb".latin1)
        }
        #expect(
            text(out)
                == "HTTP/1.1 302 Found\r\nLocation: /a  Set-Cookie: x  \tb\r\nContent-Length: 0\r\n\r\n")
    }

    @Test("writes its own messages")
    func local() {
        var out = ByteBuffer()
        HeadWriter.writeResponse(
            status: 503, framing: .length(3), closes: true, date: HTTPDate(unixSeconds: 0), to: &out
        ) { $0.field("martlet-reason", "overload") }
        #expect(
            text(out)
                == "HTTP/1.1 503 Service Unavailable\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nmartlet-reason: overload\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
        )
        out.clear()
        let target = "/v1/traces".latin1
        let host = "collector:4318".latin1
        HeadWriter.writeRequest(
            "POST", target: target.rawBytes, host: host.rawBytes, framing: .length(12), to: &out
        ) { $0.field("Content-Type", "application/x-protobuf") }
        #expect(
            text(out)
                == "POST /v1/traces HTTP/1.1\r\nHost: collector:4318\r\nContent-Type: application/x-protobuf\r\nContent-Length: 12\r\n\r\n"
        )
    }

    @Test("tells the next hop to close when asked")
    func closes() {
        var forwarding = RequestForwarding()
        forwarding.closes = true
        #expect(forwardedRequest(get("TE: trailers"), forwarding) == get("TE: trailers", "Connection: close, TE"))
        #expect(request(get("Connection: Close")).model?.keepAlive == false)
        #expect(request(get("Connection: keep-alive")).model?.keepAlive == true)
        #expect(request(get("Connection: keep-alive, close")).model?.keepAlive == false)
    }
}
