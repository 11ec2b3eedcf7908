import HTTP
import HTTP2
import Testing

/// proxy-conformance §2.2: what a request may hold, whole and at every cut.
@Suite("Requests on the wire")
struct MessageTests {
    static let start = [":method: GET", ":scheme: http", ":path: /", ":authority: a"]

    private static func head(_ id: String, _ fields: [String], _ reaction: Reaction) -> Case<Reaction> {
        Case(id, [.headers(1, fields)], reaction)
    }

    private static func more(_ id: String, _ fields: String..., reaction: Reaction) -> Case<Reaction> {
        head(id, start + fields, reaction)
    }

    static let malformed = Reaction.reset(1, .protocolError)

    static let fields: [Case<Reaction>] = [
        more("2.2/1 capital in a name", "X-a: b", reaction: malformed),
        more("2.2/1 CR in a value", "x: a\rb", reaction: malformed),
        more("2.2/1 LF in a value", "x: a\nb", reaction: malformed),
        more("2.2/1 NUL in a value", "x: a\u{00}b", reaction: malformed),
        more("2.2/1 space in a name", "x y: b", reaction: malformed),
        Case(
            "2.2/1 colon in a name",
            [.headers(1, HPACK.block(start) + HPACK.literal(name: "x:y".latin1, value: [0x61]))], malformed),
        Case(
            "2.2/1 LF in a name", [.headers(1, HPACK.block(start) + HPACK.literal(name: "x\ny".latin1, value: [0x61]))],
            malformed),
        more("2.2/2 connection", "connection: close", reaction: malformed),
        more("2.2/2 transfer-encoding", "transfer-encoding: chunked", reaction: malformed),
        more("2.2/2 upgrade", "upgrade: h2c", reaction: malformed),
        more("2.2/2 keep-alive", "keep-alive: 5", reaction: malformed),
        more("2.2/2 proxy-connection", "proxy-connection: close", reaction: malformed),
        more("2.2/2 te: gzip", "te: gzip", reaction: malformed),
        more("2.2/3 te: trailers", "te: trailers", reaction: .nothing),
        more("2.2/4 control byte in a value", "x: \u{01}", reaction: malformed),
        more("2.2/4 space before a value", "x:  a", reaction: malformed),
        more("2.2/4 space behind a value", "x: a ", reaction: malformed),
        Case("2.2/5 empty name", [.headers(1, HPACK.block(start) + HPACK.literal(name: [], value: [0x61]))], malformed),
        head("2.2/6 method with a space", [":method: G T", ":scheme: http", ":path: /", ":authority: a"], malformed),
        head("2.2/6 method with CRLF", [":method: G\r\nT", ":scheme: http", ":path: /", ":authority: a"], malformed),
        head("2.2/6 empty method", [":method: ", ":scheme: http", ":path: /", ":authority: a"], malformed),
        head("2.2/7 empty path", [":method: GET", ":scheme: http", ":path: ", ":authority: a"], malformed),
        head("2.2/7 path without a slash", [":method: GET", ":scheme: http", ":path: a", ":authority: a"], malformed),
        head("2.2/7 absolute path", [":method: GET", ":scheme: http", ":path: http://a/", ":authority: a"], malformed),
        head("2.2/7 path with a space", [":method: GET", ":scheme: http", ":path: /a b", ":authority: a"], malformed),
        head(
            "2.2/7 path with a control byte", [":method: GET", ":scheme: http", ":path: /\u{7F}", ":authority: a"],
            malformed),
        head("2.2/7 asterisk with GET", [":method: GET", ":scheme: http", ":path: *", ":authority: a"], malformed),
        head(
            "2.2/8 fragment", [":method: GET", ":scheme: http", ":path: /#b", ":authority: a"],
            .refused(.fragmentInTarget)),
        head(
            "2.2/9 scheme that is a URI", [":method: GET", ":scheme: http://b/?", ":path: /", ":authority: a"],
            malformed),
        head(
            "2.2/9 scheme ftp", [":method: GET", ":scheme: ftp", ":path: /", ":authority: a"], .refused(.invalidScheme)),
        head(
            "2.2/10 authority with a path", [":method: GET", ":scheme: http", ":path: /", ":authority: a/b"], malformed),
        head(
            "2.2/11 authority with userinfo", [":method: GET", ":scheme: http", ":path: /", ":authority: u@a"],
            .refused(.userinfoInAuthority)),
        head(
            "2.2/11 authority with a list", [":method: GET", ":scheme: http", ":path: /", ":authority: a,b"],
            .refused(.invalidAuthority)),
        more("2.2/12 another host", "host: b", reaction: .refused(.authorityConflictsWithHost)),
        more("2.2/12 the same host", "host: a", reaction: .nothing),
        head("2.2/13 no authority, no host", [":method: GET", ":scheme: http", ":path: /"], malformed),
        head("2.2/13 two hosts", [":method: GET", ":scheme: http", ":path: /", "host: a", "host: a"], malformed),
        more("2.2/14 repeated pseudo field", ":path: /", reaction: malformed),
        more("2.2/14 unknown pseudo field", ":x: y", reaction: malformed),
        head(
            "2.2/14 late pseudo field", [":method: GET", ":scheme: http", ":path: /", "x: y", ":authority: a"],
            malformed),
        more("2.2/14 response pseudo field", ":status: 200", reaction: malformed),
        Case("2.2/14 pseudo field in trailers", [.get(1, ends: false), .headers(1, [":path: /"])], malformed),
        head("h2spec 8.1.2.3 no method", [":scheme: http", ":path: /", ":authority: a"], malformed),
        head("h2spec 8.1.2.3 no scheme", [":method: GET", ":path: /", ":authority: a"], malformed),
        head("h2spec 8.1.2.3 no path", [":method: GET", ":scheme: http", ":authority: a"], malformed),
    ]

