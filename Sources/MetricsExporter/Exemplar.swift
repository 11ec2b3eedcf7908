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

/// The newest exemplar of each classic bucket of one cell: one writer, the cell's loop, and any number of readers.
///
/// Each slot is a sequence lock. The writer makes the sequence odd, writes, and makes it even again; a reader that
/// meets an odd or a changed sequence reads again. The words themselves are atomics, so a torn read is a value that is
/// thrown away, never a data race; the fences order them against the sequence. The writer never waits.
final class ExemplarSlots: Sendable {
    private struct Slot: ~Copyable {
        let sequence = Atomic<UInt64>(0)
        let traceIDHigh = Atomic<UInt64>(0)
        let traceIDLow = Atomic<UInt64>(0)
        let spanID = Atomic<UInt64>(0)
        let unixNanoseconds = Atomic<UInt64>(0)
        let nanoseconds = Atomic<UInt64>(0)
    }

    private let slots = InlineArray<32, Slot> { _ in Slot() }

    func write(_ exemplar: Exemplar, nanoseconds: UInt64, bucket: Int) {
        let before = slots[bucket].sequence.load(ordering: .relaxed)
        slots[bucket].sequence.store(before &+ 1, ordering: .relaxed)
        atomicMemoryFence(ordering: .releasing)
        slots[bucket].traceIDHigh.store(exemplar.traceIDHigh, ordering: .relaxed)
        slots[bucket].traceIDLow.store(exemplar.traceIDLow, ordering: .relaxed)
        slots[bucket].spanID.store(exemplar.spanID, ordering: .relaxed)
        slots[bucket].unixNanoseconds.store(exemplar.unixNanoseconds, ordering: .relaxed)
        slots[bucket].nanoseconds.store(nanoseconds, ordering: .relaxed)
        slots[bucket].sequence.store(before &+ 2, ordering: .releasing)
    }

    /// Nil when nothing was written yet, or when every reading met a write.
    func read(bucket: Int) -> RecordedExemplar? {
        for _ in 0..<Limits.exemplarReads {
            let before = slots[bucket].sequence.load(ordering: .acquiring)
            if before == 0 { return nil }
            let found = RecordedExemplar(
                exemplar: Exemplar(
                    traceIDHigh: slots[bucket].traceIDHigh.load(ordering: .relaxed),
                    traceIDLow: slots[bucket].traceIDLow.load(ordering: .relaxed),
                    spanID: slots[bucket].spanID.load(ordering: .relaxed),
                    unixNanoseconds: slots[bucket].unixNanoseconds.load(ordering: .relaxed)),
                nanoseconds: slots[bucket].nanoseconds.load(ordering: .relaxed))
            atomicMemoryFence(ordering: .acquiring)
            let after = slots[bucket].sequence.load(ordering: .relaxed)
            if before == after && before & 1 == 0 { return found }
        }
        return nil
    }

    func add(to snapshot: inout HistogramSnapshot) {
        for bucket in 0..<ClassicBuckets.count {
            guard let found = read(bucket: bucket) else { continue }
            let known = snapshot.exemplars[bucket]?.exemplar.unixNanoseconds
            if known.map({ $0 < found.exemplar.unixNanoseconds }) ?? true { snapshot.exemplars[bucket] = found }
        }
    }
}
