import Bytes
import HTTP
import Testing

@Suite("Request line and target (§1.3)")
struct RequestLineTests {
    private static func line(_ line: String) -> String { line + "\r\nHost: a\r\n\r\n" }

    static let refused: [Refused] =
        [
            Refused("L1 two spaces", line("GET  / HTTP/1.1"), .invalidRequestLine),
            Refused("L1 two spaces later", line("GET /  HTTP/1.1"), .invalidVersion),
            Refused("L1 tab", line("GET\t/ HTTP/1.1"), .invalidRequestLine),
            Refused("L1 tab later", line("GET /\tHTTP/1.1"), .invalidRequestLine),
            Refused("L1 trailing space", line("GET / HTTP/1.1 "), .invalidVersion),
            Refused("L1 leading space", line(" GET / HTTP/1.1"), .invalidFirstByte),
            Refused("L2 LF", line("GET /\nHTTP/1.1"), .bareLineFeed),
            Refused("L2 CR", line("GET /\rx HTTP/1.1"), .bareCarriageReturn),
            Refused("L2 NUL", line("GET /a\0b HTTP/1.1"), .controlByte),
            Refused("L2 SP", line("GET /a b HTTP/1.1"), .invalidVersion),
            Refused("L2 CTL", line("GET /a\u{1}b HTTP/1.1"), .controlByte),
            Refused("L2 DEL", line("GET /a\u{7F}b HTTP/1.1"), .invalidTarget),
            Refused("L3 three empty lines", "\r\n\r\n\r\n" + get(), .emptyLinesBeforeStart),
            Refused("L3 bare LF first", "\n" + get(), .bareLineFeed),
            Refused("L4 quoted method", line("G=\":<>(e) / HTTP/1.1"), .invalidMethod),
            Refused("L4 8-bit method", line("G\u{E9}T / HTTP/1.1"), .invalidMethod),
            Refused("L6 two digits", line("GET / HTTP/1.11"), .invalidVersion),
            Refused("L6 leading zero", line("GET / HTTP/01.1"), .invalidVersion),
            Refused("L6 lower case", line("GET / http/1.1"), .invalidVersion),
            Refused("L6 no minor", line("GET / HTTP/1"), .invalidVersion),
            Refused("L6 no dot", line("GET / HTTP/1 1"), .invalidVersion),
            Refused("L6 major 0", line("GET / HTTP/0.9"), .invalidVersion),
            Refused("L6 text", line("GET / HTTP/1.x"), .invalidVersion),
            Refused("L6 other protocol", line("GET / HTTQ/1.1"), .invalidVersion),
            Refused("L8", "GET /\r\n\r\n", .invalidRequestLine),
            Refused("L8 with a space", "GET / \r\n\r\n", .invalidVersion),
            Refused("L8 method alone", "GET\r\n\r\n", .invalidMethod),
            Refused("L11", line("GET http://u:p@a/p HTTP/1.1"), .userinfoInAuthority),
            Refused("L11 no password", line("GET http://u@a/p HTTP/1.1"), .userinfoInAuthority),
            Refused("L11 empty authority", line("GET http:///p HTTP/1.1"), .invalidAuthority),
            Refused("L11 bad port", line("GET http://a:99999/p HTTP/1.1"), .invalidAuthority),
            Refused("L11 other scheme", line("GET ftp://a/p HTTP/1.1"), .targetDoesNotFitMethod),
            Refused("L12 no port", line("CONNECT a HTTP/1.1"), .invalidAuthority),
            Refused("L12 empty port", line("CONNECT a: HTTP/1.1"), .invalidAuthority),
            Refused("L12 port 0", line("CONNECT a:0 HTTP/1.1"), .invalidAuthority),
            Refused("L12 port 65536", line("CONNECT a:65536 HTTP/1.1"), .invalidAuthority),
            Refused("L12 path", line("CONNECT / HTTP/1.1"), .invalidAuthority),
            Refused("L12 absolute", line("CONNECT http://a:80 HTTP/1.1"), .invalidAuthority),
            Refused("L12 userinfo", line("CONNECT u@a:80 HTTP/1.1"), .userinfoInAuthority),
            Refused("L12 no path", line("GET admin HTTP/1.1"), .targetDoesNotFitMethod),
            Refused("L12 authority with GET", line("GET a:80 HTTP/1.1"), .targetDoesNotFitMethod),
            Refused("L13", line("GET * HTTP/1.1"), .asteriskWithoutOptions),
            Refused("L13 longer", line("OPTIONS ** HTTP/1.1"), .targetDoesNotFitMethod),
            Refused("L14", line("GET /a#b HTTP/1.1"), .fragmentInTarget),
            Refused("L14 in a query", line("GET /a?b#c HTTP/1.1"), .fragmentInTarget),
            Refused("L14 absolute", line("GET http://a/#c HTTP/1.1"), .fragmentInTarget),
            Refused("L15 8-bit", line("GET /a\u{C3}\u{A9} HTTP/1.1"), .invalidTarget),
            Refused("L15 backslash", line("GET /a\\b HTTP/1.1"), .invalidTarget),
            Refused("L15 escaped NUL", line("GET /a%00b HTTP/1.1"), .invalidTarget),
            Refused("L15 escaped NUL in a query", line("GET /a?b=%00 HTTP/1.1"), .invalidTarget),
            Refused("L16 no number", "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: x\r\n\r\n", .invalidMaxForwards),
            Refused("L17", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .http2Preface),
            Refused("TLS on a clear port", "\u{16}\u{03}\u{01}\u{02}\0\u{01}\0", .invalidFirstByte),
        ]

