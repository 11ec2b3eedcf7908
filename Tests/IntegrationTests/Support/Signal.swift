import EventLoop

/// Something that one task of a loop tells another, once: "the client has read half of it".
final class Signal {
    private let waiter: Waiter
    private let loop: EventLoop
    private(set) var isGiven = false

    init(loop: EventLoop) {
        self.loop = loop
        waiter = Waiter(loop: loop)
    }

    func give() {
        isGiven = true
        waiter.wake()
    }

    /// One task waits at a time.
    func wait() async throws {
        let deadline = loop.now.advanced(by: RawConnection.patience)
        while !isGiven {
            guard await waiter.wait(until: deadline) == .event else { throw ConnectionError("no signal came") }
        }
    }
}
