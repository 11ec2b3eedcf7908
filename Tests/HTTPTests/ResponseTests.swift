import Bytes
import HTTP
import Testing

@Suite("Responses: bodies and persistence (§1.7), strictness (§1.10)")
struct ResponseTests {
    static let refused: [Refused] =
        [
            Refused("R1", ok("Content-Length: 5", "Transfer-Encoding: chunked"), .lengthAndTransferEncoding),
            Refused("R2 two CL", ok("Content-Length: 5", "Content-Length: 6"), .repeatedContentLength),
            Refused("R2 same CL twice", ok("Content-Length: 5", "Content-Length: 5"), .repeatedContentLength),
            Refused("R2 CL list", ok("Content-Length: 5, 5"), .repeatedContentLength),
            Refused("R2 CL -5", ok("Content-Length: -5"), .invalidContentLength),
            Refused("R2 CL 5x", ok("Content-Length: 5x"), .invalidContentLength),
            Refused("R2 CL empty", ok("Content-Length:"), .invalidContentLength),
            Refused("R3 TE gzip", ok("Transfer-Encoding: gzip"), .chunkedNotFinal),
            Refused("R3 TE identity", ok("Transfer-Encoding: identity"), .chunkedNotFinal),
            Refused("R3 TE gzip, chunked", ok("Transfer-Encoding: gzip, chunked"), .unknownTransferCoding),
            Refused("R3 TE twice", ok("Transfer-Encoding: chunked, chunked"), .chunkedRepeated),
            Refused("R3 TE in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
            Refused("R6 NUL", ok("Foo: a\0b"), .controlByte),
            Refused("R6 CR", ok("Foo: a\rb"), .bareCarriageReturn),
            Refused("R6 S1", ok("Foo : x"), .whitespaceBeforeColon),
            Refused("R6 no colon", ok("Foo"), .missingColon),
            Refused("R6 S7", ok("Foo: a", " b"), .obsoleteFold),
            Refused("R6 LF", "HTTP/1.1 200 OK\n\n", .bareLineFeed),
            Refused("R9 empty line first", "\r\n" + ok(), .emptyLinesBeforeStart),
            Refused("R9 garbage", "SSH-2.0-OpenSSH\r\n\r\n", .invalidFirstByte),
            Refused("R9 garbage with H", "HELLO WORLD, HELLO\r\n\r\n", .invalidVersion),
            Refused("R9 too short", "HTTP/1.1\r\n\r\n", .truncatedHead),
            Refused("R9 HTTP/0.9", "<html></html>\r\n", .invalidFirstByte),
            Refused("R9 TLS alert", "\u{15}\u{03}\u{01}\0\u{02}\u{02}\u{28}", .invalidFirstByte),
            Refused("R8 letter", "HTTP/1.1 20x OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
            Refused("R8 two digits", "HTTP/1.1 20 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 four digits", "HTTP/1.1 2000 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 sign", "HTTP/1.1 +20 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 below 100", "HTTP/1.1 099 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 two spaces", "HTTP/1.1  200 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 tab", "HTTP/1.1\t200 OK\r\n\r\n", .invalidStatusLine),
            Refused("R8 NUL in the phrase", "HTTP/1.1 200 O\0K\r\n\r\n", .controlByte),
            Refused("R8 DEL in the phrase", "HTTP/1.1 200 O\u{7F}K\r\n\r\n", .controlByte),
        ]

    @Test("§1.10 refuses what it would refuse in a request", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(response(row.bytes) == .refused(row.expected))
        #expect(row.expected.responseReason == .upstreamInvalidResponse)
    }

    @Test("R7 refuses a field of 64 KiB, and 300 of them")
    func tooLarge() {
        #expect(response(ok("X: " + String(repeating: "x", count: 65_536))) == .refused(.headTooLarge))
        let lines = String(repeating: "X: 1\r\n", count: 300)
        #expect(response("HTTP/1.1 200 OK\r\n\(lines)\r\n") == .refused(.tooManyFields))
        #expect(HTTPError.headTooLarge.responseReason == .upstreamTooLarge)
        #expect(HTTPError.tooManyFields.responseReason == .upstreamTooLarge)
    }

    @Test(
        "R9 a head that is not over is no response", arguments: ["", "HTTP/1.1 200 O", "HTTP/1.1 200 OK\r\nA: b\r\n"])
    func partialHead(bytes: String) { #expect(response(bytes) == .incomplete) }

    @Test(
        "R2 refuses bad framing on HEAD, 204 and 304 too",
        arguments: ["200 OK", "204 No Content", "304 Not Modified"])
    func framingWithoutBody(line: String) {
        let bytes = "HTTP/1.1 \(line)\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n"
        #expect(response(bytes, to: .head) == .refused(.repeatedContentLength))
    }

    @Test(
        "R8 reads the status line, with and without a phrase",
        arguments: [
            ("HTTP/1.1 200 OK", 200, "OK"), ("HTTP/1.1 200 ", 200, ""), ("HTTP/1.1 200", 200, ""),
            ("HTTP/1.1 404 Not  Found\t(é)", 404, "Not  Found\t(\u{E9})"), ("HTTP/1.1 999 X", 999, "X"),
        ])
    func statusLine(line: String, status: Int, reason: String) {
        let model = response("\(line)\r\nContent-Length: 0\r\n\r\n").model
        #expect(model?.status == status)
        #expect(model?.reason == reason)
        #expect(
            forwardedResponse("\(line)\r\nContent-Length: 0\r\n\r\n")
                == "HTTP/1.1 \(status) \(reason)\r\nContent-Length: 0\r\n\r\n")
    }

    struct Bodyless: Sendable {
        let line: String
        let method: HTTPMethod
        let framing: BodyFraming
        let written: String
    }

    static let bodyless: [Bodyless] = [
        Bodyless(line: "200 OK", method: .head, framing: .none, written: "Content-Length: 5\r\n"),
        Bodyless(line: "304 Not Modified", method: .get, framing: .none, written: "Content-Length: 5\r\n"),
        Bodyless(line: "204 No Content", method: .get, framing: .none, written: ""),
        Bodyless(line: "204 No Content", method: .head, framing: .none, written: "Content-Length: 5\r\n"),
        Bodyless(line: "200 OK", method: .connect, framing: .none, written: ""),
        Bodyless(line: "200 OK", method: .get, framing: .length(5), written: "Content-Length: 5\r\n"),
        Bodyless(line: "205 Reset Content", method: .get, framing: .length(5), written: "Content-Length: 5\r\n"),
    ]

    @Test("K1 knows which responses have no body whatever they say", arguments: bodyless)
    func withoutBody(_ row: Bodyless) {
        let bytes = "HTTP/1.1 \(row.line)\r\nContent-Length: 5\r\n\r\n"
        #expect(response(bytes, to: row.method).model?.framing == row.framing)
        #expect(forwardedResponse(bytes, to: row.method) == "HTTP/1.1 \(row.line)\r\n\(row.written)\r\n")
    }

    @Test("K1 leaves the bytes of a forbidden body behind the head")
    func leftovers() {
        guard
            case .accepted(let model, let rest) = response("HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello")
        else {
            Issue.record("refused")
            return
        }
        #expect(body(model.framing, rest).rest == "hello")
    }

    @Test(
        "K2 skips every coding in an answer to HEAD",
        arguments: [
            "Content-Length: 50000", "Transfer-Encoding: chunked", "X: none",
        ])
    func head(line: String) {
        let model = response(ok(line), to: .head).model
        #expect(model?.framing == BodyFraming.none)
        #expect(model?.keepAlive == true)
    }

    @Test("K3 ends a response at its last byte")
    func extraBytes() {
        guard case .accepted(let model, let rest) = response(ok("Content-Length: 5") + "hello" + ok("X: evil")) else {
            Issue.record("refused")
            return
        }
        let outcome = body(model.framing, rest)
        #expect(outcome.payload == "hello")
        #expect(outcome.rest == ok("X: evil"))
    }

    @Test("K4 reads until the end where nothing else is said, and gives up the connection")
    func closeDelimited() {
        let model = response(ok("X: y")).model
        #expect(model?.framing == .untilClose)
        #expect(model?.keepAlive == false)
        #expect(forwardedResponse(ok()) == ok("Transfer-Encoding: chunked"))
        var back = ResponseForwarding()
        back.framing = .untilClose
        #expect(forwardedResponse(ok(), to: .get, back) == ok("Connection: close"))
        #expect(forwardedResponse(ok("Transfer-Encoding: chunked"), to: .get, back) == ok("Connection: close"))
    }

    @Test(
        "K5 knows a truncated body",
        arguments: [
            (BodyFraming.length(10), "abc"), (.chunked, "5\r\nhello\r\n"), (.chunked, "5\r\nhel"),
        ])
    func truncated(framing: BodyFraming, bytes: String) {
        #expect(body(framing, bytes).ending == .truncated)
    }

    @Test(
        "K6, K8 knows which connections may go on",
        arguments: [
            ("HTTP/1.1", "X: y", true), ("HTTP/1.1", "Connection: close", false),
            ("HTTP/1.1", "Connection: CLOSE", false),
            ("HTTP/1.0", "X: y", false), ("HTTP/1.0", "Connection: keep-alive", true),
            ("HTTP/1.0", "Connection: keep-alive, close", false),
        ])
    func persistence(version: String, line: String, expected: Bool) {
        let model = response("\(version) 200 OK\r\n\(line)\r\nContent-Length: 0\r\n\r\n").model
        #expect(model?.keepAlive == expected)
    }

    @Test("K8 never keeps a connection with an HTTP/1.0 client", arguments: ["X: y", "Connection: keep-alive"])
    func http10Client(line: String) {
        #expect(request("GET / HTTP/1.0\r\nHost: a\r\n\(line)\r\n\r\n").model?.keepAlive == false)
    }

    @Test("K8 gives an HTTP/1.0 client no chunks")
    func framingForHTTP10() {
        var head = ResponseHead()
        #expect(head.parse(ok("Transfer-Encoding: chunked").latin1.rawBytes, for: .get) == nil)
        #expect(head.framing(forClientMinor: 0) == .untilClose)
        #expect(head.framing(forClientMinor: 1) == .chunked)
        #expect(head.parse(ok("Content-Length: 5").latin1.rawBytes, for: .get) == nil)
        #expect(head.framing(forClientMinor: 0) == .length(5))
    }

    @Test("R4, R5 bad chunks in a response fail like those in a request", arguments: ["5\nhello\n0\n\n", "x\r\n"])
    func badChunks(bytes: String) {
        #expect(chunked(bytes).error?.responseReason == .upstreamInvalidResponse)
    }
}
