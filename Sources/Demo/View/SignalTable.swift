import Foundation

/// The golden signals, as lines of text.
enum SignalTable {
    private static let nameWidth = 22
    /// A success rate below this is shown as an alarm.
    private static let healthyRatio = 0.99

    /// A table of the services, and one of the edges.
    static func tables(
        _ signals: [SignalSubject: GoldenSignals], _ encryption: [SignalSubject: Encryption] = [:]
    ) -> [[ViewLine]] {
        [
            table("service", SignalSubject.services, signals, encryption),
            table("edge", SignalSubject.edges, signals, encryption),
        ]
    }

    private static func table(
        _ title: String, _ subjects: [SignalSubject], _ signals: [SignalSubject: GoldenSignals],
        _ encryption: [SignalSubject: Encryption]
    ) -> [ViewLine] {
        let head = row(title, ["req/s", "success", "p50", "p95", "p99"]) + "  mTLS"
        return [ViewLine(text: head, style: .heading)]
            + subjects.map { subject in
                let signal = signals[subject] ?? GoldenSignals()
                let isFailing = (signal.successRatio ?? 1) < healthyRatio
                let brief = row(subject.title, cells(signal)) + "  " + (encryption[subject]?.mark ?? "–")
                let detail = encryption[subject]?.detail.map { " \($0)" } ?? ""
                return ViewLine(text: brief + detail, style: isFailing ? .alarm : .plain, brief: brief)
            }
    }

    /// One line for each service and edge, whole by itself, for an output that is no terminal.
    static func sentences(
        _ signals: [SignalSubject: GoldenSignals], _ encryption: [SignalSubject: Encryption] = [:]
    ) -> [String] {
        SignalSubject.all.map { subject in
            let cells = cells(signals[subject] ?? GoldenSignals())
            let transport = encryption[subject].map { ", mTLS \($0.mark) \($0.detail ?? "")" } ?? ""
            return subject.title.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
                + "\(cells[0]) req/s, success \(cells[1]), p50 \(cells[2]), p95 \(cells[3]), p99 \(cells[4])"
                + transport
        }
    }

    private static func cells(_ signal: GoldenSignals) -> [String] {
        [
            number(signal.requestsPerSecond, "%.1f"), percent(signal.successRatio), milliseconds(signal.p50Seconds),
            milliseconds(signal.p95Seconds), milliseconds(signal.p99Seconds),
        ]
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
