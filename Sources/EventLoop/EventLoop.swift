import CLinux
import Glibc
public import Synchronization

/// One thread's loop over epoll that runs Swift tasks: the executor of the data path (design.md §4.1).
///
/// A task whose executor preference is this loop never leaves its thread: what it awaits is resumed here, so what the
/// loop owns needs no lock. Readiness is edge-triggered; a task tries its system call first and sleeps on a `Waiter`
/// only when the kernel says it would block.
public final class EventLoop: TaskExecutor, @unchecked Sendable {
    // Sendable because everything but `mailbox` and the atomics is touched by the loop's own thread alone, which `preconditionInLoop`
    // checks at the entries.

    public let index: Int
    private let poll: Poll
    private let mailbox: Mutex<Mailbox>
    /// Cumulative nanoseconds spent outside of the poll, and the longest single turn since it was last read; written
    /// by the loop, read by whoever renders metrics.
    public let busyNanoseconds = Atomic<UInt64>(0)
    public let turnNanosecondsMax = Atomic<UInt64>(0)

    var timers: TimerWheel<Waiter>
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var woken = WaiterQueue()
    private var expired: [Waiter] = []
    private var lastWork: [() -> Void] = []
    private var isStopped = false
    private var members: [ObjectIdentifier: Waiter] = [:]
    // Atomic because every request reads them often from other modules: a plain property would be checked for overlapping
    // accesses each time.
    @usableFromInline let drainHasBegun = Atomic<Bool>(false)
    @usableFromInline let pollEndNanoseconds: Atomic<UInt64>

    /// True from `drain()` on: connections finish what they have begun and take nothing new.
    @inlinable public var isDraining: Bool { drainHasBegun.load(ordering: .relaxed) }
    /// The clock as read after the last poll.
    @inlinable public var now: MonotonicTime {
        MonotonicTime(nanoseconds: pollEndNanoseconds.load(ordering: .relaxed))
    }

    /// - Throws: `SystemError` when the kernel refuses an epoll instance or an eventfd.
    public init(index: Int = 0) throws(SystemError) {
        self.index = index
        poll = try Poll()
        let start = MonotonicTime.now()
        pollEndNanoseconds = Atomic(start.nanoseconds)
        timers = TimerWheel(now: start)
        mailbox = Mutex(Mailbox())
    }

    // MARK: Entering

