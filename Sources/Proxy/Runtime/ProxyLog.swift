import Configuration
import Glibc

/// The proxy's own messages, one line each on standard error: `2026-11-22T10:00:00Z info message`. For events of the
/// process, not of requests; those are the access log's.
struct ProxyLog: Sendable {
    private let state: ProxyState

    init(_ state: ProxyState) { self.state = state }

    func error(_ message: @autoclosure () -> String) { write(.error, message) }
    func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    func info(_ message: @autoclosure () -> String) { write(.info, message) }
    func debug(_ message: @autoclosure () -> String) { write(.debug, message) }

    private func write(_ level: LogLevel, _ message: () -> String) {
        guard level.severity >= state.logLevel.severity else { return }
        let now = UTCTime.text(unixSeconds: UInt64(time(nil)), "%Y-%m-%dT%H:%M:%SZ")
        var line = Array("\(now) \(level.rawValue) \(message())\n".utf8)
        _ = unsafe Glibc.write(STDERR_FILENO, &line, line.count)
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
