import EventLoop

/// Something that one task of a loop tells others, once: "the client has read half of it".
final class Signal {
    private let loop: EventLoop
    private var waiters: [Waiter] = []
    private(set) var isGiven = false

    init(loop: EventLoop) { self.loop = loop }

    func give() {
        isGiven = true
        for waiter in waiters { waiter.wake() }
    }

    func wait() async throws {
        let waiter = Waiter(loop: loop)
        waiters.append(waiter)
        defer { waiter.invalidate() }
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while !isGiven {
            guard await waiter.wait(until: deadline) == .event else { throw ConnectionError("no signal came") }
        }
    }
}
