import Testing
import Tracing

@Suite("A sampler")
struct SamplerTests {
    private func id(low: UInt64) -> TraceID { TraceID(high: 1, low: low) }

    @Test(
        "compares the low 56 bits of the trace id with the threshold of its rate",
        arguments: [
            (1.0, 0), (0.0, 1 << 56),
            (0.5, 1 << 55), (0.25, 3 << 54), (0.01, 0xfd_70a3_d70a_3d70), (7, 0), (-1, 1 << 56),
            (.nan, 1 << 56),
        ] as [(Double, UInt64)])
    func threshold(rate: Double, threshold: UInt64) {
        let sampler = Sampler(rate: rate)
        #expect(sampler.rejectionThreshold == threshold)
        let reached = threshold < 1 << 56
        #expect(sampler.isSampled(id(low: 0xFF << 56 | min(threshold, 1 << 56 - 1)), decision: .deferred) == reached)
        #expect(sampler.isSampled(id(low: 0xFF << 56 | (1 << 56 - 1)), decision: .deferred) == reached)
        if threshold > 0 {
            #expect(!sampler.isSampled(id(low: 0xFF << 56 | (threshold - 1)), decision: .deferred))
        }
    }

    @Test("keeps its share of random traces")
    func share() {
        var ids = IDGenerator(seed: (1, 2, 3, 4))
        let sampler = Sampler(rate: 0.1)
        var kept = 0
        for _ in 0..<100_000 where sampler.isSampled(ids.makeTraceID(), decision: .deferred) { kept += 1 }
        #expect((9_700...10_300).contains(kept))
    }

    @Test(
        "follows the decision that came in unless told not to; debug always wins",
        arguments: [
            (SamplingDecision.accept, 0.0, true, true), (.deny, 1, true, false), (.debug, 0, true, true),
            (.accept, 0, false, false), (.deny, 1, false, true), (.debug, 0, false, true), (.deferred, 1, true, true),
        ])
    func parent(decision: SamplingDecision, rate: Double, follows: Bool, expected: Bool) {
        let sampler = Sampler(rate: rate, followsParent: follows)
        #expect(sampler.isSampled(id(low: 5), decision: decision) == expected)
    }

    @Test("records failed spans of unsampled traces only when told to")
    func errors() {
        let plain = Sampler(rate: 0.1)
        let keeping = Sampler(rate: 0.1, keepsErrors: true)
        #expect(plain.verdict(isSampled: true, hasFailed: false) == .record)
        #expect(plain.verdict(isSampled: false, hasFailed: true) == .discard)
        #expect(keeping.verdict(isSampled: false, hasFailed: true) == .recordError)
        #expect(keeping.verdict(isSampled: false, hasFailed: false) == .discard)
        #expect(keeping.verdict(isSampled: true, hasFailed: true) == .record)
    }
}

@Suite("An id generator")
struct IDGeneratorTests {
    @Test("gives the sequence of xoshiro256++")
    func sequence() {
        var ids = IDGenerator(seed: (1, 2, 3, 4))
        let first = (0..<4).map { _ in ids.next() }
        #expect(first == [41_943_041, 58_720_359, 3_588_806_011_781_223, 3_591_011_842_654_386])
    }

    @Test("never gets stuck at zero")
    func zeroSeed() {
        var ids = IDGenerator(seed: (0, 0, 0, 0))
        #expect(!ids.makeTraceID().isZero && !ids.makeSpanID().isAbsent)
    }

    @Test("seeds each instance differently")
    func seeds() {
        var first = IDGenerator()
        var second = IDGenerator()
        #expect(first.makeTraceID() != second.makeTraceID())
    }

    @Test("writes ids as lower-case hexadecimal digits")
    func text() {
        #expect(traceID.description == traceHex)
        #expect(spanID.description == spanHex)
        #expect(TraceID(high: 0x0123_4567_89ab_cdef, low: 0xf).description == "0123456789abcdef000000000000000f")
    }
}
