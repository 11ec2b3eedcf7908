package import Configuration
import Glibc

/// The collector's own messages, one line each on standard error: `2026-11-22T10:00:00Z info message`.
package struct CollectorLog: Sendable {
    /// The least severe message that is written.
    private let level: LogLevel

    package init(level: LogLevel) { self.level = level }

    /// Only what must not go unseen.
    package static let errorsOnly = CollectorLog(level: .error)

    func error(_ message: @autoclosure () -> String) { write(.error, message) }
    func warning(_ message: @autoclosure () -> String) { write(.warning, message) }
    func info(_ message: @autoclosure () -> String) { write(.info, message) }

    private func write(_ level: LogLevel, _ message: () -> String) {
        guard level.severity >= self.level.severity else { return }
        let line = Array("\(Self.now()) \(level.rawValue) \(message())\n".utf8)
        _ = unsafe line.withUnsafeBytes { unsafe Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func now() -> String {
        var seconds = time(nil)
        var parts = unsafe tm()
        unsafe gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = unsafe strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
