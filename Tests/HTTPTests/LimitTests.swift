import Bytes
import HTTP
import Testing

@Suite("Limits at one below, at and one above (§1.9)")
struct LimitTests {
    private func accepts(_ text: String) -> Bool { request(text).model != nil }

    @Test("L5, N1 start line: 8 KiB, then 414", arguments: [-1, 0, 1])
    func startLine(offset: Int) {
        let target = "/" + String(repeating: "a", count: 8192 - "GET / HTTP/1.1".utf8.count + offset)
        let outcome = request("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n")
        if offset <= 0 {
            #expect(outcome.model?.target == target)
        } else {
            #expect(outcome == .refused(.startLineTooLong))
        }
        #expect(HTTPError.startLineTooLong.status == 414)
        #expect(HTTPError.startLineTooLong.requestReason == .uriTooLong)
        #expect(HTTPError.startLineTooLong.responseReason == .upstreamTooLarge)
    }

    @Test("L5, N1 a start line without end is refused as soon as it is too long")
    func endlessStartLine() {
        let bytes = ("GET /" + String(repeating: "a", count: 9000)).latin1
        var scanner = HeadScanner(.request)
        #expect(scanner.scan(bytes.rawBytes.extracting(first: 8192)) == .needMore)
        #expect(scanner.scan(bytes.rawBytes.extracting(first: 8193)) == .failed(.startLineTooLong))
    }

    @Test("N1 start line of a response: 8 KiB, then 502", arguments: [-1, 0, 1])
    func statusLine(offset: Int) {
        let phrase = String(repeating: "x", count: 8192 - "HTTP/1.1 200 ".utf8.count + offset)
        let outcome = response("HTTP/1.1 200 \(phrase)\r\n\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .startLineTooLong))
    }

    @Test("N2 head: 60 KiB, then 431", arguments: [-1, 0, 1])
    func head(offset: Int) {
        let start = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let filler = String(repeating: "x", count: 61_440 - start.utf8.count - 4 + offset)
        let bytes = (start + filler + "\r\n\r\n").latin1
        #expect(bytes.count == 61_440 + offset)
        #expect(request(bytes).error == (offset <= 0 ? nil : .headTooLarge))
        #expect(HTTPError.headTooLarge.status == 431)
        #expect(HTTPError.headTooLarge.requestReason == .headTooLarge)
        var direct = RequestHead()
        #expect(direct.parse(bytes.rawBytes) == (offset <= 0 ? nil : .headTooLarge))
        let back = ok(
            "X: " + String(repeating: "x", count: 61_440 - "HTTP/1.1 200 OK\r\nX: \r\n\r\n".utf8.count + offset))
        #expect(response(back).error == (offset <= 0 ? nil : .headTooLarge))
    }

    @Test("N3 fields: 100, then 431", arguments: [-1, 0, 1])
    func fields(offset: Int) {
        let lines = String(repeating: "X: 1\r\n", count: 99 + offset)
        let outcome = request("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .tooManyFields))
        #expect(HTTPError.tooManyFields.status == 431)
        #expect(response("HTTP/1.1 200 OK\r\nA: 1\r\n\(lines)\r\n").error == (offset <= 0 ? nil : .tooManyFields))
        var direct = RequestHead()
        let bytes = "GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n".latin1
        #expect(direct.parse(bytes.rawBytes) == (offset <= 0 ? nil : .tooManyFields))
    }

    @Test("N4 field name: 256 bytes, then 431", arguments: [-1, 0, 1])
    func fieldName(offset: Int) {
        let name = String(repeating: "n", count: 256 + offset)
        #expect(request(get("\(name): x")).error == (offset <= 0 ? nil : .fieldNameTooLong))
        #expect(HTTPError.fieldNameTooLong.status == 431)
    }

    @Test("method: 64 bytes, then 501", arguments: [-1, 0, 1])
    func method(offset: Int) {
        let method = String(repeating: "M", count: 64 + offset)
        #expect(request("\(method) / HTTP/1.1\r\nHost: a\r\n\r\n").error == (offset <= 0 ? nil : .methodTooLong))
    }

    @Test("empty lines before a request: 2, then 400", arguments: [-1, 0, 1])
    func emptyLines(offset: Int) {
        let lines = String(repeating: "\r\n", count: 2 + offset)
        #expect(request(lines + get()).error == (offset <= 0 ? nil : .emptyLinesBeforeStart))
        var direct = RequestHead()
        #expect(direct.parse((lines + get()).latin1.rawBytes) == (offset <= 0 ? nil : .emptyLinesBeforeStart))
    }

    @Test("elements of a list: 32, then 400", arguments: [-1, 0, 1])
    func listElements(offset: Int) {
        let list = Array(repeating: "x", count: 32 + offset).joined(separator: ",")
        #expect(request(get("Connection: \(list)")).error == (offset <= 0 ? nil : .tooManyListElements))
    }

    @Test("N7 chunk line: 4 KiB, then 400", arguments: [-1, 0, 1])
    func chunkLine(offset: Int) {
        let line = String(repeating: "0", count: 4095 + offset) + "5"
        let outcome = chunked("\(line)\r\nhello\r\n0\r\n\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .chunkLineTooLong))
        #expect(outcome.payload == (offset <= 0 ? "hello" : ""))
    }

    @Test("chunk extensions on a line: 256 bytes, then 400", arguments: [-1, 0, 1])
    func extensionOnLine(offset: Int) {
        let outcome = chunked("5;" + String(repeating: "e", count: 255 + offset) + "\r\nhello\r\n0\r\n\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .chunkExtensionsTooLarge))
    }

    @Test("chunk extensions in a message: 4 KiB, then 400", arguments: [-1, 0, 1])
    func extensionsInMessage(offset: Int) {
        let fifteen = String(repeating: "1;" + String(repeating: "e", count: 255) + "\r\nx\r\n", count: 15)
        let last = "1;" + String(repeating: "e", count: 255 + min(offset, 0)) + "\r\nx\r\n"
        let more = offset > 0 ? "1;e\r\nx\r\n" : ""
        let outcome = chunked(fifteen + last + more + "0\r\n\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .chunkExtensionsTooLarge))
    }

    @Test("chunk size: 13 digits, then 400", arguments: [-1, 0, 1])
    func chunkSize(offset: Int) {
        let digits = "1" + String(repeating: "0", count: 12 + offset)
        let outcome = chunked("0\(digits)\r\nx")
        #expect(outcome.error == (offset <= 0 ? nil : .chunkSizeTooLarge))
    }

    @Test("N5 trailer section: 8 KiB, then 431", arguments: [-1, 0, 1])
    func trailerBytes(offset: Int) {
        let value = String(repeating: "v", count: 8192 - "Etag: \r\n\r\n".utf8.count + offset)
        let outcome = chunked("0\r\nEtag: \(value)\r\n\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .trailersTooLarge))
        #expect(outcome.trailers.count == (offset <= 0 ? 1 : 0))
        #expect(HTTPError.trailersTooLarge.status == 431)
    }

    @Test("N6 trailer fields: 32, then 431", arguments: [-1, 0, 1])
    func trailerFields(offset: Int) {
        let outcome = chunked("0\r\n" + String(repeating: "Etag: 1\r\n", count: 32 + offset) + "\r\n")
        #expect(outcome.error == (offset <= 0 ? nil : .tooManyTrailers))
        #expect(outcome.trailers.count == (offset <= 0 ? 32 + offset : 0))
    }
}
