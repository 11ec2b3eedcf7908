public import Synchronization

/// How long things took, in exponential buckets (`ExponentialScale`); 2.5 KiB. The count is not kept: it is the sum of
/// the buckets, so that a scrape can never see a count that differs from its +Inf bucket.
public final class HistogramCell: MetricCell {
    @usableFromInline let slots = InlineArray<242, Atomic<UInt64>> { _ in Atomic(0) }
    /// Wraps after 584 years of summed durations, which Prometheus reads as a counter reset.
    @usableFromInline let sumNanoseconds = Atomic<UInt64>(0)
    let exemplars = ExemplarSlots()

    public init() {}

    @inlinable
    public func record(nanoseconds: UInt64) {
        let slot = ExponentialScale.slot(nanoseconds: nanoseconds)
        slots[slot].store(slots[slot].load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        sumNanoseconds.store(sumNanoseconds.load(ordering: .relaxed) &+ nanoseconds, ordering: .relaxed)
    }

    /// Also remembers the trace as the newest example of such durations. For sampled requests only: an exemplar
    /// that leads to a trace which was not kept is worse than none.
    public func record(nanoseconds: UInt64, exemplar: Exemplar) {
        record(nanoseconds: nanoseconds)
        exemplars.write(
            exemplar, nanoseconds: nanoseconds, slot: ExponentialScale.slot(nanoseconds: nanoseconds))
    }

    /// Observations longer than the last bucket.
    var overrange: UInt64 { slots[ExponentialScale.overrangeSlot].load(ordering: .relaxed) }

    /// Adds this shard to what a scrape shows for the series.
    func add(to snapshot: inout HistogramSnapshot) {
        for slot in 0..<ExponentialScale.slotCount {
            snapshot.slots[slot] &+= slots[slot].load(ordering: .relaxed)
        }
        snapshot.sumNanoseconds &+= sumNanoseconds.load(ordering: .relaxed)
        exemplars.add(to: &snapshot)
    }
}

/// One series' histogram summed over its shards; reused from series to series of a scrape.
struct HistogramSnapshot {
    var slots = [UInt64](repeating: 0, count: ExponentialScale.slotCount)
    var sumNanoseconds: UInt64 = 0
    /// The newest of each classic bucket.
    var exemplars = [RecordedExemplar?](repeating: nil, count: ClassicBuckets.count)

    mutating func collect(_ series: Series<HistogramCell>) {
        for slot in slots.indices { slots[slot] = 0 }
        for bucket in exemplars.indices { exemplars[bucket] = nil }
        sumNanoseconds = 0
        for shard in series.shards { shard.cell.add(to: &self) }
    }

    var count: UInt64 { slots.reduce(0, &+) }
}
