import EventLoop

/// What a person watches: golden signals, alerts, what has happened, and where to look further.
final class LiveView {
    private let mesh: Mesh
    private let timeline: Timeline
    private let isTerminal: Bool
    private var refreshes = 0

    /// Seconds that the shown rates look back.
    private static let windowSeconds = 10
    /// Refreshes between two lines where the output is no terminal.
    private static let refreshesPerLine = 5

    init(mesh: Mesh, timeline: Timeline, isTerminal: Bool) {
        self.mesh = mesh
        self.timeline = timeline
        self.isTerminal = isTerminal
        if isTerminal { Console.clear() }
    }

    /// Where everything is, for the person who wants to look further.
    static func addresses(of mesh: Mesh) -> [String] {
        let ports = mesh.ports
        return [
            "shop          http://\(ports.entrance)/", "Prometheus    http://\(ports.prometheus)/",
            "Alertmanager  http://\(ports.alertmanager)/",
            "traces        http://\(ports.collectorQuery)/ (Jaeger API: a Grafana source of type Jaeger)",
            "dashboards    grafana/dashboards; provisioned for these ports in \(mesh.folder.path)/grafana/provisioning",
        ]
    }

    func refresh() async {
        refreshes += 1
        do throws(ObservationError) {
            let signals = try await mesh.prometheus.goldenSignals(windowSeconds: Self.windowSeconds)
            let alerts = try await mesh.alertmanager.alerts()
            let pending = try await mesh.prometheus.alerts().filter { $0.state == "pending" }
            draw(signals, alerts, pending)
        } catch {
            if isTerminal { Console.redraw(["martlet demo \(timeline.clock)", "", "\(error)"]) }
        }
    }

    private func draw(
        _ signals: [SignalSubject: GoldenSignals], _ alerts: [Alertmanager.Alert], _ pending: [Prometheus.Alert]
    ) {
        guard isTerminal else {
            guard refreshes % Self.refreshesPerLine == 1 else { return }
            let firing = alerts.filter(\.isActive).map { "\($0.name) \($0.service ?? "")" }
            Console.print("\(timeline.clock)  \(SignalTable.summary(signals)) | firing: \(Self.list(firing))")
            return
        }
        let load = mesh.load.total
        var lines = [
            "martlet demo \(timeline.clock)   load: \(load.sent) sent, \(load.succeeded) ok (\(load.degraded) degraded), "
                + "\(load.failed) failed, \(load.unansweredCount) unanswered      Ctrl-C ends it", "",
        ]
        lines += SignalTable.lines(signals) + [""] + Self.alertLines(alerts, pending) + [""]
        let size = Console.size
        Console.redraw(
            Self.fitted(
                lines, timeline.lines, Self.addresses(of: mesh), rows: size.rows - 1, columns: size.columns))
    }

    /// What fits on the screen: the tables first, then the newest of the timeline, then the addresses. A line that were
    /// wrapped would push the others off, so it is cut.
    static func fitted(
        _ tables: [String], _ timeline: [String], _ addresses: [String], rows: Int, columns: Int
    ) -> [String] {
        let room = max(0, rows - tables.count)
        let withAddresses = room >= timeline.count + 1 + addresses.count
        let below = timeline.suffix(room) + (withAddresses ? [""] + addresses : [])
        return (tables + below).prefix(rows).map { String($0.prefix(columns)) }
    }

    private static func alertLines(_ alerts: [Alertmanager.Alert], _ pending: [Prometheus.Alert]) -> [String] {
        let firing = alerts.filter(\.isActive).map { alert in
            "FIRING   \(alert.name) \(alert.service ?? "") (\(alert.labels["severity"] ?? "")): "
                + (alert.annotations["summary"] ?? "")
        }
        let waiting = pending.map { "pending  \($0.labels["alertname"] ?? "") \($0.labels["service"] ?? "")" }
        let lines = Array(Set(firing)).sorted() + Array(Set(waiting)).sorted()
        return lines.isEmpty ? ["no alerts"] : lines
    }

    private static func list(_ words: [String]) -> String {
        words.isEmpty ? "none" : Array(Set(words)).sorted().joined(separator: ", ")
    }
}
