/// Why a wait ended. An event may be spurious: the woken task tries its system calls again.
package enum Wake: Sendable { case event, deadline }

/// Where one task sleeps until a descriptor it watches is ready, a deadline passes, or somebody wakes it.
///
/// Any number of descriptors may name the same waiter, so that one linear task can watch both legs of an exchange.
/// A wake-up that comes while nobody sleeps is kept for the next `wait`. Belongs to its loop's thread.
///
/// The timer is lazy: moving a deadline further away costs one store, because a timer that fires too early is put
/// back. A request therefore pays nothing for its time limits.
@safe
package final class Waiter {
    package unowned let loop: EventLoop
    private var continuation: UnsafeContinuation<Void, Never>?
    private var parked: ((Wake) -> Void)?
    private var isSignalled = false
    private var deadline: MonotonicTime?
    private var timer: TimerID?
    private var timerDeadline = MonotonicTime(nanoseconds: .max)

    package init(loop: EventLoop) { self.loop = loop }

    package func wake() { resume(.event) }

    private func resume(_ wake: Wake) {
        if let sleeping = unsafe continuation {
            unsafe continuation = nil
            unsafe sleeping.resume()
        } else if let parked {
            self.parked = nil
            deadline = nil
            parked(wake)
        } else {
            isSignalled = true
        }
    }

    /// Suspends until `wake`, a ready descriptor or `deadline`. Precondition: no other task waits here.
    package func wait(until deadline: MonotonicTime? = nil) async -> Wake {
        if isSignalled {
            isSignalled = false
            return .event
        }
        if let deadline {
            if deadline <= loop.now { return .deadline }
            arm(deadline)
        }
        self.deadline = deadline
        unsafe await withUnsafeContinuation { unsafe continuation = $0 }
        if deadline != nil, self.deadline == nil { return .deadline }
        self.deadline = nil
        isSignalled = false
        return .event
    }

    /// Waits without a task: the loop calls `unparked` once, at `wake`, a ready descriptor or `deadline`, which may be
    /// spurious as with `wait`. A sleeping task keeps the memory of its deepest call (some KiB), a parked waiter a closure.
    /// Precondition: nobody waits here.
    package func park(until deadline: MonotonicTime? = nil, _ unparked: @escaping (Wake) -> Void) {
        if isSignalled {
            isSignalled = false
            return unparked(.event)
        }
        if let deadline {
            if deadline <= loop.now { return unparked(.deadline) }
            arm(deadline)
        }
        self.deadline = deadline
        parked = unparked
    }

    /// Forgets who is parked here; they are not called any more.
    package func unpark() {
        parked = nil
        deadline = nil
    }

    /// Gives the timer back; to be called when the task that waits here is done.
    package func invalidate() {
        guard let timer else { return }
        loop.timers.cancel(timer)
        self.timer = nil
    }

    private func arm(_ deadline: MonotonicTime) {
        if timer != nil, timerDeadline <= deadline { return }
        invalidate()
        timerDeadline = deadline
        timer = loop.timers.schedule(self, at: deadline)
    }

    func timerFired(now: MonotonicTime) {
        timer = nil
        guard let deadline else { return }
        if deadline <= now {
            // An event of the same turn has woken the task: it is told of that, and of the deadline when it waits again.
            guard unsafe continuation != nil || parked != nil else { return }
            self.deadline = nil
            resume(.deadline)
        } else {
            loop.rearm(self, at: deadline)
        }
    }

    func rearm(at deadline: MonotonicTime) { arm(deadline) }
}
