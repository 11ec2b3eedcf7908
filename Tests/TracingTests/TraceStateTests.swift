import Testing
import Tracing

@Suite("A tracestate (W3C Trace Context level 2)")
struct TraceStateTests {
    private func received(_ lines: String...) -> String {
        extract([("traceparent", "00-\(traceHex)-\(spanHex)-01")] + lines.map { ("tracestate", $0) }).traceState.text
    }

    private func members(_ count: Int, length: Int = 7) -> String {
        (0..<count).map { "k\($0)=" + String(repeating: "v", count: length) }.joined(separator: ",")
    }

    @Test(
        "goes on as it came",
        arguments: [
            "foo=1", "foo=1,bar=2", "foo=1,", ",foo=1", "foo=1,,bar=2", "foo=1 \t , \t bar=2, \t baz=3", "foo= 1",
            "foo=1,foo=1", "foo=1,foo=2", "foo@=1,bar=2", "foo@@bar=1", "0a_-*/@z=1",
            "ot=th:fd70a4;rv:0123456789abcd",
        ])
    func kept(value: String) {
        #expect(received(value) == value)
    }

    @Test("loses the whitespace around the whole list", arguments: [" foo=1", "\tfoo=1", "foo=1 ", "\t foo=1 \t"])
    func trimmed(value: String) {
        #expect(received(value) == "foo=1")
    }

    @Test(
        "is dropped whole when a member is invalid, and the traceparent stays",
        arguments: [
            "foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "_foo=1", "foo=bar=baz", "foo=,bar=3", "foo", "=1",
            "foo=1,bar",
            "foo=\u{7F}", "foo=1\u{1}", "foo=é", "foo= ", "foo;=1", "foo=1;\t2",
        ])
    func invalid(value: String) {
        let context = extract([("traceparent", "00-\(traceHex)-\(spanHex)-01"), ("tracestate", value)])
        #expect(context.traceState == .empty)
        #expect(context.parent?.traceID == traceID)
    }

    @Test("may have every allowed character")
    func allowedCharacters() {
        let value = String(decoding: (UInt8(0x20)...0x7E).filter { $0 != 0x2C && $0 != 0x3D }, as: UTF8.self)
        let list = "0123456789abcdefghijklmnopqrstuvwxyz_-*/@=" + value
        #expect(received(list) == list)
    }

    @Test("is empty when no member came", arguments: ["", " ", ",", " , \t,"])
    func empty(value: String) {
        #expect(received(value) == "")
    }

    @Test("in several lines is joined in their order")
    func severalLines() {
        #expect(received("foo=1,bar=2", "rojo=1,congo=2", "baz=3") == "foo=1,bar=2,rojo=1,congo=2,baz=3")
        #expect(received("foo=1", "") == "foo=1,")
        #expect(received("", "foo=1") == ",foo=1")
    }

    @Test("may have 32 members; 33 drop it whole, empty ones not counted")
    func memberLimit() {
        let most = members(32)
        #expect(received(most) == most)
        #expect(received(most + ",,") == most + ",,")
        #expect(received(members(33)) == "")
        #expect(received(members(16), members(17)) == "")
    }

    @Test("may have keys and values of 256 characters and no longer")
    func lengthLimits() {
        let long = String(repeating: "z", count: 256)
        #expect(received("\(long)=1") == "\(long)=1")
        #expect(received("\(long)z=1") == "")
        #expect(received("a=\(long)") == "a=\(long)")
        #expect(received("a=\(long)z") == "")
    }

    @Test("of exactly 512 characters goes on, one more loses its last member")
    func truncatedFromTheRight() {
        let fits = members(8, length: 50)
        let padded = fits + ",z=" + String(repeating: "z", count: 512 - fits.utf8.count - 3)
        #expect(padded.utf8.count == 512)
        #expect(received(padded) == padded)
        #expect(received(padded + "z") == fits)
    }

    @Test("that must shrink loses members of more than 128 characters first, from the right, and no more than needed")
    func longMembersFirst() {
        let long = String(repeating: "v", count: 127)
        let short = members(8, length: 30)
        #expect(received("a=\(long),\(short),b=\(long),c=2") == "a=\(long),\(short),c=2")
        let full = members(6, length: 78)
        #expect(received("a=\(long),\(full),c=2") == "\(full),c=2")
    }

    @Test("that is longer than any valid one is dropped, however it is split")
    func tooLong() {
        #expect(received(String(repeating: ",", count: 16_447) + "a=1") == "")
        #expect(received(String(repeating: ",", count: 16_440), "a=1") == "a=1")
        #expect(received(String(repeating: ",", count: 16_440), String(repeating: " ", count: 100), "a=1") == "")
    }

    @Test("without a traceparent is dropped")
    func alone() {
        let context = extract([("tracestate", "foo=1")])
        #expect(context.traceState == .empty && context.parent == nil && context.forms == .w3c)
    }

    @Test("is written behind the traceparent")
    func injectedLine() {
        let context = hop(extract([("traceparent", "00-\(traceHex)-\(spanHex)-01"), ("TraceState", "a=1, b=2")]))
        #expect(injected(context) == ["traceparent: 00-\(traceHex)-\(context.spanID)-01", "tracestate: a=1, b=2"])
    }
}
