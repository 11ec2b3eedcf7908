import Glibc

/// A thread for blocking work.
@safe
final class WorkThread: Sendable {
    private let thread: pthread_t

    private final class Body {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// - Parameter name: what the thread is for, in the words of an error message.
    init(name: String, _ run: @escaping @Sendable () -> Void) throws(LogError) {
        var thread = pthread_t()
        let body = unsafe Unmanaged.passRetained(Body(run))
        let code = unsafe pthread_create(
            &thread, nil,
            { context in
                unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            unsafe body.release()
            throw LogError("start a thread for", name, code: code)
        }
        self.thread = thread
    }

    func join() { pthread_join(thread, nil) }
}
