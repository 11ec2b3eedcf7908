import HTTP
import Testing

@Suite("Field syntax (§1.2)")
struct FieldSyntaxTests {
    static let refused: [Refused] =
        [
            Refused("S1", get("Foo : x"), .whitespaceBeforeColon),
            Refused("S1", get("Transfer-Encoding\t: chunked"), .whitespaceBeforeColon),
            Refused("S1 known name", get("Content-Length : 5"), .whitespaceBeforeColon),
            Refused("S2 no colon", get("Foo"), .missingColon),
            Refused("S2 no colon, colon on the next line", get("Foo", "Bar: x"), .missingColon),
            Refused("S2 empty name", get(": x"), .emptyFieldName),
            Refused("S4", get("Foo: a\0b"), .controlByte),
            Refused("S4", get("Foo: a\rb"), .bareCarriageReturn),
            Refused("S4 in a name", get("F\0oo: a"), .controlByte),
            Refused("S7", get("Foo: a", " b"), .obsoleteFold),
            Refused("S7", get("Transfer-Encoding:", " chunked"), .obsoleteFold),
            Refused("S7 tab", get("Foo: a", "\tb"), .obsoleteFold),
            Refused("S7 blank line", get("Foo: a", " "), .obsoleteFold),
            Refused("S8", "GET / HTTP/1.1\r\n Foo: a\r\nHost: a\r\n\r\n", .whitespaceBeforeFirstField),
            Refused("S8 tab", "GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", .whitespaceBeforeFirstField),
            Refused("S9", "GET / HTTP/1.1\nHost: a\n\n", .bareLineFeed),
            Refused("S9 field", "GET / HTTP/1.1\r\nHost: a\n\r\n", .bareLineFeed),
            Refused("S9 last line", "GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed),
            Refused("S10", get("Foo: bar\rTransfer-Encoding: chunked"), .bareCarriageReturn),
            Refused("S10 head end", "GET / HTTP/1.1\r\nHost: a\r\n\rX", .bareCarriageReturn),
            Refused("S10 doubled", "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", .bareCarriageReturn),
            Refused("S13", get("Connection: " + String(repeating: ",", count: 32) + "close"), .tooManyListElements),
            Refused(
                "S13 over two lines",
                get(
                    "Connection: " + String(repeating: ",", count: 20),
                    "Connection: " + String(repeating: ",", count: 20)),
                .tooManyListElements),
            Refused(
                "S13 coding", post("Transfer-Encoding: " + String(repeating: "gzip,", count: 40) + "chunked"),
                .tooManyListElements),
            Refused(
                "S13 upgrade", get("Connection: upgrade", "Upgrade: " + String(repeating: ",", count: 40)),
                .tooManyListElements),
            Refused("S13 TE", get("TE: " + String(repeating: ",", count: 40)), .tooManyListElements),
            Refused("Connection is a list of tokens", get("Connection: \"close\""), .invalidConnection),
        ]
        + ["\u{EF}", "(", ")", "/", "@", "[", "]", "{", "}", "\"", "<", ">", "=", "?", "\\", ",", ";", " ", "\u{7F}"]
        .map {
            Refused("S3", get("Fo\($0)o: x"), .invalidFieldName)
        }
        + ["\u{01}", "\u{0B}", "\u{1F}"].map { Refused("S3", get("Fo\($0)o: x"), .controlByte) }
        + (1...31).filter { ![9, 10, 13].contains($0) }.map {
            Refused("S5", get("Foo: a\(Character(Unicode.Scalar($0)!))b"), .controlByte)
        } + [Refused("S5", get("Foo: a\u{7F}b"), .controlByte), Refused("S5 LF", get("Foo: a\nb"), .bareLineFeed)]

    @Test("refuses", arguments: refused)
    func refusal(_ row: Refused) {
        #expect(request(row.bytes) == .refused(row.expected))
        #expect(row.expected.status == 400)
    }

    @Test(
        "S6 passes 8-bit values on unchanged and does not trim them",
        arguments: ["\u{EF}", "\u{85}", "\u{A0}", "\u{FF}"])
    func opaque(byte: String) {
        let bytes = get("Foo: \(byte)a\(byte)b\(byte)")
        #expect(request(bytes).model?.values("foo") == ["\(byte)a\(byte)b\(byte)"])
        #expect(forwardedRequest(bytes) == bytes)
    }

    @Test("trims spaces and tabs around a value, and keeps those inside")
    func optionalWhitespace() {
        let bytes = get("Foo:a", "Bar:\t \ta \t b \t", "Baz:", "Qux:   ")
        #expect(
            request(bytes).model?.fields == [
                FieldModel(name: "Host", value: "a"), FieldModel(name: "Foo", value: "a"),
                FieldModel(name: "Bar", value: "a \t b"), FieldModel(name: "Baz", value: ""),
                FieldModel(name: "Qux", value: ""),
            ])
        #expect(forwardedRequest(bytes) == get("Foo: a", "Bar: a \t b", "Baz: ", "Qux: "))
    }

    @Test(
        "S11 drops names that a CGI-style server reads as framing or identity",
        arguments: [
            "Transfer_Encoding: chunked", "content_length: 5", "Content_Length: 5", "X_Forwarded_For: 1.2.3.4",
            "X-Forwarded_For: 1.2.3.4", "PROXY_CONNECTION: close", "Sec_WebSocket_Key: x", "martlet_reason: x",
        ])
    func underscores(line: String) {
        let model = request(get(line, "X_Own: 1")).model
        #expect(model?.dropped == 1)
        #expect(model?.framing == BodyFraming.none)
        #expect(forwardedRequest(get(line, "X_Own: 1")) == get("X_Own: 1"))
    }

    @Test("S11 counts dropped lines as fields, so that they cannot be sent without end")
    func droppedLinesCount() {
        let bytes = "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "content_length: 5\r\n", count: 100) + "\r\n"
        #expect(request(bytes) == .refused(.tooManyFields))
    }

    @Test("S12 keeps repeated fields apart and in order")
    func repeatedFields() {
        let bytes = get("X-A: 1", "Set-Cookie: a", "X-A: 2", "Set-Cookie: b", "X-A: 3")
        #expect(request(bytes).model?.values("x-a") == ["1", "2", "3"])
        #expect(forwardedRequest(bytes) == bytes)
        #expect(
            forwardedResponse(ok("Set-Cookie: a", "Set-Cookie: b", "Content-Length: 0"))
                == ok("Set-Cookie: a", "Set-Cookie: b", "Content-Length: 0"))
    }

    @Test("S13 skips empty list elements within reason")
    func emptyElements() {
        #expect(request(get("Connection: ,,,,close")).model?.keepAlive == false)
        #expect(
            request(get("Connection: " + String(repeating: ",", count: 31) + "close")).model?.keepAlive == false)
    }

    @Test("every token character may stand in a name")
    func tokenCharacters() {
        let name = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        #expect(request(get("\(name): x")).model?.values(name) == ["x"])
    }
}
