import EventLoop

/// Whose turn it is to shake hands: so many do at once, and the others wait in the order in which they came. A burst of
/// clients, as after a restart, is served one after the other and not turned away. Belongs to its loop.
final class HandshakeQueue {
    private var running = 0
    private var line: [Place] = []
    /// Of `line`, the first that has not been called.
    private var first = 0
    private var waitingCount = 0

    private final class Place {
        /// nil once it has been called or has given up.
        var waiter: Waiter?
        var isCalled = false

        init(_ waiter: Waiter) { self.waiter = waiter }
    }

    /// Suspends until it is the caller's turn, who then calls `leave` at the end.
    /// - Parameters:
    ///   - waiter: the caller's own, which other things may wake too.
    ///   - isAbandoned: asked whenever `waiter` wakes; true gives the place up.
    /// - Returns: false when no turn came in time, or too many wait already.
    func enter(_ waiter: Waiter, until deadline: MonotonicTime, isAbandoned: () -> Bool) async -> Bool {
        if running < Limits.handshakesMax {
            running += 1
            return true
        }
        guard waitingCount < Limits.handshakesWaitingMax else { return false }
        let place = Place(waiter)
        line.append(place)
        waitingCount += 1
        while !place.isCalled {
            let isLate = await waiter.wait(until: deadline) == .deadline
            guard isLate || isAbandoned(), !place.isCalled else { continue }
            place.waiter = nil
            waitingCount -= 1
            return false
        }
        return true
    }

    /// Ends a turn, and begins that of the one who has waited longest.
    func leave() {
        running -= 1
        while running < Limits.handshakesMax, first < line.count {
            let place = line[first]
            first += 1
            guard let waiter = place.waiter else { continue }
            place.waiter = nil
            place.isCalled = true
            waitingCount -= 1
            running += 1
            waiter.wake()
        }
        // Cheap on the whole: each removal moves no more places than have been called since the last one.
        if first * 2 > line.count {
            line.removeFirst(first)
            first = 0
        }
    }
}
