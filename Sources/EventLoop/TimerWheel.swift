/// Names one scheduled timer; stale after it fired or was cancelled, and then harmless.
public struct TimerID: Equatable, Sendable {
    fileprivate let slot: Int32
    fileprivate let generation: UInt32
}

/// A hierarchical timing wheel (Varghese and Lauck 1987): four levels of 64 buckets, a tick of 2^20 ns (1.05 ms),
/// so 4.9 hours ahead; a later deadline waits in the last bucket and is placed again when that comes round.
///
/// Scheduling and cancelling are O(1) and allocate nothing once the slab has grown. Timers fire at the first
/// `advance` at or after their deadline, never before, in no promised order within a tick. No clock, no I/O.
public struct TimerWheel<Payload> {
    private struct Entry {
        var payload: Payload?
        var deadlineTick: UInt64
        var generation: UInt32
        var bucket: Int16
        var previous: Int32
        var next: Int32
    }

    private static var levels: Int { 4 }
    private static var tickShift: UInt64 { 20 }
    private static var none: Int32 { -1 }

    private var entries: [Entry] = []
    private var free: Int32 = -1
    private var heads = [Int32](repeating: -1, count: 4 * 64)
    private var occupied: [UInt64] = [0, 0, 0, 0]
    private var currentTick: UInt64
    public private(set) var count = 0

    public init(now: MonotonicTime) { currentTick = now.nanoseconds >> Self.tickShift }

    /// Schedules `payload` for the first tick that begins at or after `deadline`.
    public mutating func schedule(_ payload: Payload, at deadline: MonotonicTime) -> TimerID {
        let tick = (deadline.nanoseconds &+ (1 << Self.tickShift) - 1) >> Self.tickShift
        let slot = takeSlot()
        entries[Int(slot)].payload = payload
        entries[Int(slot)].deadlineTick = max(tick, currentTick + 1)
        link(slot)
        count += 1
        return TimerID(slot: slot, generation: entries[Int(slot)].generation)
    }

    /// - Returns: the payload, or nil when the timer has fired or been cancelled before.
    @discardableResult
    public mutating func cancel(_ id: TimerID) -> Payload? {
        guard entries[Int(id.slot)].generation == id.generation, entries[Int(id.slot)].payload != nil else {
            return nil
        }
        unlink(id.slot)
        return release(id.slot)
    }

    /// Moves time to `now` and hands every due payload to `fire`, which must not touch the wheel.
    public mutating func advance(to now: MonotonicTime, fire: (Payload) -> Void) {
        let target = now.nanoseconds >> Self.tickShift
        guard count > 0 else {
            currentTick = max(currentTick, target)
            return
        }
        while currentTick < target {
            let step = ticksToNextWork()
            if currentTick + step > target {
                currentTick = target
                return
            }
            currentTick += step
            cascade()
            fireBucket(Int(currentTick & 63), fire)
            if count == 0 { currentTick = max(currentTick, target) }
        }
    }

    /// When the next `advance` may have something to do: never later than the earliest deadline; nil when empty.
    public var nextWork: MonotonicTime? {
        count == 0 ? nil : MonotonicTime(nanoseconds: (currentTick + ticksToNextWork()) << Self.tickShift)
    }

    // MARK: Buckets

    /// Ticks until a level-0 bucket is due or a higher level has to be taken apart (at a multiple of 64).
    private func ticksToNextWork() -> UInt64 {
        let position = currentTick & 63
        let ahead = position == 63 ? 0 : occupied[0] >> (position + 1)
        let toBoundary = 64 - position
        return ahead == 0 ? toBoundary : min(UInt64(ahead.trailingZeroBitCount) + 1, toBoundary)
    }

    private mutating func cascade() {
        var level = 1
        while level < Self.levels, currentTick & ((1 << UInt64(6 * level)) - 1) == 0 {
            let index = Int((currentTick >> UInt64(6 * level)) & 63)
            var slot = heads[level * 64 + index]
            heads[level * 64 + index] = Self.none
            occupied[level] &= ~(1 << UInt64(index))
            while slot != Self.none {
                let next = entries[Int(slot)].next
                link(slot)
                slot = next
            }
            level += 1
        }
    }

    private mutating func fireBucket(_ index: Int, _ fire: (Payload) -> Void) {
        while heads[index] != Self.none {
            let slot = heads[index]
            unlink(slot)
            if entries[Int(slot)].deadlineTick > currentTick {
                link(slot)
            } else if let payload = release(slot) {
                fire(payload)
            }
        }
    }

    /// The level is the first whose span covers the distance; beyond the last level the farthest bucket is used.
    private mutating func link(_ slot: Int32) {
        let deadline = entries[Int(slot)].deadlineTick
        let reach: UInt64 = (1 << 24) - 1
        let tick = max(min(deadline, currentTick + reach), currentTick)
        let distance = tick - currentTick
        let level = distance < 64 ? 0 : distance < 4096 ? 1 : distance < 262_144 ? 2 : 3
        let index = Int((tick >> UInt64(6 * level)) & 63)
        let bucket = level * 64 + index
        entries[Int(slot)].bucket = Int16(bucket)
        entries[Int(slot)].previous = Self.none
        entries[Int(slot)].next = heads[bucket]
        if heads[bucket] != Self.none { entries[Int(heads[bucket])].previous = slot }
        heads[bucket] = slot
        occupied[level] |= 1 << UInt64(index)
    }

    private mutating func unlink(_ slot: Int32) {
        let entry = entries[Int(slot)]
        let bucket = Int(entry.bucket)
        if entry.previous == Self.none {
            heads[bucket] = entry.next
            if entry.next == Self.none { occupied[bucket / 64] &= ~(1 << UInt64(bucket % 64)) }
        } else {
            entries[Int(entry.previous)].next = entry.next
        }
        if entry.next != Self.none { entries[Int(entry.next)].previous = entry.previous }
    }

    // MARK: Slab

    private mutating func takeSlot() -> Int32 {
        if free != Self.none {
            let slot = free
            free = entries[Int(slot)].next
            return slot
        }
        entries.append(
            Entry(payload: nil, deadlineTick: 0, generation: 0, bucket: 0, previous: Self.none, next: Self.none))
        return Int32(entries.count - 1)
    }

    private mutating func release(_ slot: Int32) -> Payload? {
        let payload = entries[Int(slot)].payload
        entries[Int(slot)].payload = nil
        entries[Int(slot)].generation &+= 1
        entries[Int(slot)].next = free
        free = slot
        count -= 1
        return payload
    }
}
