import Testing
import Tracing

@Suite("B3 headers")
struct B3Tests {
    private let parent = ExtractedContext.Parent(traceID: traceID, spanID: spanID, isRandom: false)

    @Test(
        "in one line are read",
        arguments: [
            ("\(traceHex)-\(spanHex)", SamplingDecision.deferred),
            ("\(traceHex)-\(spanHex)-0", .deny),
            ("\(traceHex)-\(spanHex)-1", .accept),
            ("\(traceHex)-\(spanHex)-d", .debug),
            ("\(traceHex)-\(spanHex)-1-\(parentHex)", .accept),
            (" \(traceHex)-\(spanHex)-1\t", .accept),
            ("0AF7651916CD43DD8448EB211C80319C-B7AD6B7169203331-1", .accept),
        ])
    func single(value: String, decision: SamplingDecision) {
        let context = extract([("b3", value)])
        #expect(context.parent == parent)
        #expect(context.decision == decision)
        #expect(context.forms == .b3Single)
    }

    @Test("may be a decision alone", arguments: [("0", SamplingDecision.deny), ("1", .accept), ("d", .debug)])
    func decisionAlone(value: String, decision: SamplingDecision) {
        let context = extract([("b3", value)])
        #expect(context.parent == nil)
        #expect(context.decision == decision)
    }

    @Test(
        "in one line are refused",
        arguments: [
            "", "2", "D", "true", traceHex, "\(traceHex)-", "\(traceHex)-\(spanHex)-", "\(traceHex)-\(spanHex)-2",
            "\(traceHex)-\(spanHex)-11", "\(traceHex)-\(spanHex)-1-", "\(traceHex)-\(spanHex)-1-\(parentHex)-",
            "\(traceHex)-\(spanHex)-1-\(parentHex)-1", "\(traceHex)-\(spanHex)-1-0000000000000000",
            "\(traceHex)-\(spanHex)-1-xyz", "00000000000000000000000000000000-\(spanHex)-1",
            "\(traceHex)-0000000000000000-1", "\(traceHex)0-\(spanHex)-1", "\(traceHex.dropLast())-\(spanHex)-1",
            "\(traceHex)-\(spanHex)0-1", "-\(spanHex)-1", "g\(traceHex.dropFirst())-\(spanHex)-1",
            "\(spanHex)-g\(spanHex.dropFirst())-1",
        ])
    func singleInvalid(value: String) {
        let context = extract([("b3", value)])
        #expect(context.parent == nil)
        #expect(context.decision == .deferred)
    }

