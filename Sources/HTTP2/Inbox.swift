/// What a session has to tell, and the heads that belong to it.
struct Inbox {
    private var events: [HTTP2Event] = []
    private var position = 0
    private var heads: [ReceivedHead] = []
    private var headCount = 0
    private(set) var headBytes = 0

    var isEmpty: Bool { position == events.count }

    mutating func append(_ event: HTTP2Event) { events.append(event) }

    mutating func next() -> HTTP2Event? {
        guard position < events.count else { return nil }
        let event = events[position]
        position += 1
        if position == events.count {
            events.removeAll(keepingCapacity: true)
            position = 0
        }
        return event
    }

    mutating func take(into other: inout [HTTP2Event]) {
        other.removeAll(keepingCapacity: true)
        if position > 0 { events.removeFirst(position) }
        position = 0
        swap(&events, &other)
    }

    /// The heads handed out before are the caller's no more.
    mutating func recycle() {
        headCount = 0
        headBytes = 0
    }

    func isFull(_ limits: HTTP2Limits) -> Bool {
        headCount >= limits.headsPerReceive || headBytes >= limits.headBytesPerReceive
    }

    /// Keeps the section that has come in, for the storage of one that is not needed any more.
    mutating func keep(_ current: inout HeadIntake) -> HeadSlot {
        if headCount == heads.count { heads.append(ReceivedHead()) }
        current.hand(to: &heads[headCount].intake)
        headBytes += current.listBytes
        headCount += 1
        return HeadSlot(index: headCount - 1)
    }

    subscript(slot: HeadSlot) -> ReceivedHead {
        precondition(slot.index < headCount, "a head was read after the receive that brought it")
        return heads[slot.index]
    }

    mutating func releaseMemory() {
        guard isEmpty else { return }
        events = []
        heads = []
        headCount = 0
    }
}
