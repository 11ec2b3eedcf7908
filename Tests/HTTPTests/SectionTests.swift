import Bytes
import HTTP
import Testing

/// Requests and responses that come as HTTP/2 fields (RFC 9113 §8.3; proxy-conformance §2.2).
@Suite("Heads from HTTP/2 fields")
struct SectionTests {
    static let start = [":method: GET", ":scheme: https", ":path: /a?b", ":authority: a:8443"]

    @Test("a request means what its pseudo fields say")
    func request() {
        let model = requestSection(
            ":method: POST", ":scheme: https", ":path: /a/b?c=d", ":authority: a:8443", "x: y", ends: false
        )
        .value
        #expect(model?.method == "POST")
        #expect(model?.target == "/a/b?c=d")
        #expect(model?.path == "/a/b")
        #expect(model?.query == "c=d")
        #expect(model?.host == "a:8443")
        #expect(model?.port == 8443)
        #expect(model?.fields == [FieldModel(name: "x", value: "y")])
        #expect(model?.framing == .chunked)
        #expect(model?.keepAlive == true)
    }

    @Test("the body's framing follows from Content-Length and the end of the stream")
    func framing() {
        #expect(
            requestSection(":method: POST", ":scheme: http", ":path: /", ":authority: a").value?.framing
                == BodyFraming.none)
        #expect(
            requestSection(
                ":method: PUT", ":scheme: http", ":path: /", ":authority: a", "content-length: 5", ends: false
            )
            .value?.framing == .length(5))
        #expect(
            requestSection(":method: PUT", ":scheme: http", ":path: /", ":authority: a", "content-length: 5").failure
                == .truncatedBody)
        #expect(
            requestSection(":method: PUT", ":scheme: http", ":path: /", ":authority: a", "content-length: 0").value?
                .framing
                == .length(0))
    }

    @Test(
        "what is malformed is refused",
        arguments: [
            Case("upper", [":method: GET", ":scheme: http", ":path: /", ":authority: a", "X-Y: z"], .invalidFieldName),
            Case("space in name", start + ["x y: z"], .invalidFieldName),
            Case("control in value", start + ["x: \u{01}"], .controlByte),
            Case("NUL in value", start + ["x: a\u{00}b"], .controlByte),
            Case("LF in value", start + ["x: a\nb: c"], .controlByte),
            Case("space before value", start + ["x:  y"], .controlByte),
            Case("space behind value", start + ["x: y "], .controlByte),
            Case("connection", start + ["connection: close"], .connectionSpecificField),
            Case("keep-alive", start + ["keep-alive: 5"], .connectionSpecificField),
            Case("proxy-connection", start + ["proxy-connection: x"], .connectionSpecificField),
            Case("transfer-encoding", start + ["transfer-encoding: chunked"], .connectionSpecificField),
            Case("upgrade", start + ["upgrade: h2c"], .connectionSpecificField),
            Case("method with space", [":method: G ET", ":scheme: http", ":path: /", ":authority: a"], .invalidMethod),
            Case(
                "method with CRLF", [":method: G\r\nT", ":scheme: http", ":path: /", ":authority: a"], .invalidMethod),
            Case("empty method", [":method: ", ":scheme: http", ":path: /", ":authority: a"], .invalidPseudoField),
            Case("no method", [":scheme: http", ":path: /", ":authority: a"], .invalidPseudoField),
            Case("empty path", [":method: GET", ":scheme: http", ":path: ", ":authority: a"], .invalidPseudoField),
            Case("no path", [":method: GET", ":scheme: http", ":authority: a"], .invalidPseudoField),
            Case("no scheme", [":method: GET", ":path: /", ":authority: a"], .invalidPseudoField),
            Case(
                "path without slash", [":method: GET", ":scheme: http", ":path: a", ":authority: a"],
                .targetDoesNotFitMethod),
            Case(
                "absolute path", [":method: GET", ":scheme: http", ":path: http://a/", ":authority: a"], .invalidTarget),
            Case("space in path", [":method: GET", ":scheme: http", ":path: /a b", ":authority: a"], .invalidTarget),
            Case(
                "control in path", [":method: GET", ":scheme: http", ":path: /\u{02}", ":authority: a"], .invalidTarget),
            Case(
                "asterisk with GET", [":method: GET", ":scheme: http", ":path: *", ":authority: a"],
                .asteriskWithoutOptions),
            Case("fragment", [":method: GET", ":scheme: http", ":path: /#a", ":authority: a"], .fragmentInTarget),
            Case(
                "scheme with path", [":method: GET", ":scheme: http://b/?", ":path: /", ":authority: a"],
                .invalidPseudoField),
            Case("ftp", [":method: GET", ":scheme: ftp", ":path: /", ":authority: a"], .invalidScheme),
            Case(
                "slash in authority", [":method: GET", ":scheme: http", ":path: /", ":authority: a/b"],
                .invalidPseudoField),
            Case(
                "list in authority", [":method: GET", ":scheme: http", ":path: /", ":authority: a,b"],
                .invalidAuthority),
            Case("te: gzip", start + ["te: trailers", "te: gzip"], .connectionSpecificField),
            Case("te: a list", start + ["te: trailers, gzip"], .connectionSpecificField),
            Case(
                "userinfo", [":method: GET", ":scheme: http", ":path: /", ":authority: u@a"], .userinfoInAuthority),
            Case(
                "list in authority", [":method: GET", ":scheme: http", ":path: /", ":authority: a,b"], .invalidAuthority
            ),
            Case("another host", start + ["host: b"], .authorityConflictsWithHost),
            Case("no authority", [":method: GET", ":scheme: http", ":path: /"], .missingHost),
            Case("two hosts", [":method: GET", ":scheme: http", ":path: /", "host: a", "host: a"], .repeatedHost),
            Case("repeated pseudo", start + [":path: /"], .invalidPseudoField),
            Case("unknown pseudo", start + [":x: y"], .invalidPseudoField),
            Case("response pseudo", start + [":status: 200"], .invalidPseudoField),
            Case(
                "late pseudo", [":method: GET", ":scheme: http", "x: y", ":path: /", ":authority: a"],
                .invalidPseudoField),
            Case("two lengths", start + ["content-length: 0", "content-length: 0"], .repeatedContentLength),
            Case("signed length", start + ["content-length: +5"], .invalidContentLength),
            Case("CONNECT with path", [":method: CONNECT", ":path: /", ":authority: a:1"], .invalidPseudoField),
            Case("CONNECT without port", [":method: CONNECT", ":authority: a"], .invalidAuthority),
            Case(
                "protocol without CONNECT",
                [":method: GET", ":protocol: websocket", ":scheme: http", ":path: /", ":authority: a"],
                .invalidPseudoField),
        ] as [Case<[String], HTTPError>])
    func refused(row: Case<[String], HTTPError>) {
        var head = RequestHead()
        #expect(head.take(section(row.bytes), ends: true) == row.expected)
    }

    @Test("a capital is found anywhere in a name, and nothing else is taken for one", arguments: 1...20)
    func capitals(count: Int) {
        for index in 0..<count {
            for byte in UInt8.min...UInt8.max {
                var name = [UInt8](repeating: UInt8(ascii: "z"), count: count)
                name[index] = byte
                let isTaken = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz".utf8.contains(byte)
                var head = RequestHead()
                head.beginSection()
                let fault = head.take(name.rawBytes, "x".latin1.rawBytes)
                #expect((fault == nil) == isTaken, "\(name)")
            }
        }
    }

    @Test("an empty name is refused")
    func emptyName() {
        var head = RequestHead()
        head.beginSection()
        #expect(head.take([UInt8]().rawBytes, "x".latin1.rawBytes) == .emptyFieldName)
    }

    @Test("more fields than allowed are refused, dropped ones counted")
    func tooMany() {
        var limits = HTTPLimits()
        limits.fields = 2
        let start = Self.start
        var head = RequestHead()
        #expect(head.take(section(start + ["a: b", "c: d"]), ends: true, limits: limits) == nil)
        #expect(
            head.take(section(start + ["a: b", "transfer_encoding: x", "c: d"]), ends: true, limits: limits)
                == .tooManyFields)
    }

    @Test("a host alone stands for the authority, and names that alias framing are dropped")
    func hostOnly() {
        let model = requestSection(":method: GET", ":scheme: http", ":path: /", "host: a", "transfer_encoding: chunked")
            .value
        #expect(model?.host == "a")
        #expect(model?.dropped == 1)
        #expect(model?.fields == [FieldModel(name: "host", value: "a")])
    }

    @Test("the crumbs of a cookie are one field again")
    func cookies() {
        let model = requestSection(
            ":method: GET", ":scheme: http", ":path: /", ":authority: a", "cookie: a=b", "x: y", "cookie: c=d",
            "cookie: e=f"
        ).value
        #expect(model?.values("cookie") == ["a=b; c=d; e=f"])
        #expect(model?.values("x") == ["y"])
    }

    @Test("CONNECT names where to, an extended one also what for")
    func connect() {
        let plain = requestSection(":method: CONNECT", ":authority: a:443", ends: false).value
        #expect(plain?.form == .authority)
        #expect(plain?.framing == BodyFraming.none)
        var head = RequestHead()
        let fields = section([
            ":method: CONNECT", ":protocol: websocket", ":scheme: https", ":path: /chat", ":authority: a",
        ])
        #expect(head.take(fields, ends: false) == nil)
        #expect(head.isExtendedConnect == true)
        let model = RequestModel(head)
        #expect(model.upgrade == "websocket")
        #expect(model.path == "/chat")
        #expect(model.form == .origin)
    }

    @Test("a request from HTTP/2 goes on as HTTP/1.1")
    func toHTTP1() {
        var head = RequestHead()
        let fields = section(
            [
                ":method: POST", ":scheme: https", ":path: /a?b", ":authority: a", "te: trailers", "cookie: a=1",
                "cookie: b=2",
            ])
        #expect(head.take(fields, ends: false) == nil)
        var forwarding = RequestForwarding()
        forwarding.via = "m".latin1
        var out = ByteBuffer()
        HeadWriter.writeRequest(head, forwarding, to: &out)
        #expect(
            text(out) == """
                POST /a?b HTTP/1.1\r\nHost: a\r\ncookie: a=1; b=2\r\nVia: 2.0 m\r\nTransfer-Encoding: chunked\r\n\
                TE: trailers\r\nConnection: TE\r\n\r\n
                """)
    }

    // MARK: Responses

    @Test("a response's framing follows from status, method and the end of the stream")
    func response() {
        #expect(responseSection(":status: 200").value?.framing == .chunked)
        #expect(responseSection(":status: 200", ends: true).value?.framing == BodyFraming.none)
        #expect(responseSection(":status: 200", "content-length: 3").value?.framing == .length(3))
        #expect(responseSection(":status: 200", "content-length: 3", ends: true).failure == .truncatedBody)
        #expect(responseSection(":status: 204").value?.framing == BodyFraming.none)
        let head = responseSection(":status: 200", "content-length: 3", to: .head, ends: true).value
        #expect(head?.framing == BodyFraming.none)
        #expect(head?.declaredLength == 3)
        #expect(responseSection(":status: 100").value?.isInterim == true)
        #expect(responseSection(":status: 200", to: .connect).value?.isTunnel == true)
    }

    @Test(
        "a malformed response is refused",
        arguments: [
            Case("no status", ["x: y"], .invalidPseudoField),
            Case("short status", [":status: 20"], .invalidStatusLine),
            Case("status 099", [":status: 099"], .invalidStatusLine),
            Case("status 101", [":status: 101"], .invalidStatusLine),
            Case("late status", ["x: y", ":status: 200"], .invalidPseudoField),
            Case("two statuses", [":status: 200", ":status: 200"], .invalidPseudoField),
            Case("request pseudo", [":status: 200", ":path: /"], .invalidPseudoField),
            Case("connection", [":status: 200", "connection: close"], .connectionSpecificField),
            Case("interim with length", [":status: 103", "content-length: 4"], .interimResponseWithBody),
        ] as [Case<[String], HTTPError>])
    func refusedResponse(row: Case<[String], HTTPError>) {
        var head = ResponseHead()
        #expect(head.take(section(row.bytes), to: .get, ends: false) == row.expected)
    }

    @Test("a response from HTTP/2 has a phrase in HTTP/1.1")
    func responseToHTTP1() {
        var head = ResponseHead()
        #expect(head.take(section([":status: 404", "x: y"]), to: .get, ends: false) == nil)
        var out = ByteBuffer()
        HeadWriter.writeResponse(head, to: &out)
        #expect(text(out) == "HTTP/1.1 404 Not Found\r\nx: y\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    // MARK: Trailers

    @Test("trailers keep any name but those that say something about the message")
    func trailers() {
        var trailers = TrailerSection()
        trailers.beginSection()
        #expect(trailers.take("grpc-status".latin1.rawBytes, "0".latin1.rawBytes) == nil)
        #expect(trailers.take("my-bin".latin1.rawBytes, "AA==".latin1.rawBytes) == nil)
        #expect(trailers.fields.count == 2)
        for name in ["content-length", "transfer-encoding", "host", "connection", "te", "trailer"] {
            #expect(trailers.take(name.latin1.rawBytes, "1".latin1.rawBytes) == .forbiddenTrailer)
        }
        #expect(trailers.take(":status".latin1.rawBytes, "200".latin1.rawBytes) == .invalidPseudoField)
    }
}