    @Test("with a 64-bit trace id are widened on the left, and go on with 64 bits")
    func shortTraceID() {
        let incoming = extract([("b3", "\(spanHex)-\(parentHex)-1")])
        #expect(incoming.parent?.traceID == TraceID(high: 0, low: spanID.value))
        let context = hop(incoming)
        #expect(
            injected(context) == [
                "traceparent: 00-0000000000000000\(spanHex)-\(context.spanID)-01",
                "b3: \(spanHex)-\(context.spanID)-1-\(parentHex)",
            ])
    }

    @Test(
        "in several lines are read",
        arguments: [
            ([], SamplingDecision.deferred),
            ([("X-B3-Sampled", "1")], .accept),
            ([("X-B3-Sampled", "true")], .accept),
            ([("X-B3-Sampled", "True")], .accept),
            ([("X-B3-Sampled", "0")], .deny),
            ([("X-B3-Sampled", "false")], .deny),
            ([("X-B3-Sampled", "yes")], .deferred),
            ([("X-B3-Flags", "1")], .debug),
            ([("X-B3-Flags", "0")], .deferred),
            ([("X-B3-Sampled", "0"), ("X-B3-Flags", "1")], .debug),
            ([("X-B3-Sampled", "0"), ("X-B3-Sampled", "1")], .deny),
            ([("X-B3-ParentSpanId", parentHex)], .deferred),
        ] as [([(String, String)], SamplingDecision)])
    func multiple(lines: [(String, String)], decision: SamplingDecision) {
        let context = extract([("X-B3-TraceId", traceHex), ("X-B3-SpanId", spanHex)] + lines)
        #expect(context.parent == parent)
        #expect(context.decision == decision)
        #expect(context.forms == .b3Multiple)
    }

    @Test("in several lines count with their first value")
    func firstValueWins() {
        let context = extract([
            ("x-b3-traceid", traceHex), ("x-b3-traceid", parentHex), ("x-b3-spanid", spanHex),
            ("x-b3-spanid", parentHex),
        ])
        #expect(context.parent == parent)
        #expect(extract([("x-b3-traceid", "no"), ("x-b3-traceid", traceHex), ("x-b3-spanid", spanHex)]).parent == nil)
        #expect(extract([("b3", "no"), ("b3", "\(traceHex)-\(spanHex)")]).parent == nil)
    }

    @Test("without both ids start a new trace with the decision that came")
    func decisionWithoutIDs() {
        for lines in [[("x-b3-sampled", "0")], [("x-b3-sampled", "0"), ("x-b3-traceid", traceHex)]] {
            let context = hop(extract(lines), rate: 1)
            #expect(!context.isSampled && context.parentSpanID == .absent && context.traceID != traceID)
        }
    }

    @Test("in one line win over several lines, unless malformed")
    func singleWins() {
        let multiple = [("x-b3-traceid", parentHex), ("x-b3-spanid", parentHex)]
        #expect(extract(multiple + [("b3", "\(traceHex)-\(spanHex)-1")]).parent == parent)
        #expect(extract(multiple + [("b3", "0")]).parent == nil)
        #expect(extract(multiple + [("b3", "-")]).parent?.spanID == SpanID(0x05e3_ac9a_4f6e_3b90))
    }

    @Test("yield to a valid traceparent, and win over it when configured")
    func precedence() {
        let lines = [
            ("traceparent", "00-\(traceHex)-\(spanHex)-01"), ("tracestate", "a=1"),
            ("b3", "\(parentHex)-\(parentHex)-0"),
        ]
        let w3c = extract(lines)
        #expect(w3c.parent?.traceID == traceID && w3c.decision == .accept && w3c.traceState.text == "a=1")
        #expect(w3c.forms == [.w3c, .b3Single])
        let b3 = extract(lines, precedence: .b3First)
        #expect(b3.parent?.spanID == SpanID(0x05e3_ac9a_4f6e_3b90) && b3.decision == .deny && b3.traceState == .empty)
    }

    @Test("stand in for an invalid traceparent")
    func fallback() {
        let context = extract([("traceparent", "00-bad"), ("b3", "\(traceHex)-\(spanHex)-1"), ("tracestate", "a=1")])
        #expect(context.parent == parent && context.traceState == .empty)
        let other = extract([("traceparent", "00-\(traceHex)-\(spanHex)-01"), ("b3", "bad")], precedence: .b3First)
        #expect(other.parent == parent)
    }

    @Test(
        "go on in the form in which they came",
        arguments: [
            ([("b3", "\(traceHex)-\(spanHex)-1")], ["b3: \(traceHex)-SPAN-1-\(spanHex)"]),
            ([("b3", "\(traceHex)-\(spanHex)-0")], ["b3: \(traceHex)-SPAN-0-\(spanHex)"]),
            ([("b3", "\(traceHex)-\(spanHex)-d")], ["b3: \(traceHex)-SPAN-d-\(spanHex)"]),
            (
                [("X-B3-TraceId", traceHex), ("X-B3-SpanId", spanHex), ("X-B3-Sampled", "1")],
                [
                    "x-b3-traceid: \(traceHex)", "x-b3-spanid: SPAN", "x-b3-parentspanid: \(spanHex)",
                    "x-b3-sampled: 1",
                ]
            ),
            (
                [("X-B3-TraceId", traceHex), ("X-B3-SpanId", spanHex), ("X-B3-Sampled", "0")],
                [
                    "x-b3-traceid: \(traceHex)", "x-b3-spanid: SPAN", "x-b3-parentspanid: \(spanHex)",
                    "x-b3-sampled: 0",
                ]
            ),
            (
                [("X-B3-TraceId", traceHex), ("X-B3-SpanId", spanHex), ("X-B3-Flags", "1")],
                ["x-b3-traceid: \(traceHex)", "x-b3-spanid: SPAN", "x-b3-parentspanid: \(spanHex)", "x-b3-flags: 1"]
            ),
        ] as [([(String, String)], [String])])
    func injectedForms(lines: [(String, String)], expected: [String]) {
        let context = hop(extract(lines))
        #expect(injected(context).dropFirst().map { $0.replacing("\(context.spanID)", with: "SPAN") } == expected)
    }

    @Test("of a root span name no parent")
    func root() {
        let single = hop(extract([("b3", "1")]))
        #expect(injected(single)[1] == "b3: \(single.traceID)-\(single.spanID)-1")
        let multiple = hop(extract([("x-b3-sampled", "0")]))
        #expect(
            injected(multiple).dropFirst() == [
                "x-b3-traceid: \(multiple.traceID)", "x-b3-spanid: \(multiple.spanID)", "x-b3-sampled: 0",
            ])
    }

    @Test("with the debug flag are recorded whatever the rate")
    func debug() {
        let context = hop(extract([("b3", "d")]), rate: 0)
        #expect(context.isSampled && context.isDebug)
    }

    @Test("cut off anywhere have no ids, but where a shorter form ends")
    func truncated() {
        let whole = "\(traceHex)-\(spanHex)-1-\(parentHex)"
        let complete: Set = [49, 51, 68]
        for length in 0...whole.utf8.count {
            let context = extract([("b3", String(whole.prefix(length)))])
            #expect((context.parent != nil) == complete.contains(length))
        }
    }
}
