import Testing

@testable import TraceCollector

@Suite struct JoinerTests {
    private static let second: UInt64 = 1_000_000_000

    private struct Bench {
        var joiner: Joiner
        var origins = OriginTable()

        init(_ limits: JoinerLimits = JoinerLimits()) { joiner = Joiner(limits: limits) }

        mutating func receive(_ spans: [FixtureSpan], at now: UInt64, segment: UInt64 = 1) throws {
            let bytes = exportRequest(spans)
            var batch = SpanBatch()
            try OTLPReader.read(bytes.span, into: &batch)
            for record in batch.spans {
                let origin = origins.origin(of: batch.scopes[Int(record.scope)], in: batch, bytes.span)
                joiner.insert(record, origin: origin, bytes.span, segment: segment, now: now)
            }
        }
    }

    private func span(_ trace: UInt64, _ id: UInt64, parent: UInt64 = 0) -> FixtureSpan {
        FixtureSpan(trace: TraceKeyFixture(high: 0, low: trace), spanID: id, parentID: parent)
    }

    @Test func `releases a complete trace one second after its last span`() throws {
        var bench = Bench()
        try bench.receive([span(1, 2, parent: 1)], at: 0)
        try bench.receive([span(1, 1)], at: Self.second)
        bench.joiner.advance(to: 2 * Self.second - 1)
        #expect(bench.joiner.takeReleased().isEmpty)
        bench.joiner.advance(to: 2 * Self.second)
        let released = bench.joiner.takeReleased()
        #expect(released.map(\.isComplete) == [true])
        #expect(released[0].spans.map(\.spanID) == [2, 1])
        #expect(bench.joiner.liveTraces == 0)
        #expect(bench.joiner.liveSpans == 0)
        #expect(bench.joiner.liveBytes == 0)
    }

    @Test(arguments: [[2], [1, 3]] as [[UInt64]])
    func `holds a trace without its root or without a parent until the age limit`(_ ids: [UInt64]) throws {
        var bench = Bench()
        try bench.receive(ids.map { span(1, $0, parent: $0 - 1) }, at: 0)
        bench.joiner.advance(to: 30 * Self.second - 1)
        #expect(bench.joiner.takeReleased().isEmpty)
        bench.joiner.advance(to: 30 * Self.second)
        #expect(bench.joiner.takeReleased().map(\.isComplete) == [false])
    }

    @Test func `a trace that never falls silent is released at the age limit`() throws {
        var bench = Bench()
        for step in 0...60 {
            try bench.receive([span(1, UInt64(step) + 1, parent: UInt64(step))], at: UInt64(step) * Self.second / 2)
            bench.joiner.advance(to: UInt64(step) * Self.second / 2)
        }
        let released = bench.joiner.takeReleased()
        #expect(released.map(\.spans.count) == [61])
        #expect(released.map(\.isComplete) == [true])
    }

    @Test func `a missing parent that comes late completes the trace`() throws {
        var bench = Bench()
        try bench.receive([span(1, 1), span(1, 3, parent: 2)], at: 0)
        bench.joiner.advance(to: 5 * Self.second)
        #expect(bench.joiner.takeReleased().isEmpty)
        try bench.receive([span(1, 2, parent: 1)], at: 6 * Self.second)
        bench.joiner.advance(to: 7 * Self.second)
        #expect(bench.joiner.takeReleased().map(\.isComplete) == [true])
    }

    @Test func `beyond the bound on traces the oldest is released early`() throws {
        var limits = JoinerLimits()
        limits.traces = 2
        var bench = Bench(limits)
        for trace in 1...3 { try bench.receive([span(UInt64(trace), 9, parent: 8)], at: UInt64(trace)) }
        #expect(bench.joiner.takeReleased().map(\.key.low) == [1])
        #expect(bench.joiner.liveTraces == 2)
    }

    @Test func `beyond the bounds on spans and bytes the oldest is released early`() throws {
        var limits = JoinerLimits()
        limits.spans = 3
        var bySpans = Bench(limits)
        try bySpans.receive([span(1, 1), span(1, 2, parent: 1), span(2, 1), span(2, 2, parent: 1)], at: 0)
        #expect(bySpans.joiner.takeReleased().map(\.key.low) == [1])
        limits = JoinerLimits()
        limits.bytes = 600
        var byBytes = Bench(limits)
        try byBytes.receive([span(1, 1), span(2, 1)], at: 0)
        #expect(byBytes.joiner.takeReleased().map(\.key.low) == [1])
    }

    @Test func `a huge trace is released in parts`() throws {
        var limits = JoinerLimits()
        limits.spansPerTrace = 10
        var bench = Bench(limits)
        try bench.receive((1...25).map { span(1, $0, parent: $0 - 1) }, at: 0)
        #expect(bench.joiner.takeReleased().map(\.spans.count) == [10, 10])
        #expect(bench.joiner.liveSpans == 5)
    }

    @Test func `keeps the oldest log segment of every live trace`() throws {
        var bench = Bench()
        try bench.receive([span(1, 2, parent: 1)], at: 0, segment: 4)
        try bench.receive([span(2, 1), span(1, 1)], at: 1, segment: 5)
        #expect(bench.joiner.oldestSegment == 4)
        bench.joiner.advance(to: 2 * Self.second)
        #expect(bench.joiner.takeReleased().map(\.firstSegment).sorted() == [4, 5])
        #expect(bench.joiner.oldestSegment == nil)
    }

    @Test func `counts orphans the same in small and large traces`() {
        for count in [5, 500] {
            var spans: [LiveSpan] = []
            for id in 1...UInt64(count) {
                let parent = id % 5 == 0 ? 1_000_000 : id - 1
                spans.append(
                    LiveSpan(
                        spanID: id, parentID: parent, start: 0, end: 0, body: .empty, name: .empty, origin: 0,
                        kind: .internal,
                        status: .unset))
            }
            #expect(TraceCompleteness.orphanCount(spans) == count / 5)
        }
    }
}