    @Test("refuses with 400", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(request(row.bytes) == .refused(row.expected))
        #expect(row.expected.status == 400)
    }

    @Test("L3 skips up to two empty lines", arguments: ["\r\n", "\r\n\r\n"])
    func emptyLines(prefix: String) {
        #expect(request(prefix + get("Foo: x")) == request(get("Foo: x")))
    }

    @Test(
        "L4 takes any token for a method, case-sensitive", arguments: ["get", "FOOBAR", "M-SEARCH", "!#$%&'*+-.^_`|~"])
    func unknownMethods(method: String) {
        #expect(request(Self.line("\(method) / HTTP/1.1")).model?.method == method)
        #expect(forwardedRequest(Self.line("\(method) / HTTP/1.1")).hasPrefix("\(method) / HTTP/1.1\r\n"))
        var head = RequestHead()
        #expect(head.parse(Self.line("\(method) / HTTP/1.1").latin1.rawBytes) == nil)
        #expect(head.method == .other)
    }

    @Test("knows every method that has rules", arguments: HTTPMethod.allCases.filter { $0 != .other && $0 != .connect })
    func knownMethods(method: HTTPMethod) {
        var head = RequestHead()
        #expect(head.parse(Self.line("\(method.text) / HTTP/1.1").latin1.rawBytes) == nil)
        #expect(head.method == method)
    }

    @Test("L4 answers 501 to a method of more than 64 bytes")
    func longMethod() {
        let method = String(repeating: "A", count: 300)
        #expect(request(Self.line("\(method) / HTTP/1.1")) == .refused(.methodTooLong))
        #expect(HTTPError.methodTooLong.status == 501)
        #expect(request(Self.line("\(method.prefix(64)) / HTTP/1.1")).model?.method.count == 64)
        #expect(request(Self.line("\(method.prefix(65)) / HTTP/1.1")) == .refused(.methodTooLong))
    }

    @Test("L6 answers 505 to another major version", arguments: ["HTTP/2.0", "HTTP/3.1", "HTTP/9.9"])
    func otherMajor(version: String) {
        #expect(request(Self.line("GET / \(version)")) == .refused(.unsupportedVersion))
        #expect(HTTPError.unsupportedVersion.status == 505)
        #expect(HTTPError.unsupportedVersion.requestReason == .versionNotSupported)
    }

    @Test("L7 reads a higher minor as 1.1 and writes its own version")
    func higherMinor() {
        #expect(request(Self.line("GET / HTTP/1.2")).model?.versionMinor == 1)
        #expect(forwardedRequest(Self.line("GET / HTTP/1.2")) == get())
    }

