import Bytes

/// The streams of one session by slot. They stand in the table itself: what a frame does to its stream costs no more than if it did
/// it to the session. (As objects they were counted by reference, and checked for overlapping accesses, a dozen times per
/// request.)
///
/// Precondition of everything that takes a slot: `acquire` has given it.
struct StreamTable: ~Copyable {
    private var streams = OwnedArray<HTTP2Stream>()
    private var free: [Int32] = []
    /// Streams that are open on the wire.
    var openCount = 0

    var usedCount: Int { streams.count - free.count }
    var slots: Range<Int32> { 0..<Int32(streams.count) }

    subscript(slot: Int32) -> HTTP2Stream {
        @inline(__always) _read { yield streams[Int(slot)] }
        @inline(__always) _modify { yield &streams[Int(slot)] }
    }

    /// Whether the stream is there still that the handle was made for.
    func holds(_ handle: StreamHandle) -> Bool {
        guard slots.contains(handle.slot) else { return false }
        return self[handle.slot].isInUse && self[handle.slot].id == handle.id
    }

    mutating func acquire(id: Int32, now: UInt64) -> Int32 {
        let slot = free.popLast() ?? add()
        self[slot].begin(id: id, now: now)
        openCount += 1
        return slot
    }

    private mutating func add() -> Int32 {
        streams.append(HTTP2Stream())
        return Int32(streams.count - 1)
    }

    /// Precondition: closed, and nobody holds it.
    mutating func release(_ slot: Int32, keeping keptBytes: Int) {
        self[slot].end(keeping: keptBytes)
        free.append(slot)
    }

    /// Gives memory back while nothing is in use.
    mutating func releaseMemory() {
        guard usedCount == 0 else { return }
        streams = OwnedArray()
        free = []
    }
}
