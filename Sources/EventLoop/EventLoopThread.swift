import Glibc

/// A thread that runs one loop.
public struct EventLoopThread: Sendable {
    public let loop: EventLoop
    private let thread: pthread_t

    /// - Throws: `SystemError` when no thread can be made.
    public init(running loop: EventLoop) throws(SystemError) {
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

    /// Waits until the loop has stopped.
    public func join() { pthread_join(thread, nil) }
}
