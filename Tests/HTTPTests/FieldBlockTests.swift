import Bytes
import HTTP
import Testing

/// Heads on their way out as HTTP/2 fields (proxy-conformance §2.2, "H1→H2 pitfalls").
@Suite("Heads as HTTP/2 fields")
struct FieldBlockTests {
    private func forwarded(
        _ request: String, _ forwarding: borrowing RequestForwarding = RequestForwarding(),
        scheme: RequestTarget.Scheme = .http, extendedConnect: Bool = false
    ) -> [String] {
        var head = RequestHead()
        if let error = head.parse(request.latin1.rawBytes) { return ["\(error)"] }
        var block = FieldBlock()
        block.request(head, forwarding, scheme: scheme, extendedConnect: extendedConnect)
        return lines(of: block)
    }

    @Test("Host is the authority, and what concerns the connection stays behind")
    func request() {
        let request =
            "GET /a?b HTTP/1.1\r\nHost: a:80\r\nConnection: close, x-private\r\nx-private: 1\r\nKeep-Alive: 5\r\n"
            + "TE: gzip, trailers\r\nAccept: */*\r\nAuthorization: secret\r\nProxy-Connection: x\r\n\r\n"
        #expect(
            forwarded(request, scheme: .https) == [
                ":method: GET", ":authority: a:80", ":scheme: https", ":path: /a?b", "Accept: */*",
                "!Authorization: secret", "te: trailers",
            ])
    }

    @Test("a length goes on, chunking does not")
    func framing() {
        #expect(forwarded("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\n").last == "content-length: 5")
        #expect(
            forwarded("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: x\r\n\r\n").last
                == "Trailer: x")
        #expect(forwarded("GET / HTTP/1.1\r\nHost: a\r\nTrailer: x\r\n\r\n").last == ":path: /")
    }

    @Test("the absolute form names scheme, authority and path")
    func absolute() {
        #expect(
            forwarded("GET https://b:1/c HTTP/1.1\r\nHost: a\r\n\r\n")
                == [":method: GET", ":authority: b:1", ":scheme: https", ":path: /c"])
        #expect(forwarded("GET http://b?q HTTP/1.1\r\nHost: a\r\n\r\n").last == ":path: /?q")
        #expect(forwarded("GET http://b HTTP/1.1\r\nHost: a\r\n\r\n").last == ":path: /")
    }

    @Test("OPTIONS for the whole server has an asterisk, CONNECT no path")
    func forms() {
        #expect(forwarded("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").last == ":path: *")
        #expect(forwarded("OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n").last == ":path: *")
        #expect(
            forwarded("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n") == [":method: CONNECT", ":authority: a:443"])
    }

    @Test("an upgrade is an extended CONNECT where the next hop knows it, and nothing elsewhere")
    func upgrade() {
        let request =
            "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        #expect(
            forwarded(request, extendedConnect: true) == [
                ":method: CONNECT", ":protocol: websocket", ":authority: a", ":scheme: http", ":path: /chat",
                "Sec-WebSocket-Version: 13",
            ])
        #expect(forwarded(request).prefix(2) == [":method: GET", ":authority: a"])
        #expect(!forwarded(request).contains { $0.lowercased().contains("upgrade") })
    }

    @Test("our own additions stand behind the received fields")
    func additions() {
        var head = RequestHead()
        #expect(head.parse("OPTIONS /x HTTP/1.0\r\nMax-Forwards: 3\r\nA: b\r\n\r\n".latin1.rawBytes) == nil)
        var forwarding = RequestForwarding()
        forwarding.via = "m".latin1
        forwarding.defaultHost = "d".latin1
        forwarding.canonicalPath = "/y".latin1
        var block = FieldBlock()
        block.request(head, forwarding) { $0.field("traceparent", "00-1".latin1) }
        #expect(
            lines(of: block) == [
                ":method: OPTIONS", ":authority: d", ":scheme: http", ":path: /y", "A: b", "?traceparent: 00-1",
                "via: 1.0 m", "max-forwards: 2",
            ])
    }

    @Test("a value that would split a message is made harmless")
    func control() {
        var block = FieldBlock()
        block.response(status: 200) { $0.field("x", "a\r\nb\u{00}".latin1) }
        #expect(lines(of: block) == [":status: 200", "x: a  b "])
    }

    @Test("a response keeps its status and fields, a 101 accepts the tunnel")
    func response() {
        var head = ResponseHead()
        let ok = "HTTP/1.1 200 Fine\r\nConnection: close\r\nSet-Cookie: a\r\nContent-Length: 3\r\n\r\n"
        #expect(head.parse(ok.latin1.rawBytes, for: .get) == nil)
        var forwarding = ResponseForwarding()
        forwarding.date = HTTPDate(unixSeconds: 0)
        var block = FieldBlock()
        block.response(head, forwarding)
        #expect(
            lines(of: block) == [
                ":status: 200", "!Set-Cookie: a", "date: Thu, 01 Jan 1970 00:00:00 GMT", "content-length: 3",
            ])
        let switching =
            "HTTP/1.1 101 Go\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\n"
        #expect(head.parse(switching.latin1.rawBytes, for: .get) == nil)
        block.response(head)
        #expect(lines(of: block) == [":status: 200"])
    }

    @Test("the length that a GET would have had is told to HEAD")
    func headLength() {
        var head = ResponseHead()
        #expect(head.parse("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n".latin1.rawBytes, for: .head) == nil)
        var block = FieldBlock()
        block.response(head)
        #expect(lines(of: block) == [":status: 200", "content-length: 3"])
    }

    @Test("never indexed stays never indexed over a hop")
    func neverIndexed() {
        var head = RequestHead()
        head.beginSection()
        for field in section([":method: GET", ":scheme: http", ":path: /", ":authority: a", "cookie: 1", "x: y"]) {
            let isSecret = field.name == "x" || field.name == "cookie"
            #expect(head.take(field.name.latin1.rawBytes, field.value.latin1.rawBytes, isNeverIndexed: isSecret) == nil)
        }
        #expect(head.endSection(endsMessage: true) == nil)
        var block = FieldBlock()
        block.request(head)
        #expect(lines(of: block).suffix(2) == ["!cookie: 1", "!x: y"])
    }

    @Test("what goes out as fields and comes in as fields means the same", arguments: [true, false])
    func roundTrip(ends: Bool) {
        let request =
            "\(ends ? "GET" : "POST") /a/b?c HTTP/1.1\r\nHost: a:80\r\nAccept: x, y\r\nUser-Agent: z\r\n"
            + "\(ends ? "" : "Content-Length: 7\r\n")\r\n"
        var head = RequestHead()
        #expect(head.parse(request.latin1.rawBytes) == nil)
        var expected = RequestModel(head)
        expected.fields.removeAll { $0.name == "Host" || $0.name == "Content-Length" }
        var block = FieldBlock()
        block.request(head)
        let fields = section(lines(of: block)).map { FieldModel(name: $0.name.lowercased(), value: $0.value) }
        #expect(head.take(fields, ends: ends) == nil)
        var model = RequestModel(head)
        model.fields.removeAll { $0.name == "content-length" }
        expected.fields = expected.fields.map { FieldModel(name: $0.name.lowercased(), value: $0.value) }
        #expect(model == expected)
    }

    @Test("trailers of either version go on, without what could change the message")
    func trailers() {
        var decoder = BodyDecoder(.chunked)
        let body = "0\r\ngrpc-status: 5\r\nServer-Timing: x\r\n\r\n".latin1
        #expect(decoder.decode(body.rawBytes) == .end(consumed: body.count))
        var block = FieldBlock()
        block.trailers(decoder.trailers, in: decoder.trailerBytes)
        #expect(lines(of: block) == ["grpc-status: 5", "Server-Timing: x"])
    }
}
