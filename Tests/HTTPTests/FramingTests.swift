import HTTP
import Testing

@Suite("Message framing (§1.1)")
struct FramingTests {
    static let refused: [Refused] =
        [
            Refused("F1", post("Content-Length: 6", "Transfer-Encoding: chunked"), .lengthAndTransferEncoding),
            Refused("F2", post("Transfer-Encoding: chunked", "Content-Length: 6"), .lengthAndTransferEncoding),
            Refused(
                "F3", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .transferEncodingInHTTP10),
            Refused("F5", post("Transfer-Encoding: gzip, chunked"), .unknownTransferCoding),
            Refused("F5 xchunked first", post("Transfer-Encoding: xchunked, chunked"), .unknownTransferCoding),
            Refused("F6", post("Transfer-Encoding: chunked, chunked"), .chunkedRepeated),
            Refused("F6 with another between", post("Transfer-Encoding: chunked, gzip, chunked"), .chunkedRepeated),
            Refused(
                "F6 two lines", post("Transfer-Encoding: chunked", "Transfer-Encoding: chunked"),
                .invalidTransferEncoding),
            Refused(
                "F6 two codings on two lines", post("Transfer-Encoding: gzip", "Transfer-Encoding: chunked"),
                .invalidTransferEncoding),
            Refused("F7", post("Transfer-Encoding: ,chunked"), .invalidTransferEncoding),
            Refused("F7", post("Transfer-Encoding: chunked,"), .invalidTransferEncoding),
            Refused("F7", post("Transfer-Encoding: ,"), .invalidTransferEncoding),
            Refused("F9", post("Transfer-Encoding: chunked;q=1"), .invalidTransferEncoding),
            Refused("F9", post("Transfer-Encoding: chunked ;q=1"), .invalidTransferEncoding),
            Refused("F10 VT", post("Transfer-Encoding: \u{0B}chunked"), .controlByte),
            Refused("F10 FF", post("Transfer-Encoding: \u{0C}chunked"), .controlByte),
            Refused("F10 NUL", post("Transfer-Encoding: chunked\0"), .controlByte),
            Refused("F10 0xA0", post("Transfer-Encoding: \u{A0}chunked"), .invalidTransferEncoding),
            Refused("F10 0x85", post("Transfer-Encoding: chunked\u{85}"), .invalidTransferEncoding),
            Refused("F10 quotes", post("Transfer-Encoding: \"chunked\""), .invalidTransferEncoding),
            Refused("F10 single quotes", post("Transfer-Encoding: 'chunked'"), .chunkedNotFinal),
            Refused("F10 empty", post("Transfer-Encoding:"), .invalidTransferEncoding),
            Refused(
                "F10 empty with a length", post("Transfer-Encoding: ", "Content-Length: 5"),
                .lengthAndTransferEncoding),
            Refused("F11 same", post("Content-Length: 5", "Content-Length: 5"), .repeatedContentLength),
            Refused("F11 other", post("Content-Length: 5", "Content-Length: 6"), .repeatedContentLength),
            Refused("F11 list of same", post("Content-Length: 5, 5"), .repeatedContentLength),
            Refused("F11 list of others", post("Content-Length: 5, 6"), .repeatedContentLength),
            Refused("F11 empty, then real", post("Content-Length: ", "Content-Length: 5"), .repeatedContentLength),
        ]
        + ["chunked, gzip", "gzip", "identity", "xchunked", "chunkedx", "chunke", "gzip, identity"].map {
            Refused("F4", post("Transfer-Encoding: \($0)"), .chunkedNotFinal)
        }
        + [
            "", "+5", "-5", "-0", "0x5", "1_0", "5Z", "5.0", "1 0", "5;", "\u{B2}", "9223372036854775808",
            "18446744073709551615", "18446744073709551616", "18446744073709551621", "100000000000000000000000005",
        ].map { Refused("F12", post("Content-Length: \($0)"), .invalidContentLength) }

    @Test("refuses what could be read in two ways", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(request(row.bytes) == .refused(row.expected))
        #expect(row.expected.status == (row.expected == .unknownTransferCoding ? 501 : 400))
    }

    @Test("F8 takes coding names in any case and writes its own", arguments: ["cHuNkEd", "CHUNKED", "chunked"])
    func codingCase(coding: String) {
        let bytes = post("tRANSFER-eNCODING:  \(coding)\t")
        #expect(request(bytes).model?.framing == .chunked)
        #expect(
            forwardedRequest(bytes) == "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    }

    @Test("F13 takes leading zeros as decimal and writes the canonical number")
    func leadingZeros() {
        let bytes = post("Content-Length: 005")
        #expect(request(bytes).model?.framing == .length(5))
        #expect(forwardedRequest(bytes) == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n")
    }

    @Test("F12 takes the largest length of all")
    func largestLength() {
        #expect(
            request(post("Content-Length: 9223372036854775807")).model?.framing == .length(9_223_372_036_854_775_807))
    }

    @Test("F14 frames a body on every method", arguments: ["GET", "HEAD", "DELETE", "OPTIONS", "FOO"])
    func bodyOnAnyMethod(method: String) {
        let outcome = request("\(method) / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello")
        #expect(outcome.model?.framing == .length(5))
        let chunkedOutcome = request("\(method) / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
        #expect(chunkedOutcome.model?.framing == .chunked)
    }

    @Test("F14 frames a body of an HTTP/1.0 GET")
    func bodyInHTTP10() {
        #expect(
            request("GET / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello").model?.framing == .length(5))
    }

    @Test("F15 takes what follows a request without framing as the next one")
    func nextRequest() {
        guard case .accepted(let model, let rest) = request(post() + get()) else {
            Issue.record("refused")
            return
        }
        #expect(model.framing == .none)
        #expect(rest == get())
        #expect(request(rest).model?.method == "GET")
    }

    @Test("keeps a length of zero apart from none, so that it is forwarded")
    func zeroLength() {
        #expect(request(post("Content-Length: 0")).model?.framing == .length(0))
        #expect(
            forwardedRequest(post("Content-Length: 0"))
                == "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
    }

    @Test(
        "refuses a CONNECT with a body, since its bytes could be the tunnel's",
        arguments: ["Content-Length: 5", "Transfer-Encoding: chunked"])
    func connectBody(line: String) {
        #expect(request("CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n") == .refused(.connectWithBody))
    }
}
