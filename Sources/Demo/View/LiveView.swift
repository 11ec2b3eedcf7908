import EventLoop

/// What a person watches: golden signals, alerts, what has happened, and where to look further.
final class LiveView {
    private let mesh: Mesh
    private let timeline: Timeline
    private let isTerminal: Bool
    private var refreshes = 0

    /// Seconds that the shown rates look back.
    private static let windowSeconds = 10
    /// Refreshes between two tables where the output is no terminal.
    private static let refreshesPerTable = 10

    init(mesh: Mesh, timeline: Timeline, isTerminal: Bool) {
        self.mesh = mesh
        self.timeline = timeline
        self.isTerminal = isTerminal
        if isTerminal { Console.clear() }
    }

    func refresh() async {
        refreshes += 1
        guard isTerminal || refreshes.isMultiple(of: Self.refreshesPerTable) else { return }
        do throws(ObservationError) {
            let signals = try await mesh.prometheus.goldenSignals(windowSeconds: Self.windowSeconds)
            let encryption = try await mesh.prometheus.encryption(windowSeconds: Self.windowSeconds)
            let alerts = try await mesh.alertmanager.alerts()
            let pending = try await mesh.prometheus.alerts().filter { $0.state == "pending" }
            show(signals, encryption, AlertLines.lines(alerts, pending))
        } catch {
            show([:], [:], [ViewLine(text: "\(error)", style: .notice)])
        }
    }

    private func show(
        _ signals: [SignalSubject: GoldenSignals], _ encryption: [SignalSubject: Encryption], _ alerts: [ViewLine]
    ) {
        guard isTerminal else {
            for line in SignalTable.sentences(signals, encryption) + alerts.map(\.text) {
                Console.print("\(timeline.clock)  \(line)")
            }
            return
        }
        let addresses = Addresses(ports: mesh.ports, folder: mesh.folder.path)
        let screen = Screen(
            header: ViewLine(text: header), tables: SignalTable.tables(signals, encryption), alerts: alerts,
            events: timeline.lines, addresses: addresses.lines.map { ViewLine(text: $0) },
            briefAddresses: addresses.briefLines.map { ViewLine(text: $0) })
        let size = Console.size
        Console.redraw(screen.arranged(rows: size.rows, columns: size.columns))
    }

    private var header: String {
        let load = mesh.load.total
        return "martlet demo \(timeline.clock), Ctrl-C ends it   load: \(load.sent) sent, \(load.degraded) degraded, "
            + "\(load.failed + load.unansweredCount) failed"
    }
}
