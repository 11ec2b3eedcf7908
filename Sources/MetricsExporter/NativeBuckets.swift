/// The sparse form of a native histogram's positive buckets: runs of consecutive buckets, and each count as its
/// difference from the one before.
struct NativeBuckets: Equatable {
    struct Span: Equatable {
        /// Native index of the first bucket, or the gap after the span before.
        var offset: Int64
        var length: UInt64
    }

    private(set) var spans: [Span] = []
    private(set) var deltas: [Int64] = []

    /// A gap of up to this many empty buckets costs less as zeros than as a new span.
    private static let bridgedGap = 2

    init(_ snapshot: HistogramSnapshot) {
        var next: Int?
        var previous: UInt64 = 0
        for slot in 1..<ExponentialScale.overrangeSlot {
            let count = Self.count(slot, snapshot)
            if count == 0 { continue }
            let index = slot - ExponentialScale.indexOffset
            if let expected = next, index - expected <= Self.bridgedGap {
                for _ in expected..<index { append(0, &previous) }
            } else {
                spans.append(Span(offset: Int64(index - (next ?? 0)), length: 0))
            }
            append(count, &previous)
            next = index + 1
        }
    }

    /// Observations beyond the last bucket are shown in it.
    private static func count(_ slot: Int, _ snapshot: HistogramSnapshot) -> UInt64 {
        let isLast = slot == ExponentialScale.overrangeSlot - 1
        return snapshot.slots[slot] &+ (isLast ? snapshot.slots[ExponentialScale.overrangeSlot] : 0)
    }

    private mutating func append(_ count: UInt64, _ previous: inout UInt64) {
        spans[spans.count - 1].length += 1
        deltas.append(Int64(bitPattern: count &- previous))
        previous = count
    }
}
