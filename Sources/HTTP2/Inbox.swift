import Bytes
import HTTP

/// One head or trailer section as it comes in; reused.
final class ReceivedHead {
    enum Section { case request, response, trailers }

    var section = Section.request
    var request = RequestHead()
    var response = ResponseHead()
    var trailers = TrailerSection()
    /// Fields and list size so far, counted before anything is stored.
    var fieldCount = 0
    var listBytes = 0
    var fault: HTTPError?

    func begin(_ section: Section) {
        self.section = section
        fieldCount = 0
        listBytes = 0
        fault = nil
        switch section {
        case .request: request.beginSection()
        case .response: response.beginSection()
        case .trailers: trailers.beginSection()
        }
    }

    func take(_ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool, limits: HTTPLimits) {
        guard fault == nil else { return }
        switch section {
        case .request: fault = request.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits)
        case .response: fault = response.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits)
        case .trailers: fault = trailers.take(name, value, isNeverIndexed: isNeverIndexed, limits: limits)
        }
    }
}

/// What a session has to tell, and the heads that belong to it.
struct Inbox {
    private var events: [HTTP2Event] = []
    private var position = 0
    private var heads: [ReceivedHead] = []
    private var headCount = 0
    private(set) var headBytes = 0
    /// The section that is coming in; a connection has one at a time (RFC 9113 §6.10).
    private(set) var current = ReceivedHead()
    var currentSlot: Int32 = -1

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

    /// The heads handed out before are the caller's no more.
    mutating func recycle() {
        headCount = 0
        headBytes = 0
    }

    func isFull(_ limits: HTTP2Limits) -> Bool {
        headCount >= limits.headsPerReceive || headBytes >= limits.headBytesPerReceive
    }

    /// Keeps the section that has come in, and starts with another box.
    mutating func keepCurrent() -> HeadSlot {
        if headCount == heads.count { heads.append(ReceivedHead()) }
        swap(&heads[headCount], &current)
        headBytes += heads[headCount].listBytes
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
