/// What the view has to say, and how it is arranged on a screen that may be too small for it.
struct Screen {
    var header: ViewLine
    /// Services, and edges.
    var tables: [[ViewLine]]
    /// The most important first.
    var alerts: [ViewLine]
    /// The newest last.
    var events: [ViewLine]
    var addresses: [ViewLine]
    /// The same in fewer lines.
    var briefAddresses: [ViewLine]

    /// Alerts that a small screen shows.
    private static let briefAlertsMax = 3

    /// Gives up, in this order: what explains events, the long form of the addresses, blank lines, alerts after the third,
    /// old events; and in the end what stands last.
    func arranged(rows: Int, columns: Int) -> [ViewLine] {
        let told = events.filter { !$0.isExtra }
        let choices = [
            sections(alerts, events, addresses), sections(alerts, told, addresses),
            sections(alerts, told, briefAddresses),
        ].map { $0.joined(separator: [.blank]).map(\.self) }
        let lines = choices.first { $0.count <= rows } ?? dense(told, rows: rows)
        return lines.prefix(rows).map { $0.fitted(columns: columns) }
    }

    private func dense(_ told: [ViewLine], rows: Int) -> [ViewLine] {
        var shown = alerts
        if alerts.count > Self.briefAlertsMax {
            let rest = alerts.count - Self.briefAlertsMax + 1
            shown = alerts.prefix(Self.briefAlertsMax - 1) + [ViewLine(text: "and \(rest) alerts more")]
        }
        let others = sections(shown, [], briefAddresses).reduce(0) { $0 + $1.count }
        return sections(shown, told.suffix(max(0, rows - others)), briefAddresses).flatMap(\.self)
    }

    private func sections(
        _ alerts: [ViewLine], _ events: [ViewLine], _ addresses: [ViewLine]
    ) -> [[ViewLine]] {
        ([[header]] + tables + [alerts, events, addresses]).filter { !$0.isEmpty }
    }
}
