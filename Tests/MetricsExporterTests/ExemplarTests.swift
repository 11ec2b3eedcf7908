import Testing

@testable import MetricsExporter

@Suite("Exemplars")
struct ExemplarTests {
    private let registry = Registry()
    private let family: HistogramFamily

    init() throws {
        family = try registry.histogram(MetricDescription(.histogram, "wait_seconds", help: "Wait.", unit: "seconds"))
    }

    private static func exemplar(_ number: UInt64, at time: UInt64 = 1_700_000_000_250_000_000) -> Exemplar {
        Exemplar(traceIDHigh: 0xabcd, traceIDLow: number, spanID: number << 32, unixNanoseconds: time)
    }

    private func exemplars() -> [String] {
        registry.lines("wait_seconds_bucket", .openMetrics(.standard)).filter { $0.contains(" # ") }
    }

    @Test("stand behind the bucket in which the observation lies, and nowhere in text 0.0.4")
    func line() {
        family.cell(shard: 0).record(nanoseconds: 250_000_001, exemplar: Self.exemplar(7))
        #expect(
            exemplars() == [
                #"wait_seconds_bucket{le="0.3535533905932738"} 1 "#
                    + #"# {trace_id="000000000000abcd0000000000000007",span_id="0000000700000000"} "#
                    + "0.250000001 1700000000.25"
            ])
        #expect(!registry.string(.text).contains(" # {"))
    }

    @Test("have labels of fewer characters than OpenMetrics allows")
    func length() throws {
        family.cell(shard: 0).record(
            nanoseconds: 1,
            exemplar: Exemplar(traceIDHigh: .max, traceIDLow: .max, spanID: .max, unixNanoseconds: .max))
        let line = try #require(exemplars().first)
        let labels = line.split(separator: "{")[2].split(separator: "}")[0]
        #expect(labels.filter { !"\",=".contains($0) }.count == 63)
    }

    @Test("are the newest of each octave, over all shards")
    func newest() throws {
        let first = family.cell(shard: 0)
        let second = family.cell(shard: 1)
        first.record(nanoseconds: 300_000_000, exemplar: Self.exemplar(1, at: 10))
        first.record(nanoseconds: 310_000_000, exemplar: Self.exemplar(2, at: 20))
        second.record(nanoseconds: 320_000_000, exemplar: Self.exemplar(3, at: 15))
        second.record(nanoseconds: 20_000_000_000, exemplar: Self.exemplar(4, at: 5))
        second.record(nanoseconds: 20_000_000_000)
        second.record(nanoseconds: 490_000_000, exemplar: Self.exemplar(5, at: 7))
        let found = exemplars()
        #expect(found.count == 3)
        #expect(found[0].contains(#"0000000000000002",span_id="#) && found[0].contains("0.31 0.00000002"))
        #expect(found[1].hasPrefix(#"wait_seconds_bucket{le="0.5"} 4 # "#) && found[1].hasSuffix("0.49 0.000000007"))
        #expect(found[2].hasPrefix(#"wait_seconds_bucket{le="+Inf"} 6 # "#) && found[2].hasSuffix("20.0 0.000000005"))
    }

    @Test(
        "are kept for each octave from 2^-9 to 2^2 seconds, and for what is shorter or longer",
        arguments: [
            (0, 0), (1_953_125, 0), (1_953_126, 1), (3_906_250, 1), (250_000_000, 7), (250_000_001, 8),
            (2_000_000_001, 11), (4_000_000_000, 11), (4_000_000_001, 12), (UInt64.max, 12),
        ] as [(UInt64, Int)])
    func ranges(nanoseconds: UInt64, position: Int) {
        #expect(ExemplarSlots.position(slot: ExponentialScale.slot(nanoseconds: nanoseconds)) == position)
    }

    @Test("have a value within their bucket", arguments: 0..<31)
    func withinBucket(bucket: Int) {
        let bound = ClassicBuckets.upperBounds[bucket]
        let nanoseconds = UInt64(bound * 1e9)
        #expect(ClassicBuckets.position(slot: ExponentialScale.slot(nanoseconds: nanoseconds)) == bucket)
        #expect(ClassicBuckets.position(slot: ExponentialScale.slot(nanoseconds: nanoseconds + 1)) == bucket + 1)
    }

    @Test("are never torn between two writes")
    func consistency() async {
        let cell = HistogramCell()
        let rounds: UInt64 = 50_000
        async let writer: Void = Task.detached {
            for number in 1...rounds {
                cell.record(
                    nanoseconds: number,
                    exemplar: Exemplar(
                        traceIDHigh: number, traceIDLow: number, spanID: number, unixNanoseconds: number))
            }
        }.value
        var last: UInt64 = 0
        var torn = 0
        var backwards = 0
        while last < rounds {
            guard let found = cell.exemplars.read(0) else { continue }
            let number = found.nanoseconds
            let whole = Exemplar(traceIDHigh: number, traceIDLow: number, spanID: number, unixNanoseconds: number)
            if found.exemplar != whole { torn += 1 }
            if number < last { backwards += 1 }
            last = number
        }
        await writer
        #expect(torn == 0)
        #expect(backwards == 0)
    }
}
