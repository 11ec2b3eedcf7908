internal import Configuration
internal import Glibc
internal import TLS

/// The service's own messages, one line each on standard error: `2026-11-22T10:00:00Z info message`.
struct ServiceLog: Sendable {
    /// The least severe message that is written.
    let level: LogLevel

    func error(_ message: @autoclosure () -> String) { write(.error, message) }
    func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    func info(_ message: @autoclosure () -> String) { write(.info, message) }

    private func write(_ level: LogLevel, _ message: () -> String) {
        guard level.severity >= self.level.severity else { return }
        let line = Array("\(WallTime.now()) \(level.rawValue) \(message())\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}

extension LogLevel {
    /// Higher is worse.
    fileprivate var severity: Int {
        switch self {
        case .error: 4
        case .warning: 3
        case .info: 2
        case .debug: 1
        case .trace: 0
        }
    }
}
