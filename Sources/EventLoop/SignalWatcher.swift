import Bytes
import CLinux
import Glibc

/// Signals as values: they are blocked in every thread and read from a descriptor of one loop.
public final class SignalWatcher {
    private let descriptor: Descriptor
    private let waiter: Waiter
    private var buffer = ByteBuffer(capacity: 256)

    /// Blocks `signals` for this thread and the threads it starts later, so call it before any thread is made.
    public static func block(_ signals: [Int32]) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        unsafe pthread_sigmask(SIG_BLOCK, &set, nil)
        signal(SIGPIPE, SIG_IGN)
    }

    /// Whether one of `signals`, which are blocked, has come and nobody has read it: for work before a loop runs.
    public static func isPending(_ signals: [Int32]) -> Bool {
        var set = sigset_t()
        unsafe sigpending(&set)
        return signals.contains { unsafe sigismember(&set, $0) == 1 }
    }

    /// - Parameter signals: the ones that `block` was given.
    public init(_ signals: [Int32], loop: EventLoop) throws(SystemError) {
        var set = sigset_t()
        unsafe sigemptyset(&set)
        for signal in signals { unsafe sigaddset(&set, signal) }
        let number = unsafe signalfd(-1, &set, Int32(SFD_NONBLOCK | SFD_CLOEXEC))
        guard number >= 0 else { throw SystemError("signalfd") }
        waiter = Waiter(loop: loop)
        descriptor = try Descriptor(number: number, kind: .other, loop: loop, waiter: waiter)
    }

    /// Suspends until a signal arrives and returns its number.
    public func next() async -> Int32 {
        let size = MemoryLayout<signalfd_siginfo>.size
        while true {
            if case .bytes = descriptor.read(into: &buffer, minimum: size) {}
            if buffer.count >= size {
                let signal = unsafe buffer.bytes.unsafeLoadUnaligned(as: UInt32.self)
                buffer.consume(size)
                return Int32(signal)
            }
            _ = await waiter.wait()
        }
    }
}
