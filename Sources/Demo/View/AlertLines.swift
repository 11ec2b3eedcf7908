/// Alerts as lines of text, the loudest first. Windows of one alert share a line.
enum AlertLines {
    static func lines(_ alerts: [Alertmanager.Alert], _ pending: [Prometheus.Alert]) -> [ViewLine] {
        // The longer windows of an alert that fires already say nothing new.
        let spoken = Set(alerts.map { identity($0.labels) })
        let waiting = pending.map(\.labels).filter { !spoken.contains(identity($0)) }
        let lines =
            lines(alerts.filter(\.isActive).map(\.labels), "FIRING ", .alarm) + lines(waiting, "pending", .notice)
            + lines(alerts.filter { !$0.isActive }.map(\.labels), "muted  ", .plain)
        return lines.isEmpty ? [ViewLine(text: "no alerts")] : lines
    }

    private static func lines(_ alerts: [[String: String]], _ word: String, _ style: ViewLine.Style) -> [ViewLine] {
        let groups = Dictionary(grouping: alerts) { identity($0) }.values
        let texts = groups.map { group in
            (isPage: group.contains { $0["severity"] == "critical" }, text: "\(word)  \(text(group))")
        }
        return texts.sorted { $0.isPage == $1.isPage ? $0.text < $1.text : $0.isPage }.map {
            ViewLine(text: $0.text, style: style)
        }
    }

    private static func identity(_ labels: [String: String]) -> [String] {
        ["alertname", "client", "service", "route", "instance"].map { labels[$0] ?? "" }
    }

    /// `MartletEdgeFailing web → checkout (warning)`
    private static func text(_ group: [[String: String]]) -> String {
        let labels = group[0]
        let client = labels["client"].map { "\($0) → " } ?? ""
        let subject = labels["service"] ?? labels["instance"] ?? ""
        let windows = Set(group.compactMap { $0["window"] }).sorted { ($0.count, $0) < ($1.count, $1) }
        let details =
            Set(group.compactMap { $0["severity"] }).sorted() + (labels["route"].map { ["route \($0)"] } ?? [])
            + (windows.isEmpty ? [] : ["over \(windows.joined(separator: " and "))"])
        return "\(labels["alertname"] ?? "?") \(client)\(subject) (\(details.joined(separator: ", ")))"
    }
}