    @Test("L9 takes the absolute form and writes Host from it")
    func absoluteForm() {
        let bytes = Self.line("GET http://a/p?q=%20 HTTP/1.1")
        let model = request(bytes).model
        #expect(model?.form == .absolute)
        #expect(model?.host == "a")
        #expect(model?.path == "/p")
        #expect(model?.query == "q=%20")
        #expect(forwardedRequest(bytes) == "GET /p?q=%20 HTTP/1.1\r\nHost: a\r\n\r\n")
        var forwarding = RequestForwarding()
        forwarding.target = .absolute
        #expect(forwardedRequest(bytes, forwarding) == "GET http://a/p?q=%20 HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(forwardedRequest(get(), forwarding) == "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test(
        "L9 fills in the path that an absolute form may leave out",
        arguments: [
            ("http://a", "/"), ("http://a?x=1", "/?x=1"), ("HTTP://a/", "/"), ("http://a?", "/?"), ("http://a/?", "/?"),
            ("https://a/x", "/x"),
        ])
    func absoluteWithoutPath(target: String, expected: String) {
        #expect(
            forwardedRequest(Self.line("GET \(target) HTTP/1.1")) == "GET \(expected) HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test("L10 believes the target, replaces Host and says so")
    func absoluteOverHost() {
        let bytes = "GET http://b:81/p HTTP/1.1\r\nHost: a\r\n\r\n"
        let model = request(bytes).model
        #expect(model?.host == "b:81")
        #expect(model?.port == 81)
        #expect(model?.isHostOverridden == true)
        #expect(forwardedRequest(bytes) == "GET /p HTTP/1.1\r\nHost: b:81\r\n\r\n")
        #expect(request("GET http://A/p HTTP/1.1\r\nHost: a\r\n\r\n").model?.isHostOverridden == false)
    }

    @Test("L12 takes the authority form with CONNECT")
    func authorityForm() {
        let model = request("CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n").model
        #expect(model?.form == .authority)
        #expect(model?.host == "b:443")
        #expect(model?.port == 443)
        #expect(request("CONNECT [::1]:443 HTTP/1.1\r\nHost: a\r\n\r\n").model?.port == 443)
        #expect(
            forwardedRequest("CONNECT b:443 HTTP/1.1\r\nHost: b\r\n\r\n")
                == "CONNECT b:443 HTTP/1.1\r\nHost: b:443\r\n\r\n")
    }

    @Test("L13 takes the asterisk with OPTIONS, and an absolute OPTIONS without a path becomes one")
    func asteriskForm() {
        #expect(request(Self.line("OPTIONS * HTTP/1.1")).model?.form == .asterisk)
        #expect(forwardedRequest(Self.line("OPTIONS * HTTP/1.1")) == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(forwardedRequest(Self.line("OPTIONS http://a HTTP/1.1")) == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(forwardedRequest(Self.line("OPTIONS http://a/ HTTP/1.1")) == "OPTIONS / HTTP/1.1\r\nHost: a\r\n\r\n")
        var forwarding = RequestForwarding()
        forwarding.target = .absolute
        #expect(
            forwardedRequest(Self.line("OPTIONS * HTTP/1.1"), forwarding)
                == "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(
            forwardedRequest(Self.line("OPTIONS http://a HTTP/1.1"), forwarding)
                == "OPTIONS http://a HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    struct PathCase: Sendable {
        let path: String
        let canonical: String
        let hazards: PathHazards
    }

    static let paths: [PathCase] = [
        PathCase(path: "/x/%2e%2e/admin", canonical: "/admin", hazards: [.dotSegment, .needlessEscape]),
        PathCase(path: "/a/./b/../c", canonical: "/a/c", hazards: .dotSegment),
        PathCase(path: "/..", canonical: "/", hazards: .dotSegment),
        PathCase(path: "/../../a", canonical: "/a", hazards: .dotSegment),
        PathCase(path: "/a/.", canonical: "/a/", hazards: .dotSegment),
        PathCase(path: "/a/b/..", canonical: "/a/", hazards: .dotSegment),
        PathCase(path: "/a//b", canonical: "/a//b", hazards: .emptySegment),
        PathCase(path: "/a//../b", canonical: "/a/b", hazards: [.emptySegment, .dotSegment]),
        PathCase(path: "//", canonical: "//", hazards: .emptySegment),
        PathCase(path: "/a%2fb", canonical: "/a%2Fb", hazards: .escapedSlash),
        PathCase(path: "/a%5Cb", canonical: "/a%5Cb", hazards: .escapedSlash),
        PathCase(path: "/%41%7e", canonical: "/A~", hazards: .needlessEscape),
        PathCase(path: "/a%zz", canonical: "/a%25zz", hazards: .malformedEscape),
        PathCase(path: "/b%b%41", canonical: "/b%25bA", hazards: [.malformedEscape, .needlessEscape]),
        PathCase(path: "/a%2", canonical: "/a%252", hazards: .malformedEscape),
        PathCase(path: "/a.b/..c/...", canonical: "/a.b/..c/...", hazards: []),
        PathCase(path: "/", canonical: "/", hazards: []),
        PathCase(path: "/a%20b", canonical: "/a%20b", hazards: []),
        PathCase(path: "/a/", canonical: "/a/", hazards: []),
    ]

