import Testing

@testable import MetricsExporter

@Suite("A histogram")
struct HistogramTests {
    private let registry = Registry()
    private let family: HistogramFamily

    init() throws {
        family = try registry.histogram(
            MetricDescription(.histogram, "wait_seconds", help: "Wait.", unit: "seconds", labels: ["to"]))
    }

    @Test("counts each duration into every classic bucket that reaches it")
    func cumulative() throws {
        let cell = family.cell(shard: 0, labels: ["a"])
        // On the bound, just above it, below the first bound, and above the last one.
        for duration: UInt64 in [250_000_000, 250_000_001, 100, 488_281, 488_282, 16_000_000_000, 16_000_000_001] {
            cell.record(nanoseconds: duration)
        }
        let lines = registry.lines("wait_seconds_bucket")
        let found = lines.map { Int($0.split(separator: " ").last!)! }
        #expect(found == [2] + [Int](repeating: 3, count: 17) + [4] + [Int](repeating: 5, count: 11) + [6, 7])
        #expect(lines[18] == #"wait_seconds_bucket{to="a",le="0.25"} 4"#)
        #expect(lines[22] == #"wait_seconds_bucket{to="a",le="1.0"} 5"#)
        #expect(lines[31] == #"wait_seconds_bucket{to="a",le="+Inf"} 7"#)
        #expect(registry.lines("wait_seconds_sum") == [#"wait_seconds_sum{to="a"} 32.500976665"#])
        #expect(registry.lines("wait_seconds_count") == [#"wait_seconds_count{to="a"} 7"#])
    }

    @Test("agrees with a classic histogram that compares each duration with each bound")
    func oracle() throws {
        let cell = family.cell(shard: 0, labels: ["a"])
        var expected = [Int](repeating: 0, count: 32)
        var duration: UInt64 = 900
        while duration < 100_000_000_000 {
            cell.record(nanoseconds: duration)
            for (bucket, bound) in ClassicBuckets.upperBounds.enumerated() where Double(duration) / 1e9 <= bound {
                expected[bucket] += 1
            }
            duration += 1 + duration / 50
        }
        #expect(registry.lines("wait_seconds_bucket").map { Int($0.split(separator: " ").last!)! } == expected)
    }

    @Test("sums its shards")
    func shards() throws {
        family.cell(shard: 0, labels: ["a"]).record(nanoseconds: 1_000_000_000)
        family.cell(shard: 3, labels: ["a"]).record(nanoseconds: 500_000_000)
        family.shared(labels: ["a"]).record(nanoseconds: 2_000_000)
        #expect(registry.lines("wait_seconds_sum") == [#"wait_seconds_sum{to="a"} 1.502"#])
        #expect(registry.lines("wait_seconds_count") == [#"wait_seconds_count{to="a"} 3"#])
    }

    @Test("counts what is longer than its last bucket")
    func clamped() throws {
        let cell = family.cell(shard: 0, labels: ["a"])
        cell.record(nanoseconds: 1_024_000_000_000)
        cell.record(nanoseconds: 1_024_000_000_001)
        #expect(
            registry.lines("martlet_latency_clamped_total{")
                == [#"martlet_latency_clamped_total{family="wait_seconds"} 1"#])
    }

    @Test("fits a cell into two and a half KiB")
    func memory() {
        #expect(MemoryLayout<ExemplarSlots>.size == 624)
        let objectHeader = 16
        let slots = MemoryLayout<UInt64>.size * ExponentialScale.slotCount
        #expect(objectHeader + slots + MemoryLayout<UInt64>.size + MemoryLayout<ExemplarSlots>.size == 2_584)
    }

    @Test("gives native buckets as runs with a bridged gap, each count as a difference")
    func nativeBuckets() throws {
        var snapshot = HistogramSnapshot()
        // Counts 3@−2 5@−1 1@2 3@4 2@5 8@8 by native index; gaps of 2, 1 and 2 are bridged, 20 more are not.
        for (index, count) in [(-2, 3), (-1, 5), (2, 1), (4, 3), (5, 2), (8, 8), (28, 1)] as [(Int, UInt64)] {
            snapshot.slots[index + ExponentialScale.indexOffset] = count
        }
        let buckets = NativeBuckets(snapshot)
        #expect(buckets.spans == [.init(offset: -2, length: 11), .init(offset: 19, length: 1)])
        #expect(buckets.deltas == [3, 2, -5, 0, 1, -1, 3, -1, -2, 0, 8, -7])
    }

    @Test("shows what is longer than its last native bucket in it")
    func nativeOverrange() throws {
        var snapshot = HistogramSnapshot()
        snapshot.slots[ExponentialScale.overrangeSlot] = 4
        snapshot.slots[ExponentialScale.overrangeSlot - 1] = 1
        let buckets = NativeBuckets(snapshot)
        #expect(buckets.spans == [.init(offset: 80, length: 1)])
        #expect(buckets.deltas == [5])
    }
}