    static let bodies: [Case<Reaction>] = [
        Case(
            "2.2/15 body shorter than its length",
            [.get(1, "content-length: 3", ends: false), .data(1, [1, 2], ends: true)], malformed),
        Case(
            "2.2/15 body longer than its length",
            [.get(1, "content-length: 1", ends: false), .data(1, [1]), .data(1, [2])],
            malformed),
        Case("2.2/15 length without a body", [.get(1, "content-length: 3")], malformed),
        Case("2.2/15 two lengths", [.get(1, "content-length: 0", "content-length: 0")], malformed),
        Case("2.2/15 signed length", [.get(1, "content-length: +5", ends: false)], malformed),
        Case(
            "2.2/19 framing field in trailers", [.get(1, ends: false), .headers(1, ["transfer-encoding: chunked"])],
            malformed),
        Case(
            "2.2/19 length in trailers", [.get(1, ends: false), .data(1, [1]), .headers(1, ["content-length: 1"])],
            malformed),
        Case("2.2/19 host in trailers", [.get(1, ends: false), .headers(1, ["host: a"])], malformed),
        Case(
            "2.2/19 trailers that do not end the stream", [.get(1, ends: false), .headers(1, ["x: y"], ends: false)],
            malformed),
        Case(
            "2.2/21 CONNECT with a path",
            [.headers(1, [":method: CONNECT", ":scheme: http", ":path: /", ":authority: a:1"], ends: false)], malformed),
        Case(
            "2.2/21 extended CONNECT that we did not offer",
            [
                .headers(
                    1, [":method: CONNECT", ":protocol: websocket", ":scheme: http", ":path: /", ":authority: a"],
                    ends: false)
            ], malformed),
        Case(
            "2.2/21 CONNECT without a port", [.headers(1, [":method: CONNECT", ":authority: a"], ends: false)],
            .refused(.invalidAuthority)),
    ]

    @Test("D8, D9, D10, D11, D12 a request that is none ends its own stream", arguments: fields + bodies)
    func reactions(row: Case<Reaction>) {
        let outcome = outcome(of: row.frames)
        outcome.expect(row.expected)
        guard case .reset = row.expected, row.frames.count == 1 else { return }
        #expect(outcome.told[1] == nil)
    }

