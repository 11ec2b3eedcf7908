import HTTP
import Testing

/// Every row of the desync catalogue that bytes alone decide. Rows about HTTP/2 and about timing are tested where
/// those live.
@Suite("The desync catalogue (§5)")
struct DesyncCatalogueTests {
    static let refusedRequests: [Refused] = [
        Refused(
            "D1 CL.TE", post("Content-Length: 6", "Transfer-Encoding: chunked") + "0\r\n\r\nG",
            .lengthAndTransferEncoding),
        Refused(
            "D2 TE.CL", post("Transfer-Encoding: chunked", "Content-Length: 4") + "5c\r\nGPOST / HTTP/1.1\r\n0\r\n\r\n",
            .lengthAndTransferEncoding),
        Refused(
            "D3 TE.TE xchunked", post("Transfer-Encoding: xchunked", "Content-Length: 4"), .lengthAndTransferEncoding),
        Refused("D3 TE.TE space before colon", post("Transfer-Encoding : chunked"), .whitespaceBeforeColon),
        Refused("D3 TE.TE tab before colon", post("Transfer-Encoding\t:chunked"), .whitespaceBeforeColon),
        Refused("D3 TE.TE VT", post("Transfer-Encoding:\u{0B}chunked"), .controlByte),
        Refused("D3 TE.TE FF", post("Transfer-Encoding:\u{0C}chunked"), .controlByte),
        Refused("D3 TE.TE leading comma", post("Transfer-Encoding: ,chunked"), .invalidTransferEncoding),
        Refused("D3 TE.TE trailing comma", post("Transfer-Encoding: chunked,"), .invalidTransferEncoding),
        Refused(
            "D3 TE.TE two lines", post("Transfer-Encoding: chunked", "Transfer-encoding: identity"),
            .invalidTransferEncoding),
        Refused("D3 TE.TE fold", post("Transfer-Encoding:", " chunked"), .obsoleteFold),
        Refused("D3 TE.TE quotes", post("Transfer-Encoding: \"chunked\""), .invalidTransferEncoding),
        Refused("D3 TE.TE hidden behind LF", post("X: a\nTransfer-Encoding: chunked"), .bareLineFeed),
        Refused("D3 TE.TE gzip, chunked", post("Transfer-Encoding: gzip, chunked"), .unknownTransferCoding),
        Refused("D4 CL.CL", post("Content-Length: 5", "Content-Length: 6"), .repeatedContentLength),
        Refused("D4 CL.CL list", post("Content-Length: 5, 6"), .repeatedContentLength),
        Refused("D4 CL.CL empty first", post("Content-Length:", "Content-Length: 5"), .repeatedContentLength),
        Refused("D5 CL number +5", post("Content-Length: +5"), .invalidContentLength),
        Refused("D5 CL number 0x5", post("Content-Length: 0x5"), .invalidContentLength),
        Refused("D5 CL number 5Z", post("Content-Length: 5Z"), .invalidContentLength),
        Refused("D5 CL number 1_0", post("Content-Length: 1_0"), .invalidContentLength),
        Refused("D5 CL number 2^64+5", post("Content-Length: 18446744073709551621"), .invalidContentLength),
        Refused("D17 header splitting CR", get("Foo: a\rTransfer-Encoding: chunked"), .bareCarriageReturn),
        Refused("D17 header splitting LF", get("Foo: a\nTransfer-Encoding: chunked"), .bareLineFeed),
        Refused("D18 head end CR", "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n", .bareCarriageReturn),
        Refused("D18 head end LF", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
        Refused("D19 request line LF", "GET /\nHTTP/1.1\r\nHost: a\r\n\r\n", .bareLineFeed),
        Refused("D19 request line tab", "GET\t/\tHTTP/1.1\r\nHost: a\r\n\r\n", .invalidRequestLine),
        Refused("D19 request line double SP", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", .invalidRequestLine),
        Refused("D19 HTTP/0.9", "GET /\r\n\r\n", .invalidRequestLine),
        Refused("D19 HTTP/1.11", "GET / HTTP/1.11\r\nHost: a\r\n\r\n", .invalidVersion),
        Refused("D20 name 0x85", post("Content-Length\u{85}: 5"), .invalidFieldName),
        Refused("D20 empty name", get(": x"), .emptyFieldName),
        Refused("D20 NUL truncation", get("Content-Length\0X: 5"), .controlByte),
        Refused("D21 dup Host", get("Host: a"), .repeatedHost),
        Refused("D21 Host list", "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", .invalidHost),
        Refused("D21 Host NUL", "GET / HTTP/1.1\r\nHost: a\0.b\r\n\r\n", .controlByte),
        Refused(
            "D25 HTTP/1.0 + TE", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
            .transferEncodingInHTTP10),
    ]

    @Test("refuses", arguments: refusedRequests)
    func refusal(_ row: Refused) { #expect(request(row.bytes) == .refused(row.expected)) }

    @Test("D25 a request is never delimited by the close of its connection")
    func closeDelimitedRequest() {
        let bytes = "POST / HTTP/1.0\r\nHost: a\r\n\r\n"
        #expect(request(bytes + "hello").model?.framing == BodyFraming.none)
    }

    @Test("L17 HTTP/2 is no request of HTTP/1, so nothing can hide in its frames")
    func http2Preface() {
        let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
        #expect(request(preface) == .refused(.http2Preface))
        #expect(request(preface + "\0\0\0\u{4}\0\0\0\0\0") == .refused(.http2Preface))
    }

    static let refusedBodies: [Refused] = [
        Refused("D13 prefix 0_2e", "0_2e\r\n", .invalidChunkSize),
        Refused("D13 prefix 1these", "1these\r\n", .invalidChunkSize),
        Refused("D13 prefix 0x5", "0x5\r\n", .invalidChunkSize), Refused("D13 prefix -5", "-5\r\n", .invalidChunkSize),
        Refused("D13 17 digits", "10000000000000005\r\n", .chunkSizeTooLarge),
        Refused("D14 TERM.EXT", "5;\nhello", .bareLineFeed), Refused("D14 EXT.TERM", "5;a\rX", .bareCarriageReturn),
        Refused("D14 open quote", "5;a=\"\r\n", .bareCarriageReturn),
        Refused("D15 spill", "5\r\nhelloXX\r\n", .missingChunkTerminator),
        Refused("D15 missing CRLF", "5\r\nhello0\r\n", .missingChunkTerminator),
    ]

    @Test("refuses in chunks", arguments: refusedBodies)
    func bodyRefusal(_ row: Refused) { #expect(chunked(row.bytes).error == row.expected) }

    @Test("D15 0⏎ and two more bytes do not end a body: what follows is a trailer line")
    func lastChunkSpill() {
        let outcome = chunked("0\r\nX:POST / HTTP/1.1\r\nHost: a\r\n\r\nGET")
        #expect(outcome.isComplete)
        #expect(outcome.trailers.isEmpty)
        #expect(outcome.droppedTrailers == 2)
        #expect(outcome.rest == "GET")
    }

    @Test("D16 trailers cannot carry framing", arguments: ["Content-Length: 9", "Transfer-Encoding: chunked"])
    func trailerSmuggling(line: String) {
        let outcome = chunked("0\r\n\(line)\r\n\r\n")
        #expect(outcome.isComplete)
        #expect(outcome.trailers.isEmpty)
        #expect(outcome.droppedTrailers == 1)
    }

    @Test("D6 CL.0: a GET's body is a body, and never the next request")
    func bodyOfGet() {
        let smuggled = "GET /admin HTTP/1.1\r\n"
        guard
            case .accepted(let model, let rest) = request(
                get("Content-Length: \(smuggled.utf8.count)") + smuggled + get())
        else {
            Issue.record("refused")
            return
        }
        let outcome = body(model.framing, rest)
        #expect(outcome.payload == smuggled)
        #expect(outcome.rest == get())
    }

    @Test("D7 TE.0: chunks of an OPTIONS are decoded")
    func chunkedOptions() {
        #expect(
            request("OPTIONS / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").model?.framing == .chunked)
    }

    @Test("D21 absolute form and Host: one of them is forwarded")
    func hostConfusion() {
        #expect(
            forwardedRequest("GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n") == "GET / HTTP/1.1\r\nHost: b\r\n\r\n")
    }

    @Test(
        "D20 names that become framing with a dash are dropped",
        arguments: ["Content_Length: 5", "Transfer_Encoding: chunked"])
    func underscores(line: String) { #expect(forwardedRequest(get(line)) == get()) }

    @Test("D22 hop-by-hop abuse does not strip what the next hop authorises by")
    func hopByHopAbuse() {
        #expect(
            forwardedRequest(
                get("Connection: X-Forwarded-For, Authorization", "X-Forwarded-For: 1", "Authorization: b"))
                == get("X-Forwarded-For: 1", "Authorization: b"))
    }

    @Test(
        "D17 response splitting: upstream values with CR, LF or NUL are refused",
        arguments: [
            ("a\rb", HTTPError.bareCarriageReturn), ("a\nb", .bareLineFeed), ("a\0b", .controlByte),
        ])
    func responseSplitting(value: String, expected: HTTPError) {
        #expect(response(ok("Location: \(value)")) == .refused(expected))
    }
}
