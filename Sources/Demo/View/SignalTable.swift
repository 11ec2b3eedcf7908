import Foundation

/// The table of golden signals, as lines of text.
enum SignalTable {
    private static let nameWidth = 22

    static func lines(_ signals: [SignalSubject: GoldenSignals]) -> [String] {
        var lines = [row("service", ["req/s", "success", "p50", "p95", "p99"])]
        var isInEdges = false
        for subject in SignalSubject.all {
            if case .edge = subject, !isInEdges {
                isInEdges = true
                lines += ["", row("edge", ["req/s", "success", "p50", "p95", "p99"])]
            }
            let signal = signals[subject] ?? GoldenSignals()
            lines.append(
                row(
                    subject.title,
                    [
                        number(signal.requestsPerSecond, "%.1f"), percent(signal.successRatio),
                        milliseconds(signal.p50Seconds), milliseconds(signal.p95Seconds),
                        milliseconds(signal.p99Seconds),
                    ]))
        }
        return lines
    }

    /// One line for an output that is no terminal.
    static func summary(_ signals: [SignalSubject: GoldenSignals]) -> String {
        ServiceName.allCases.map { name in
            let signal = signals[.service(name)] ?? GoldenSignals()
            return "\(name.rawValue) \(number(signal.requestsPerSecond, "%.1f"))/s \(percent(signal.successRatio)) "
                + "p99 \(milliseconds(signal.p99Seconds))"
        }.joined(separator: " | ")
    }

    private static func row(_ name: String, _ cells: [String]) -> String {
        name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
            + cells.map { String(repeating: " ", count: max(0, 10 - $0.count)) + $0 }.joined()
    }

    private static func number(_ value: Double?, _ format: String) -> String {
        value.map { $0.isFinite ? String(format: format, $0) : "–" } ?? "–"
    }

    private static func percent(_ ratio: Double?) -> String { ratio.map { number($0 * 100, "%.1f") + " %" } ?? "–" }

    private static func milliseconds(_ seconds: Double?) -> String {
        guard let seconds, seconds.isFinite else { return "–" }
        return number(seconds * 1000, seconds < 0.01 ? "%.1f" : "%.0f") + " ms"
    }
}