    @Test("L15 finds what two servers could read differently, and the canonical path", arguments: paths)
    func canonicalPath(_ row: PathCase) {
        let (path, expected, hazards) = (row.path, row.canonical, row.hazards)
        var canonical: [UInt8] = []
        #expect(CanonicalPath.write(path.latin1.rawBytes, into: &canonical) == hazards)
        #expect(canonical.text == expected)
        var again: [UInt8] = []
        #expect(CanonicalPath.write(canonical.rawBytes, into: &again).isDisjoint(with: [.dotSegment, .needlessEscape]))
        #expect(again == canonical)
        if !CanonicalPath.mayDiffer(from: path.latin1.rawBytes) { #expect(canonical == path.latin1) }
        #expect(request(Self.line("GET \(path)?q HTTP/1.1")).model?.path == path)
        var forwarding = RequestForwarding()
        forwarding.canonicalPath = canonical
        #expect(
            forwardedRequest(Self.line("GET \(path)?q HTTP/1.1"), forwarding)
                == "GET \(expected)?q HTTP/1.1\r\nHost: a\r\n\r\n")
    }

    @Test("L16 counts Max-Forwards down for TRACE and OPTIONS, and leaves others alone")
    func maxForwards() {
        let trace = "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"
        #expect(request(trace).model?.maxForwards == 3)
        #expect(forwardedRequest(trace) == "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 2\r\n\r\n")
        #expect(request("OPTIONS * HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n").model?.maxForwards == 0)
        #expect(request("OPTIONS * HTTP/1.0\r\nMax-Forwards: 1\r\n\r\n").model?.maxForwards == 1)
        #expect(request(get("Max-Forwards: 3")).model?.maxForwards == nil)
        #expect(forwardedRequest(get("Max-Forwards: 3")) == get("Max-Forwards: 3"))
    }

    @Test("L16 echoes a TRACE as it came, without what is secret")
    func echo() {
        let lines = "Host: b\r\nX-A:  1\r\nCookie: c\r\nAuthorization: x\r\nMax-Forwards: 0\r\n"
        var head = RequestHead()
        #expect(head.parse("TRACE http://a/p?q HTTP/1.1\r\n\(lines)\r\n".latin1.rawBytes) == nil)
        var out = ByteBuffer()
        HeadWriter.writeEcho(head, to: &out)
        #expect(text(out) == "TRACE http://a/p?q HTTP/1.1\r\nHost: b\r\nX-A: 1\r\nMax-Forwards: 0\r\n\r\n")
    }

    @Test(
        "a bad start is answered at the byte that proves it",
        arguments: [
            Case("TLS", "\u{16}\u{03}", 1), Case("LF in the line", "GET / HTTP/1.1\nHost", 15),
            Case("NUL", "GET /\0aaaaaaaaaaaaaaaa", 6), Case("bare CR", "GET / HTTP/1.1\r\rxx", 16),
            Case("fold", "GET / HTTP/1.1\r\nA: b\r\n c", 23), Case("space first", "GET / HTTP/1.1\r\n A: b", 17),
            Case("third empty line", "\r\n\r\n\r\nGET", 6),
            Case("control byte in a value", "GET / HTTP/1.1\r\nA: \u{1}bc", 20),
        ])
    func early(_ row: Case<String, Int>) {
        let bytes = row.bytes.latin1
        var scanner = HeadScanner(.request)
        for count in 0..<row.expected {
            #expect(scanner.scan(bytes.rawBytes.extracting(first: count)) == .needMore)
        }
        guard case .failed = scanner.scan(bytes.rawBytes.extracting(first: row.expected)) else {
            Issue.record("not refused at byte \(row.expected)")
            return
        }
    }

    @Test("the scanner knows whether a request has begun")
    func begun() {
        var scanner = HeadScanner(.request)
        let bytes = "\r\nG".latin1
        _ = scanner.scan(bytes.rawBytes.extracting(first: 2))
        #expect(!scanner.hasBegun)
        #expect(scanner.leadingEmptyLines == 1)
        _ = scanner.scan(bytes.rawBytes)
        #expect(scanner.hasBegun)
        scanner.reset()
        #expect(!scanner.hasBegun)
    }
}
