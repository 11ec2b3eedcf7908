import Testing
import Tracing

@Suite("A traceparent (W3C Trace Context level 2)")
struct TraceParentTests {
    @Test(
        "is read",
        arguments: [
            ("00-\(traceHex)-\(spanHex)-01", SamplingDecision.accept, false),
            ("00-\(traceHex)-\(spanHex)-00", .deny, false),
            ("00-\(traceHex)-\(spanHex)-02", .deny, true),
            ("00-\(traceHex)-\(spanHex)-03", .accept, true),
            ("00-\(traceHex)-\(spanHex)-ff", .accept, true),
            ("00-\(traceHex)-\(spanHex)-fc", .deny, false),
            ("  \t00-\(traceHex)-\(spanHex)-01\t ", .accept, false),
            ("01-\(traceHex)-\(spanHex)-01", .accept, false),
            ("cc-\(traceHex)-\(spanHex)-01", .accept, false),
            ("cc-\(traceHex)-\(spanHex)-01-", .accept, false),
            ("cc-\(traceHex)-\(spanHex)-01-what-the-future-will-be-like", .accept, false),
            ("fe-\(traceHex)-\(spanHex)-01", .accept, false),
        ])
    func valid(value: String, decision: SamplingDecision, isRandom: Bool) {
        let context = extract(traceparent: value)
        #expect(context.parent == .init(traceID: traceID, spanID: spanID, isRandom: isRandom))
        #expect(context.decision == decision)
        #expect(context.forms == .w3c)
    }

    @Test(
        "is refused",
        arguments: [
            "", "00", "-", "00-\(traceHex)-\(spanHex)", "00-\(traceHex)-\(spanHex)-", "00-\(traceHex)-\(spanHex)-0",
            "00-\(traceHex)-\(spanHex)-01-", "00-\(traceHex)-\(spanHex)-01.", "00-\(traceHex)-\(spanHex)-01-extra",
            "00-\(traceHex)-\(spanHex)-001", "cc-\(traceHex)-\(spanHex)-01.future", "cc-\(traceHex)-\(spanHex)-010",
            "ff-\(traceHex)-\(spanHex)-01", "FE-\(traceHex)-\(spanHex)-01", ".0-\(traceHex)-\(spanHex)-01",
            "0.-\(traceHex)-\(spanHex)-01", "0-\(traceHex)-\(spanHex)-01", "000-\(traceHex)-\(spanHex)-01",
            "00-00000000000000000000000000000000-\(spanHex)-01", "00-\(traceHex)-0000000000000000-01",
            "00-0AF7651916CD43DD8448EB211C80319C-\(spanHex)-01", "00-\(traceHex)-B7AD6B7169203331-01",
            "00-.af7651916cd43dd8448eb211c80319c-\(spanHex)-01", "00-0af7651916cd43dd8448eb211c80319.-\(spanHex)-01",
            "00-\(traceHex)0-\(spanHex)-01", "00-0af7651916cd43dd8448eb211c80319-\(spanHex)-01",
            "00-\(traceHex)-.7ad6b7169203331-01", "00-\(traceHex)-b7ad6b716920333-01", "00-\(traceHex)-\(spanHex)1-01",
            "00-\(traceHex)-\(spanHex)-.1", "00-\(traceHex)-\(spanHex)-0.", "00-\(traceHex)-\(spanHex)-0G",
            "00-\(traceHex)-\(spanHex)-0A", "00_\(traceHex)-\(spanHex)-01", "00-\(traceHex)_\(spanHex)-01",
            "00-\(traceHex)-\(spanHex)_01", "00 -\(traceHex)-\(spanHex)-01",
            "00-\(traceHex)-\(spanHex)-01,00-\(traceHex)-\(spanHex)-01",
        ])
    func invalid(value: String) {
        let context = extract([("traceparent", value), ("tracestate", "foo=1")])
        #expect(context.parent == nil)
        #expect(context.decision == .deferred)
        #expect(context.traceState == .empty)
    }

    @Test("cut off anywhere is refused")
    func truncated() {
        let whole = "00-\(traceHex)-\(spanHex)-01"
        for length in 0..<whole.utf8.count { #expect(extract(traceparent: String(whole.prefix(length))).parent == nil) }
    }

    @Test("that comes twice is invalid, even if both are equal", arguments: [1, 2])
    func duplicated(times: Int) {
        let lines = Array(repeating: ("traceparent", "00-\(traceHex)-\(spanHex)-01"), count: 1 + times)
        #expect(extract(lines).parent == nil)
    }

    @Test("is known by its name in any case, and by no other", arguments: TraceHeader.allCases)
    func names(header: TraceHeader) {
        let name = "\(header.name)"
        for spelling in [name, name.uppercased(), name.prefix(1).uppercased() + name.dropFirst()] {
            #expect(unsafe TraceHeader(name: Array(spelling.utf8).span.bytes) == header)
        }
        for spelling in [name + "x", String(name.dropLast()), "_" + name.dropFirst(), ""] {
            #expect(unsafe TraceHeader(name: Array(spelling.utf8).span.bytes) == nil)
        }
    }

    @Test("goes on with the same trace id, a new parent id and version 00")
    func continued() {
        let context = hop(extract(traceparent: "cc-\(traceHex)-\(spanHex)-ff-future"))
        #expect(context.traceID == traceID)
        #expect(context.parentSpanID == spanID)
        #expect(context.spanID != spanID && !context.spanID.isAbsent)
        #expect(injected(context) == ["traceparent: 00-\(traceHex)-\(context.spanID)-03"])
    }

    @Test("keeps the random flag as it came and sets it on a trace that starts here")
    func randomFlag() {
        #expect(hop(extract(traceparent: "00-\(traceHex)-\(spanHex)-01")).flags == [.sampled])
        #expect(hop(extract(traceparent: "00-\(traceHex)-\(spanHex)-02")).flags == [.random])
        #expect(hop(.none).flags == [.sampled, .random])
        #expect(hop(.none, rate: 0).flags == [.random])
        #expect(hop(extract([("b3", "\(traceHex)-\(spanHex)-1")])).flags == [.sampled])
    }

    @Test("is sent with new ids even where the request is not recorded")
    func unsampledStart() {
        let context = hop(extract(traceparent: "nonsense"), rate: 0)
        #expect(injected(context) == ["traceparent: 00-\(context.traceID)-\(context.spanID)-02"])
        #expect(!context.isSampled && context.parentSpanID == .absent && !context.traceID.isZero)
    }

    @Test("of an untrusted caller is replaced by a new trace without a tracestate")
    func restarted() {
        let incoming = extract([("traceparent", "00-\(traceHex)-\(spanHex)-01"), ("tracestate", "a=1"), ("b3", "1")])
        #expect(incoming.restarted.parent == nil)
        #expect(incoming.restarted.decision == .deferred)
        #expect(incoming.restarted.traceState == .empty)
        #expect(incoming.restarted.forms == [.w3c, .b3Single])
    }

    @Test("of a further attempt has its own span under the same parent")
    func sibling() {
        var ids = IDGenerator(seed: (9, 9, 9, 9))
        let incoming = extract(traceparent: "00-\(traceHex)-\(spanHex)-01")
        let first = TraceContext(continuing: incoming, sampler: Sampler(rate: 1), ids: &ids)
        let second = first.sibling(ids: &ids)
        #expect(second.spanID != first.spanID)
        #expect(second.parentSpanID == first.parentSpanID && second.traceID == first.traceID)
    }
}
