import Testing

@testable import TraceCollector

/// Late, repeated and skewed spans, however they arrive and wherever the joiner's bounds cut: the store ends the same.
@Suite("The order of arrival does not matter")
struct JoinOrderTests {
    private let directory: TemporaryDirectory

    init() throws { directory = try TemporaryDirectory() }

    private static let traces: UInt64 = 12
    private static let second: UInt64 = 1_000_000_000

    /// Traces of 1 to 23 spans in three services; clocks of one service are behind, so that calls begin before their
    /// callers, and some spans end before they start.
    private func spans() -> [(service: String, span: FixtureSpan)] {
        (1...Self.traces).flatMap { trace in
            fixtureTrace(trace, spans: Int(trace) * 2 - 1).map { service, span in
                var skewed = span
                if service == "pay" {
                    skewed.start -= 5 * Self.second
                    skewed.end -= 5 * Self.second
                }
                if span.spanID % 7 == 0 { skewed.end = skewed.start - 1 }
                return (service, skewed)
            }
        }
    }

    /// What queries can see of a store.
    private struct Seen: Equatable {
        var traces: [TraceReader.Trace?] = []
        var summaries: [TraceReader.Summary?] = []
        var dependencies: [TraceReader.Dependency] = []
        var services: [[UInt8]] = []
    }

    private func seen(in path: String) throws -> Seen {
        let reader = try TraceReader(directory: path)
        var seen = Seen()
        for trace in 1...Self.traces {
            let key = TraceKey(high: 7, low: trace)
            seen.traces.append(try reader.trace(key))
            seen.summaries.append(try reader.summary(key))
        }
        seen.dependencies = try reader.dependencies(from: 0, to: UInt64(Int64.max))
        seen.services = try reader.services()
        return seen
    }

    private func storeInOrder(_ spans: [(service: String, span: FixtureSpan)], at path: String) throws -> Seen {
        var store = try TraceStore(directory: path)
        _ = try store.store(try JoinBench.joined(spans.map { exportRequest(service: $0.service, [$0.span]) }), now: 1)
        return try seen(in: path)
    }

    @Test("one span per request, shuffled and repeated, through tight bounds and at random times")
    func arrival() throws {
        var random = SplitMix(state: 77)
        let spans = spans()
        let reference = try storeInOrder(spans, at: directory.path + "/reference")
        #expect(reference.traces.map { $0?.spans.count } == (1...Int(Self.traces)).map { $0 * 2 - 1 })
        for round in 0..<25 {
            let path = directory.path + "/round-\(round)"
            var limits = JoinerLimits()
            limits.idle = random.next() % Self.second
            limits.age = limits.idle + random.next() % (3 * Self.second)
            limits.traces = Int.random(in: 1...12, using: &random)
            limits.spans = Int.random(in: 1...60, using: &random)
            limits.spansPerTrace = Int.random(in: 1...25, using: &random)
            var bench = JoinBench(joiner: Joiner(limits: limits))
            var store = try TraceStore(directory: path)
            var outcome = StoreOutcome()
            var now: UInt64 = 0
            let arrivals = (spans + spans.filter { _ in random.next() % 4 == 0 }).shuffled(using: &random)
            for arrival in arrivals {
                try bench.receive(exportRequest(service: arrival.service, [arrival.span]), now: now)
                now += random.next() % (Self.second / 20)
                bench.joiner.advance(to: now)
                guard random.next() % 5 == 0 else { continue }
                outcome = outcome + (try store.store(JoinedTraces.merged(bench.joiner.takeReleased()), now: 1))
            }
            outcome = outcome + (try store.store(JoinedTraces.merged(bench.release()), now: 1))
            #expect(outcome.stored == spans.count)
            #expect(outcome.duplicates == arrivals.count - spans.count)
            #expect(try seen(in: path) == reference, "round \(round)")
        }
    }
}
