import Bytes
import HTTP
import Testing

@Suite("The chunked coding (§1.1 F16–F27)")
struct ChunkedTests {
    static let refused: [Refused] =
        ["0x5", "+5", "-5", "0_5", " 5", "", "g", "5g", "0_2e", "1these", "\t5", "5\u{B2}"].map {
            Refused("F16", "\($0)\r\nhello\r\n0\r\n\r\n", .invalidChunkSize)
        } + [
            Refused("F17", "10000000000000005\r\nhello\r\n0\r\n\r\n", .chunkSizeTooLarge),
            Refused("F17", "FFFFFFFFFFFFFFFF\r\nhello\r\n0\r\n\r\n", .chunkSizeTooLarge),
            Refused("F17 fourteen digits", "10000000000000\r\n", .chunkSizeTooLarge),
            Refused("F19 size", "5\nhello\r\n0\r\n\r\n", .bareLineFeed),
            Refused("F19 data", "5\r\nhello\n0\r\n\r\n", .missingChunkTerminator),
            Refused("F19 last", "0\n\n", .bareLineFeed),
            Refused("F19 last line", "0\r\n\n", .bareLineFeed),
            Refused("F19 trailer", "0\r\nEtag: 1\n\r\n", .bareLineFeed),
            Refused("F20 size", "5\rhello\r\n0\r\n\r\n", .bareCarriageReturn),
            Refused("F20 extension", "5;a\rb\r\nhello\r\n0\r\n\r\n", .bareCarriageReturn),
            Refused("F20 in a quoted string", "5;a=\"\rb\"\r\nhello\r\n0\r\n\r\n", .bareCarriageReturn),
            Refused("F20 trailer", "0\r\nEtag: 1\rX\r\n\r\n", .bareCarriageReturn),
            Refused("F21 open quote", "5;a=\"\r\nhello\r\n0\r\n\r\n", .bareCarriageReturn),
            Refused("F21 NUL", "5;a\0b\r\nhello\r\n0\r\n\r\n", .controlByte),
            Refused("F21 DEL in quotes", "5;a=\"\u{7F}\"\r\nhello\r\n", .controlByte),
            Refused("F21 LF", "5;\nhello\r\n0\r\n\r\n", .bareLineFeed),
            Refused("F21 no name", "5;\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F21 no value", "5;a=\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F21 stray backslash", "5;a=\\b\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F21 backslash in a name", "5;a\\\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F21 text behind a quote", "5;a=\"b\"c\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F21 8-bit name", "5;\u{E9}\r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F22", "5 \r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F22", "5 hello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F22 behind an extension", "5;a \r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F22 behind a value", "5;a=b \r\nhello\r\n0\r\n\r\n", .invalidChunkExtension),
            Refused("F23", "5\r\nhello0\r\n\r\n", .missingChunkTerminator),
            Refused("F23", "5\r\nhelloXX\r\n0\r\n\r\n", .missingChunkTerminator),
            Refused("F23", "5\r\nhello\rX0\r\n\r\n", .missingChunkTerminator),
            Refused("F25 name", "0\r\nX T: 1\r\n\r\n", .invalidFieldName),
            Refused("F25 space before colon", "0\r\nEtag : 1\r\n\r\n", .whitespaceBeforeColon),
            Refused("F25 fold", "0\r\nEtag: 1\r\n 2\r\n\r\n", .obsoleteFold),
            Refused("F25 NUL", "0\r\nEtag: 1\0\r\n\r\n", .controlByte),
            Refused("§5 last chunk spill", "0\r\nX:POST / HTTP/1.1\r\nnocolon\r\n\r\n", .missingColon),
        ]

    @Test("refuses", arguments: refused)
    func refusal(_ row: Refused) {
        let outcome = chunked(row.bytes)
        #expect(outcome.error == row.expected)
        #expect(!outcome.isComplete)
        #expect(outcome.ending == .truncated)
        #expect(row.expected.status == 400)
    }

    static let accepted: [Case<String, String>] = [
        Case("plain", "5\r\nhello\r\n0\r\n\r\n", "hello"),
        Case("two chunks", "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n", "hello world"),
        Case("hexadecimal in both cases", "a\r\n0123456789\r\nA\r\nabcdefghij\r\n0\r\n\r\n", "0123456789abcdefghij"),
        Case("empty body", "0\r\n\r\n", ""),
        Case("data that looks like framing", "7\r\n0\r\n\r\nX\r\r\n0\r\n\r\n", "0\r\n\r\nX\r"),
        Case("F18", "0000000000005\r\nhello\r\n000\r\n\r\n", "hello"),
        Case("F21 name", "5;a\r\nhello\r\n0;b\r\n\r\n", "hello"),
        Case("F21 value", "5;a=b;c=d\r\nhello\r\n0\r\n\r\n", "hello"),
        Case("F21 quoted", "5;a=\"b;c\\\"\u{E9}\t\"\r\nhello\r\n0\r\n\r\n", "hello"),
        Case("F21 quoted, then another", "5;a=\"b\";c\r\nhello\r\n0\r\n\r\n", "hello"),
        Case("F22 inside extensions", "5 ;\ta = \"b\" ; c\r\nhello\r\n0\r\n\r\n", "hello"),
    ]

    @Test("decodes and drops extensions", arguments: accepted)
    func acceptance(_ row: Case<String, String>) {
        let outcome = chunked(row.bytes + "GET")
        #expect(outcome.error == nil)
        #expect(outcome.payload == row.expected)
        #expect(outcome.isComplete)
        #expect(outcome.rest == "GET")
        #expect(outcome.ending == .complete)
    }

