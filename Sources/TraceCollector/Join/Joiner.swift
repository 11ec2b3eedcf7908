/// Collects spans into traces until each trace is complete or has waited long enough.
///
/// A trace is complete when its root was seen, every parent is there, and no span came for `JoinerLimits.idle`; it is
/// released then, or at `JoinerLimits.age` in any state. What is released does not depend on the order of arrival:
/// duplicates are kept until the store settles them by content. Time comes in as nanoseconds of any clock that
/// never goes back.
package struct Joiner {
    private struct LiveTrace {
        var trace: JoinedTrace
        var firstSeen: UInt64
        var lastSeen: UInt64
    }

    private let limits: JoinerLimits
    private var table = PairTable(initialCapacity: 1024)
    private var slots: [LiveTrace] = []
    private var freeSlots: [Int] = []
    /// All live traces, oldest first.
    private var byAge = SlotList()
    /// Traces that got a span since they were last judged, quietest first.
    private var byActivity = SlotList()
    private var released: [JoinedTrace] = []
    /// The slot of the span before: senders' batches often hold several spans of a trace in a row.
    private var latest: (key: TraceKey, slot: Int)?
    package private(set) var liveSpans = 0
    package private(set) var liveBytes = 0

    package init(limits: JoinerLimits = JoinerLimits()) { self.limits = limits }

    package var liveTraces: Int { table.count }

    /// - Parameter segment: number of the log segment that holds this span.
    @inline(__always)
    package mutating func insert(
        _ record: SpanRecord, origin: SpanOrigin, _ bytes: Span<UInt8>, segment: UInt64, now: UInt64
    ) {
        let slot = slot(of: record.trace, segment: segment, now: now)
        let before = slots[slot].trace.arena.count
        slots[slot].trace.append(record, origin: origin, bytes)
        let added = slots[slot].trace.arena.count - before + MemoryLayout<LiveSpan>.stride
        liveSpans += 1
        liveBytes += added
        if slots[slot].lastSeen != now || slots[slot].trace.spans.count == 1 { touch(slot, now: now) }
        if slots[slot].trace.spans.count >= limits.spansPerTrace
            || slots[slot].trace.arena.count >= limits.bytesPerTrace
        {
            release(slot)
        } else {
            releaseExcess()
        }
    }

    /// Releases what is due at `now`.
    package mutating func advance(to now: UInt64) {
        while let slot = byActivity.first, slots[slot].lastSeen &+ limits.idle <= now {
            byActivity.remove(slot)
            if TraceCompleteness.isComplete(slots[slot].trace.spans) { release(slot) }
        }
        while let slot = byAge.first, slots[slot].firstSeen &+ limits.age <= now { release(slot) }
    }

    /// Releases everything, for shutdown.
    package mutating func releaseAll() {
        while let slot = byAge.first { release(slot) }
    }

    /// What was released since the last call.
    package mutating func takeReleased() -> [JoinedTrace] {
        defer { released = [] }
        return released
    }

    /// A copy of what is known of a live trace.
    package func liveTrace(_ key: TraceKey) -> JoinedTrace? {
        table.value(key.high, key.low).map { slots[$0].trace }
    }

    /// The oldest log segment that a live trace still needs.
    package var oldestSegment: UInt64? {
        // Segments are numbered in order of time, so the oldest trace has the lowest number.
        byAge.first.map { slots[$0].trace.firstSegment }
    }

    @inline(__always)
    private mutating func slot(of key: TraceKey, segment: UInt64, now: UInt64) -> Int {
        if let latest, latest.key == key { return latest.slot }
        let slot = table.value(key.high, key.low) ?? admit(key, segment: segment, now: now)
        latest = (key, slot)
        return slot
    }

    private mutating func admit(_ key: TraceKey, segment: UInt64, now: UInt64) -> Int {
        let live = LiveTrace(trace: JoinedTrace(key: key, firstSegment: segment), firstSeen: now, lastSeen: now)
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            slots[slot] = live
        } else {
            slot = slots.count
            slots.append(live)
        }
        slots[slot].trace.arena.reserveCapacity(Self.firstArenaCapacity)
        slots[slot].trace.spans.reserveCapacity(Self.firstSpanCapacity)
        table.set(key.high, key.low, slot)
        byAge.append(slot)
        liveBytes += JoinedTrace.overhead
        return slot
    }

    private mutating func touch(_ slot: Int, now: UInt64) {
        slots[slot].lastSeen = now
        byActivity.remove(slot)
        byActivity.append(slot)
    }

    private mutating func releaseExcess() {
        while table.count > limits.traces || liveSpans > limits.spans || liveBytes > limits.bytes {
            guard let oldest = byAge.first else { return }
            release(oldest)
        }
    }

    private mutating func release(_ slot: Int) {
        byAge.remove(slot)
        byActivity.remove(slot)
        let emptied = LiveTrace(
            trace: JoinedTrace(key: TraceKey(high: 0, low: 0), firstSegment: 0), firstSeen: 0, lastSeen: 0)
        var trace = emptied
        swap(&trace, &slots[slot])
        trace.trace.isComplete = TraceCompleteness.isComplete(trace.trace.spans)
        table.remove(trace.trace.key.high, trace.trace.key.low)
        freeSlots.append(slot)
        latest = nil
        liveSpans -= trace.trace.spans.count
        liveBytes -= trace.trace.byteCount
        released.append(trace.trace)
    }

    /// Room for a small trace at once; bytes and spans.
    private static let firstArenaCapacity = 2048
    private static let firstSpanCapacity = 8
}