    @Test("2.2/15, 2.2/19 a request that turns out to be none tells its owner so, once")
    func lateMalformed() {
        let short = outcome(of: [.get(1, "content-length: 3", ends: false), .data(1, [0x61], ends: true)])
        #expect(
            short.told[1] == [
                "request 1 GET / a length(3)", "data 1 a", "closed 1 malformed(HTTP.HTTPError.truncatedBody)",
            ])
        let long = outcome(of: [.get(1, "content-length: 1", ends: false), .data(1, [0x61]), .data(1, [0x62])])
        #expect(
            long.told[1] == [
                "request 1 GET / a length(1)", "data 1 a", "closed 1 malformed(HTTP.HTTPError.bodyTooLong)",
            ])
        let trailers = outcome(of: [.get(1, ends: false), .headers(1, ["host: a"])])
        #expect(
            trailers.told[1] == ["request 1 GET / a chunked", "closed 1 malformed(HTTP.HTTPError.forbiddenTrailer)"])
    }

    @Test("2.2/16 a body without a length, and with one")
    func body() {
        let chunked = outcome(of: [.get(1, ends: false), .data(1, "abc".latin1), .data(1, "de".latin1, ends: true)])
        #expect(chunked.told[1] == ["request 1 GET / a chunked", "data 1 abcde", "end 1"])
        let length = outcome(of: [.get(1, "content-length: 5", ends: false), .data(1, "abcde".latin1, ends: true)])
        #expect(length.told[1] == ["request 1 GET / a length(5)", "data 1 abcde", "end 1"])
    }

    @Test("2.2/17 the crumbs of a cookie are joined")
    func cookies() {
        let endpoint = server()
        endpoint.receive(opening([.get(1, "cookie: a=b", "x: y", "cookie: c=d")]))
        #expect(endpoint.messages[1]?.fields == ["x: y", "cookie: a=b; c=d"])
    }

    @Test("2.2/18 trailers come behind the body")
    func trailers() {
        let outcome = outcome(of: [
            .get(1, ends: false), .data(1, "a".latin1), .headers(1, ["my-trailer: x", "y-bin: AA"]),
        ])
        #expect(
            outcome.told[1] == [
                "request 1 GET / a chunked", "data 1 a", "trailers 1 my-trailer: x, y-bin: AA", "end 1",
            ])
    }

    @Test("2.2/20 a name that a back end could take for framing is dropped")
    func underscore() {
        let endpoint = server()
        endpoint.receive(opening([.get(1, "transfer_encoding: chunked", "x_y: z")]))
        #expect(endpoint.messages[1]?.fields == ["x_y: z"])
    }

    @Test("2.2/21 CONNECT opens a tunnel, an extended one where it is offered")
    func connect() {
        let plain = outcome(of: [
            .headers(1, [":method: CONNECT", ":authority: a:443"], ends: false), .data(1, "x".latin1),
        ])
        #expect(plain.told[1] == ["request 1 CONNECT a:443 a:443 none", "data 1 x"])
        let fields = [":method: CONNECT", ":protocol: websocket", ":scheme: http", ":path: /c", ":authority: a"]
        let extended = outcome(of: [.headers(1, fields, ends: false), .data(1, "x".latin1)]) {
            server(acceptsExtendedConnect: true)
        }
        #expect(extended.told[1] == ["request 1 CONNECT /c a none", "data 1 x"])
    }

    @Test("OPTIONS may ask about the whole server")
    func options() {
        let outcome = outcome(of: [.headers(1, [":method: OPTIONS", ":scheme: http", ":path: *", ":authority: a"])])
        #expect(outcome.told[1] == ["request 1 OPTIONS * a none", "end 1"])
    }

    @Test("a head over several CONTINUATION frames is one head")
    func continuation() {
        let block = HPACK.block(Self.start + ["x: y"])
        let outcome = outcome(of: [
            .headers(1, Array(block[..<7]), isWhole: false), .continuation(1, Array(block[7..<20]), isWhole: false),
            .continuation(1, Array(block[20...]), isWhole: true),
        ])
        #expect(outcome.told[1] == ["request 1 GET / a none", "end 1"])
    }

    @Test("a refused request is answered with its status, and its body is not waited for")
    func refusal() {
        let endpoint = server()
        endpoint.react = { endpoint, event in
            guard case .requestRefused(let handle, let error) = event else { return }
            endpoint.session.sendResponse(handle, hasBody: false) { $0.response(status: error.status) }
        }
        endpoint.receive(
            opening([
                .headers(1, [":method: PUT", ":scheme: ftp", ":path: /", ":authority: a"], ends: false),
                .data(1, [1, 2, 3]),
            ]))
        _ = endpoint.flush()
        let answer = endpoint.sentFrames.suffix(2)
        #expect(answer.first?.kind == 1)
        #expect(answer.first?.flags == 5)
        #expect(answer.first?.payload.first == 0x8C)
        #expect(answer.last == .reset(1, 0))
        #expect(endpoint.transcript == ["settings", "refused 1 invalidScheme", "closed 1 complete"])
    }

    @Test("heads over the limits are 431, the connection lives")
    func largeHeads() {
        let large = (0..<4).map { "x\($0): " + String(repeating: "v", count: 16_000) }
        let block = HPACK.block(Self.start + large)
        let frames = stride(from: 0, to: block.count, by: 16_384).map { start -> Frame in
            let piece = Array(block[start..<min(start + 16_384, block.count)])
            let isWhole = start + 16_384 >= block.count
            return start == 0 ? .headers(1, piece, isWhole: isWhole) : .continuation(1, piece, isWhole: isWhole)
        }
        let endpoint = server()
        endpoint.receive(opening(frames + [.get(3)]))
        #expect(
            endpoint.transcript == ["settings", "refused 1 headTooLarge", "end 1", "request 3 GET / a none", "end 3"])
        let many = server()
        many.receive(opening([.headers(1, Self.start + (0..<101).map { "x\($0): y" })]))
        #expect(many.transcript == ["settings", "refused 1 tooManyFields", "end 1"])
        #expect(endpoint.counters.largeHeads == 1)
        #expect(HTTPError.headTooLarge.status == 431)
        #expect(HTTPError.tooManyFields.status == 431)
    }
}