    public var isCurrent: Bool {
        unsafe martlet_current_loop() == UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque())
    }

    public func preconditionInLoop() { precondition(isCurrent, "loop-owned state touched from another thread") }

    public nonisolated func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            ready.append(job)
        } else {
            post { $0.jobs.append(job) }
        }
    }

    /// Runs `body` on the loop soon. - Returns: false when the mailbox is full and `body` was refused.
    @discardableResult
    public func submit(_ body: @escaping @Sendable () -> Void) -> Bool {
        var accepted = true
        post {
            accepted = $0.closures.count < Limits.mailboxClosuresMax
            if accepted { $0.closures.append(body) }
        }
        return accepted
    }

    /// Starts a task that lives on this loop.
    @discardableResult
    public func spawn(_ body: sending @escaping @isolated(any) () async -> Void) -> Task<Void, Never> {
        Task(executorPreference: self, operation: body)
    }

    private func post(_ deliver: (inout sending Mailbox) -> Void) {
        let needsWakeUp = mailbox.withLock { box in
            deliver(&box)
            defer { box.isSignalled = true }
            return !box.isSignalled
        }
        if needsWakeUp { poll.wakeUp() }
    }

    // MARK: Running

    /// Runs until `stop()`; the calling thread becomes the loop's thread.
    public func run() {
        unsafe martlet_set_current_loop(UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()))
        defer { martlet_set_current_loop(nil) }
        while !isStopped {
            runJobs()
            runLastWork()
            let turnEnd = MonotonicTime.now()
            noteTurn(until: turnEnd)
            poll.wait(timeoutNanoseconds: pollTimeout(from: turnEnd))
            pollEndNanoseconds.store(MonotonicTime.now().nanoseconds, ordering: .relaxed)
            poll.dispatch()
            fireTimers()
            if poll.wasWokenUp { takeMail() }
        }
    }

    /// Ends `run()` after the jobs that are ready now. May be called from any thread.
    public func stop() { submit { self.isStopped = true } }

    private func pollTimeout(from now: MonotonicTime) -> UInt64? {
        guard ready.isEmpty, woken.isEmpty, lastWork.isEmpty else { return 0 }
        return timers.nextWork.map { $0.nanoseconds(since: now) }
    }

    /// Runs what is ready, and once more what became ready by that: what a connection's bytes have woken is done, and leaves,
    /// with this turn. The rest waits for the next, so that a task that only yields lets sockets and timers have theirs.
    private func runJobs() {
        for _ in 0..<2 {
            swap(&ready, &running)
            for job in running { unsafe job.runSynchronously(on: asUnownedTaskExecutor()) }
            running.removeAll(keepingCapacity: true)
            var calling = WaiterQueue()
            swap(&woken, &calling)
            while let waiter = calling.removeFirst() { waiter.callResting() }
        }
    }

    /// Has the one that rests at `waiter` called.
    func enqueue(_ waiter: Waiter) { woken.append(waiter) }

    /// Has `work` run once when the jobs of this turn have, before the loop sleeps: for what gathers as long as jobs add to
    /// it, such as writes to one connection.
    public func atTurnEnd(_ work: @escaping () -> Void) { lastWork.append(work) }

    private func runLastWork() {
        guard !lastWork.isEmpty else { return }
        var work: [() -> Void] = []
        swap(&lastWork, &work)
        for item in work { item() }
        // What it has asked for in turn belongs to the next turn, which must come without sleep.
        if lastWork.isEmpty {
            work.removeAll(keepingCapacity: true)
            swap(&lastWork, &work)
        }
    }

    private func noteTurn(until turnEnd: MonotonicTime) {
        let turn = turnEnd.nanoseconds(since: now)
        busyNanoseconds.store(busyNanoseconds.load(ordering: .relaxed) &+ turn, ordering: .relaxed)
        if turn > turnNanosecondsMax.load(ordering: .relaxed) { turnNanosecondsMax.store(turn, ordering: .relaxed) }
    }

    private func takeMail() {
        poll.clearWakeUp()
        let mail = mailbox.withLock { box in
            let taken = box
            box = Mailbox()
            return taken
        }
        ready.append(contentsOf: mail.jobs)
        for closure in mail.closures { closure() }
    }

    private func fireTimers() {
        timers.advance(to: now) { expired.append($0) }
        for waiter in expired { waiter.timerFired(now: now) }
        expired.removeAll(keepingCapacity: true)
    }

    func rearm(_ waiter: Waiter, at deadline: MonotonicTime) { waiter.rearm(at: deadline) }

    // MARK: Descriptors and members

    /// - Returns: the epoll instance, for `Poll.remove`.
    func register(_ descriptor: Descriptor) throws(SystemError) -> Int32 { try poll.add(descriptor) }

    /// Has `waiter` woken when draining begins, until `leave`.
    public func join(_ waiter: Waiter) { members[ObjectIdentifier(waiter)] = waiter }
    public func leave(_ waiter: Waiter) { members[ObjectIdentifier(waiter)] = nil }
    /// Tasks that have joined: open connections and listeners.
    public var memberCount: Int { members.count }

    /// Tells every member that draining has begun.
    public func drain() {
        preconditionInLoop()
        drainHasBegun.store(true, ordering: .relaxed)
        for waiter in members.values { waiter.wake() }
    }

    /// Suspends the calling task for at least `duration`.
    public func sleep(for duration: Duration) async {
        let waiter = Waiter(loop: self)
        let deadline = now.advanced(by: duration)
        while await waiter.wait(until: deadline) == .event {}
    }
}

/// What other threads have sent to a loop; the only state that is shared.
private struct Mailbox: Sendable {
    var jobs: [UnownedJob] = []
    var closures: [@Sendable () -> Void] = []
    var isSignalled = false
}
