import Configuration
import EventLoop
import Glibc
import Synchronization

/// Writes access log lines from a thread of its own, so that a slow disk or a blocked pipe delays nobody.
/// What does not fit the queue is dropped and counted.
final class AccessLogWriter: Sendable {
    private let thread: EventLoopThread
    private let descriptor: Int32
    private let pendingBytes = Atomic<Int>(0)
    /// Lines that were dropped because the queue was full or the write failed.
    let droppedLines = Atomic<UInt64>(0)

    /// - Throws: `StartupError` naming the file that cannot be opened.
    init(_ destination: ProxyConfiguration.AccessLogDestination) throws(StartupError) {
        switch destination {
        case .standardOutput:
            descriptor = STDOUT_FILENO
        case .file(let path):
            descriptor = unsafe open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else {
                let error = SystemError("open access log \(path)")
                throw StartupError("cannot \(error); choose a file that this user may write")
            }
        }
        do throws(SystemError) {
            thread = try EventLoopThread(running: EventLoop())
        } catch {
            throw StartupError("\(error)")
        }
    }

    /// - Returns: nil when no access log is wanted.
    static func ifWanted(_ settings: ProxyConfiguration.AccessLog) throws(StartupError) -> AccessLogWriter? {
        settings.format == .none ? nil : try AccessLogWriter(settings.destination)
    }

    func write(_ chunk: AccessLogChunk) {
        let pending = pendingBytes.add(chunk.bytes.count, ordering: .relaxed).newValue
        guard pending <= Limits.accessLogPendingBytesMax, thread.loop.submit({ self.writeNow(chunk) }) else {
            pendingBytes.subtract(chunk.bytes.count, ordering: .relaxed)
            droppedLines.add(chunk.lineCount, ordering: .relaxed)
            return
        }
    }

    /// Writes what is queued and ends the thread.
    func finish() {
        thread.loop.stop()
        thread.join()
    }

    private func writeNow(_ chunk: AccessLogChunk) {
        defer { pendingBytes.subtract(chunk.bytes.count, ordering: .relaxed) }
        var written = 0
        while written < chunk.bytes.count {
            let count = unsafe chunk.bytes.withUnsafeBytes { bytes in
                unsafe Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                droppedLines.add(chunk.lineCount, ordering: .relaxed)
                return
            }
            written += count
        }
    }
}

/// Whole lines that one worker has gathered.
struct AccessLogChunk: Sendable {
    var bytes: [UInt8] = []
    var lineCount: UInt64 = 0
}
