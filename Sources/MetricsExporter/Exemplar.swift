import Synchronization

/// The trace that an observation belongs to.
public struct Exemplar: Sendable, Hashable {
    public var traceIDHigh: UInt64
    public var traceIDLow: UInt64
    public var spanID: UInt64
    /// When it was observed; nanoseconds since 1970.
    public var unixNanoseconds: UInt64

    public init(traceIDHigh: UInt64, traceIDLow: UInt64, spanID: UInt64, unixNanoseconds: UInt64) {
        self.traceIDHigh = traceIDHigh
        self.traceIDLow = traceIDLow
        self.spanID = spanID
        self.unixNanoseconds = unixNanoseconds
    }
}

/// An exemplar with the observation that it explains.
struct RecordedExemplar: Equatable {
    var exemplar: Exemplar
    var nanoseconds: UInt64
}

/// The newest exemplars of one cell, one for each range of durations: one writer, the cell's loop, and any number of
/// readers. A range is an octave, the shortest and the longest apart, and so one or two classic buckets: enough to
/// pick a slow request from, and 624 bytes instead of 1.5 KiB in every cell.
///
/// Each slot is a sequence lock. The writer makes the sequence odd, writes, and makes it even again; a reader that
/// meets an odd or a changed sequence reads again. The words themselves are atomics, so a torn read is a value that is
/// thrown away, never a data race; the fences order them against the sequence. The writer never waits.
struct ExemplarSlots: ~Copyable, Sendable {
    private struct Slot: ~Copyable {
        let sequence = Atomic<UInt64>(0)
        let traceIDHigh = Atomic<UInt64>(0)
        let traceIDLow = Atomic<UInt64>(0)
        let spanID = Atomic<UInt64>(0)
        let unixNanoseconds = Atomic<UInt64>(0)
        let nanoseconds = Atomic<UInt64>(0)
    }

    /// Up to 2^-9 s, the eleven octaves up to 2^2 s, and longer.
    static let count = 13

    private let slots = InlineArray<13, Slot> { _ in Slot() }

    func write(_ exemplar: Exemplar, nanoseconds: UInt64, slot: Int) {
        let position = Self.position(slot: slot)
        let before = slots[position].sequence.load(ordering: .relaxed)
        slots[position].sequence.store(before &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        slots[position].traceIDHigh.store(exemplar.traceIDHigh, ordering: .relaxed)
        slots[position].traceIDLow.store(exemplar.traceIDLow, ordering: .relaxed)
        slots[position].spanID.store(exemplar.spanID, ordering: .relaxed)
        slots[position].unixNanoseconds.store(exemplar.unixNanoseconds, ordering: .relaxed)
        slots[position].nanoseconds.store(nanoseconds, ordering: .relaxed)
        slots[position].sequence.store(before &+ 2, ordering: .releasing)
    }

    /// Nil when nothing was written yet, or when every reading met a write.
    func read(_ position: Int) -> RecordedExemplar? {
        for _ in 0..<Limits.exemplarReads {
            let before = slots[position].sequence.load(ordering: .acquiring)
            if before == 0 { return nil }
            let found = RecordedExemplar(
                exemplar: Exemplar(
                    traceIDHigh: slots[position].traceIDHigh.load(ordering: .relaxed),
                    traceIDLow: slots[position].traceIDLow.load(ordering: .relaxed),
                    spanID: slots[position].spanID.load(ordering: .relaxed),
                    unixNanoseconds: slots[position].unixNanoseconds.load(ordering: .relaxed)),
                nanoseconds: slots[position].nanoseconds.load(ordering: .relaxed))
            atomicMemoryFence(ordering: .acquiring)
            let after = slots[position].sequence.load(ordering: .relaxed)
            if before == after && before & 1 == 0 { return found }
        }
        return nil
    }

    /// Shows each exemplar in the classic bucket of its duration, the newest where several meet.
    func add(to snapshot: inout HistogramSnapshot) {
        for position in 0..<Self.count {
            guard let found = read(position) else { continue }
            let bucket = ClassicBuckets.position(slot: ExponentialScale.slot(nanoseconds: found.nanoseconds))
            let known = snapshot.exemplars[bucket]?.exemplar.unixNanoseconds
            if known.map({ $0 < found.exemplar.unixNanoseconds }) ?? true { snapshot.exemplars[bucket] = found }
        }
    }

    /// The range in which a histogram slot's durations lie. An octave is eight slots.
    static func position(slot: Int) -> Int {
        let octavesFromFirst = (slot - ExponentialScale.indexOffset + 72 + 7) >> 3
        return max(0, min(octavesFromFirst, count - 1))
    }
}