    @Test("F24 refuses a body that is mostly framing, from 100 KiB of framing on")
    func overhead() {
        let oneByteChunks = String(repeating: "1\r\nx\r\n", count: 30_000) + "0\r\n\r\n"
        let outcome = oneByOne(oneByteChunks)
        #expect(outcome.error == .chunkOverhead)
        // Five bytes of framing per chunk: the 20 481st size line is the first to end beyond 100 KiB.
        #expect(outcome.payloadBytes == 20_480)
    }

    @Test("F24 takes many small chunks as long as a quarter is payload")
    func bearableOverhead() {
        let chunks = String(repeating: "2\r\nxy\r\n", count: 40_000) + "0\r\n\r\n"
        let outcome = oneByOne(chunks)
        #expect(outcome.error == nil)
        #expect(outcome.payloadBytes == 80_000)
    }

    private func oneByOne(_ text: String) -> (payloadBytes: Int, error: HTTPError?) {
        let bytes = text.latin1
        var decoder = BodyDecoder(.chunked)
        var position = 0
        var payload = 0
        while true {
            switch decoder.decode(bytes.rawBytes.extracting(position..<bytes.count)) {
            case .data(let range, let consumed):
                payload += range.count
                position += consumed
            case .needMore, .end: return (payload, nil)
            case .failed(let error): return (payload, error)
            }
        }
    }

    @Test("F25 keeps allowed trailers and drops the others")
    func trailers() {
        let outcome = chunked(
            "0\r\nX-T: 1\r\ngrpc-status: 0\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\nHost: b\r\n"
                + "Authorization: x\r\nGrpc-Message:  ok \r\n\r\nNEXT")
        #expect(outcome.error == nil)
        #expect(
            outcome.trailers == [
                FieldModel(name: "grpc-status", value: "0"), FieldModel(name: "Grpc-Message", value: "ok"),
            ])
        #expect(outcome.droppedTrailers == 5)
        #expect(outcome.rest == "NEXT")
    }

    @Test("F25 keeps unknown trailers when told to, but never framing or identity")
    func allowedTrailers() {
        var limits = HTTPLimits()
        limits.allowedTrailers.insert(.other)
        let outcome = chunked("0\r\nX-T: 1\r\nCookie: c\r\nTransfer_Encoding: x\r\n\r\n", limits: limits)
        #expect(outcome.trailers == [FieldModel(name: "X-T", value: "1")])
        #expect(outcome.droppedTrailers == 2)
    }

    @Test(
        "F26 knows a truncated body from a whole one",
        arguments: [
            "", "5", "5\r", "5\r\n", "5\r\nhel", "5\r\nhello", "5\r\nhello\r\n", "5\r\nhello\r\n0", "0\r\n", "0\r\n\r",
            "0\r\nEtag: 1\r\n",
        ])
    func truncation(bytes: String) {
        let outcome = chunked(bytes)
        #expect(outcome.error == nil)
        #expect(!outcome.isComplete)
        #expect(outcome.ending == .truncated)
    }

    @Test("F26 counts the bytes of a body with a length")
    func truncatedLength() {
        #expect(body(.length(10), "abc").ending == .truncated)
        #expect(body(.length(3), "abc").ending == .complete)
        let longer = body(.length(3), "abcdef")
        #expect(longer.payload == "abc")
        #expect(longer.rest == "def")
        #expect(longer.isComplete)
    }

    @Test("a body until the end of the connection is whole when it closes")
    func untilClose() {
        let outcome = body(.untilClose, "abc\r\n0\r\n\r\n")
        #expect(outcome.payload == "abc\r\n0\r\n\r\n")
        #expect(!outcome.isComplete)
        #expect(outcome.ending == .complete)
    }

    @Test("no body ends before its first byte", arguments: [BodyFraming.none, .length(0)])
    func noBody(framing: BodyFraming) {
        let outcome = body(framing, "GET")
        #expect(outcome.isComplete)
        #expect(outcome.payload.isEmpty)
        #expect(outcome.rest == "GET")
    }

    @Test("F27 leaves a pipelined request alone")
    func pipelined() {
        let bytes = post("Transfer-Encoding: chunked") + "5\r\nhello\r\n0\r\n\r\n" + get()
        guard case .accepted(let model, let rest) = request(bytes) else {
            Issue.record("refused")
            return
        }
        let outcome = body(model.framing, rest)
        #expect(outcome.payload == "hello")
        #expect(request(outcome.rest).model?.method == "GET")
    }

    @Test("what is written is decoded to the same")
    func roundTrip() {
        let payload = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        var out = ByteBuffer()
        for size in [1, 15, 16, 255, 256, 4095] {
            ChunkWriter.chunk(payload.rawBytes.extracting(first: size), to: &out)
        }
        ChunkWriter.chunk(payload.rawBytes.extracting(first: 0), to: &out)
        ChunkWriter.begin(3, to: &out)
        out.append("abc")
        ChunkWriter.end(to: &out)
        ChunkWriter.last(to: &out)
        let outcome = chunked(text(out))
        let expected = [1, 15, 16, 255, 256, 4095].flatMap { payload[..<$0] }.text + "abc"
        #expect(outcome.payload == expected)
        #expect(outcome.isComplete)
        #expect(text(out).hasPrefix("1\r\n"))
    }

    @Test("writes the trailers that were let through, and no framing")
    func trailerRoundTrip() {
        let bytes = "0;x\r\nX-T: 1\r\ngrpc-status:0\r\n\r\n".latin1
        var decoder = BodyDecoder(.chunked)
        #expect(decoder.decode(bytes.rawBytes) == .end(consumed: bytes.count))
        var out = ByteBuffer()
        ChunkWriter.last(trailersOf: decoder, to: &out)
        #expect(text(out) == "0\r\ngrpc-status: 0\r\n\r\n")
    }
}
