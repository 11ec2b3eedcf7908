/// Why a wait ended. An event may be spurious: the woken task tries its system calls again.
public enum Wake: Sendable { case event, deadline }

/// Who goes on at a wake-up without being a task.
public protocol WakeHandler: AnyObject {
    /// Called once for each `Waiter.rest`, among the jobs of the loop.
    func woken(_ wake: Wake)
}

/// Where one task sleeps until a descriptor it watches is ready, a deadline passes, or somebody wakes it.
///
/// Any number of descriptors may name the same waiter, so that one linear task can watch both legs of an exchange.
/// A wake-up that comes while nobody sleeps is kept for the next `wait`. Belongs to its loop's thread.
/// What needs no task rests here instead, and is called (`WakeHandler`).
///
/// The timer is lazy: moving a deadline further away costs one store, because a timer that fires too early is put
/// back. A request therefore pays nothing for its time limits.
@safe
public final class Waiter {
    public unowned let loop: EventLoop
    /// The same for each wake-up, which counts no reference: only what runs on the loop wakes or rests here.
    private let sameLoop: Unmanaged<EventLoop>
    private var continuation: UnsafeContinuation<Void, Never>?
    private var resting: (any WakeHandler)?
    /// What who rests will be called with; nil while nothing has woken it.
    private var due: Wake?
    private var isSignalled = false
    // The loop's `WaiterQueue`'s own: whether it stands there, and who is called behind it.
    fileprivate var isQueued = false
    fileprivate var next: Waiter?
    private var deadline: MonotonicTime?
    private var timer: TimerID?
    private var timerDeadline = MonotonicTime(nanoseconds: .max)

    public init(loop: EventLoop) {
        self.loop = loop
        unsafe sameLoop = Unmanaged.passUnretained(loop)
    }

    public func wake() { resume(.event) }

    private func resume(_ wake: Wake) {
        if let sleeping = unsafe continuation {
            unsafe continuation = nil
            unsafe sleeping.resume()
        } else if resting != nil {
            guard due == nil else { return }
            due = wake
            unsafe sameLoop._withUnsafeGuaranteedRef { $0.enqueue(self) }
        } else {
            isSignalled = true
        }
    }

    /// Suspends until `wake`, a ready descriptor or `deadline`. Precondition: no other task waits here.
    public func wait(until deadline: MonotonicTime? = nil) async -> Wake {
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

    /// Waits without a task: the loop calls `handler` at `wake`, a ready descriptor or `deadline`, which may be spurious as
    /// with `wait`. A sleeping task keeps the memory of its deepest call (some KiB), who rests nothing; and waking a task
    /// costs several times the call. Precondition: nobody waits here.
    /// - Returns: a wake-up that had come already; nobody is called then.
    public func rest(until deadline: MonotonicTime? = nil, _ handler: any WakeHandler) -> Wake? {
        if isSignalled {
            isSignalled = false
            return .event
        }
        if let deadline {
            let now = unsafe sameLoop._withUnsafeGuaranteedRef { $0.now }
            if deadline <= now { return .deadline }
            arm(deadline)
        }
        self.deadline = deadline
        resting = handler
        return nil
    }

    /// Has the loop call `handler` when others have had their turn, whatever happens. Precondition: nobody waits here.
    public func callSoon(_ handler: any WakeHandler) {
        isSignalled = false
        deadline = nil
        resting = handler
        resume(.event)
    }

    /// Forgets who rests here; it is not called any more.
    public func stopResting() {
        resting = nil
        due = nil
        deadline = nil
    }

    func callResting() {
        guard let wake = due.take(), let handler = resting.take() else { return }
        deadline = nil
        handler.woken(wake)
    }

    /// Gives the timer back; to be called when the task that waits here is done.
    public func invalidate() {
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
            guard unsafe continuation != nil || resting != nil && due == nil else { return }
            self.deadline = nil
            resume(.deadline)
        } else {
            loop.rearm(self, at: deadline)
        }
    }

    func rearm(at deadline: MonotonicTime) { arm(deadline) }
}

/// Waiters in the order in which they were woken, each once at most. Linked through themselves, so that one comes
/// and goes with no reference counted but its own.
@safe
struct WaiterQueue: ~Copyable {
    private var first: Waiter?
    /// Kept alive by the one before it, or by `first`; nil where that is nil.
    private var last: Unmanaged<Waiter>?

    var isEmpty: Bool { first == nil }

    deinit {
        // One by one: else each would go inside of the one before, on the thread's stack.
        var next = first
        while let waiter = next {
            next = waiter.next
            waiter.next = nil
        }
    }

    mutating func append(_ waiter: Waiter) {
        // Who stopped resting, and rests again, keeps the place.
        guard !waiter.isQueued else { return }
        waiter.isQueued = true
        if let last = unsafe last {
            unsafe last._withUnsafeGuaranteedRef { $0.next = waiter }
        } else {
            first = waiter
        }
        unsafe last = Unmanaged.passUnretained(waiter)
    }

    mutating func removeFirst() -> Waiter? {
        guard let waiter = first.take() else { return nil }
        waiter.isQueued = false
        swap(&first, &waiter.next)
        if first == nil { unsafe last = nil }
        return waiter
    }
}
