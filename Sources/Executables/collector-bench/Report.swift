import CollectorBench
import Glibc

/// Prints each run for people, and gathers all of them for the line that programs read.
struct Report {
    private var figures: [(name: String, value: Double)] = []

    mutating func add(_ run: CollectorRun.Figures, encoding: LoadDriver.Encoding) {
        printTable(run, encoding)
        switch encoding {
        case .identity:
            figures += [
                ("spans_per_second_per_core", run.spansPerSecondPerCore), ("bytes_per_span", run.bytesPerSpan),
                ("rss_mib", run.residentMebibytes), ("peak_rss_mib", run.peakResidentMebibytes),
                ("spans", Double(run.spans)), ("user_us_per_span", run.userSeconds * 1e6 / Double(run.spans)),
                ("system_us_per_span", run.systemSeconds * 1e6 / Double(run.spans)),
                ("sent_spans_per_second", Double(run.spans) / run.sendingSeconds),
                ("refused_requests", Double(run.refusals)),
            ]
        case .gzip:
            figures += [
                ("gzip_spans_per_second_per_core", run.spansPerSecondPerCore),
                ("gzip_body_bytes_per_span", Double(run.bodyBytes) / Double(run.spans)),
            ]
        }
    }

    /// One JSON object.
    var json: String {
        "{" + figures.map { "\"\($0.name)\": \(Self.decimal($0.value, digits: 3))" }.joined(separator: ", ") + "}"
    }

    private func printTable(_ run: CollectorRun.Figures, _ encoding: LoadDriver.Encoding) {
        func number(_ value: Double, _ digits: Int = 1) -> String { Self.decimal(value, digits: digits) }
        func row(_ name: String, _ value: String) {
            print(name + String(repeating: " ", count: max(1, 28 - name.utf8.count)) + value)
        }
        row(
            "\(run.spans) spans, \(encoding.rawValue)",
            "\(run.requests) requests, \(run.refusals) told to come again")
        row("on the wire", "\(number(Double(run.bodyBytes) / Double(run.spans))) bytes per span")
        row("CPU", "\(number(run.userSeconds, 2)) s user + \(number(run.systemSeconds, 2)) s system")
        row("", "\(number(run.spansPerSecondPerCore, 0)) spans per second and core")
        row("on disk", "\(number(run.bytesPerSpan)) bytes per span")
        row("time", "\(number(run.sendingSeconds)) s to send, \(number(run.settledSeconds)) s until stored")
        row(
            "memory",
            "\(number(run.residentMebibytes, 0)) MiB after sending, "
                + "\(number(run.peakResidentMebibytes, 0)) MiB at most")
    }

    private static func decimal(_ value: Double, digits: Int) -> String {
        let scale = pow(10.0, Double(digits))
        let scaled = Int((value * scale).rounded())
        guard digits > 0 else { return String(scaled) }
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale))." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
