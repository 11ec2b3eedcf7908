/// Annotations and links of an alert, the same way for each.
struct AlertText {
    let options: RuleOptions

    /// - Parameters:
    ///   - summary: one line that names the thing and holds no value, so that it stays the same while the alert fires.
    ///   - description: what, where, how bad.
    ///   - board: uid of the dashboard to open, with the variables to set from labels of the alert.
    func annotations(
        name: String, summary: String, description: String, board: BoardLink
    ) -> KeyValues {
        [
            KeyValue("summary", summary),
            KeyValue("description", description),
            KeyValue("runbook_url", "\(options.runbookBase)/\(name).md#\(name.lowercased())"),
            KeyValue("dashboard_url", board.url(base: options.dashboardBase)),
        ]
    }
}

/// A link from an alert into a dashboard.
struct BoardLink {
    let board: BoardIdentifier
    /// Dashboard variable and the alert label that fills it.
    let variables: KeyValues

    init(_ board: BoardIdentifier, _ variables: KeyValues = []) {
        self.board = board
        self.variables = variables
    }

    func url(base: String) -> String {
        let filled = variables.map { "&var-\($0.key)={{ $labels.\($0.value) | urlquery }}" }.joined()
        return "\(base)/d/\(board.rawValue)?from=now-1h&to=now\(filled)"
    }
}

/// Stable names of the dashboards; links and provisioning hold on to them.
package enum BoardIdentifier: String, CaseIterable, Sendable {
    case overview = "martlet-overview"
    case service = "martlet-service"
    case edgesAndRoutes = "martlet-edges-routes"
    case health = "martlet-health"
}

/// Makes `AlertRule`s with scaled times and complete annotations.
struct AlertFactory {
    let options: RuleOptions

    /// - Parameters:
    ///   - pending: nominal seconds of `for`.
    ///   - keepFiring: nominal seconds of `keep_firing_for`, against flapping.
    func alert(
        _ name: String, _ severity: Severity, pending: Int, keepFiring: Int = 0, labels: KeyValues = [],
        expression: String, summary: String, description: String, board: BoardLink
    ) -> AlertRule {
        AlertRule(
            name: name, severity: severity, expression: expression,
            pendingSeconds: options.pendingSeconds(nominal: pending),
            keepFiringSeconds: options.pendingSeconds(nominal: keepFiring), labels: labels,
            annotations: AlertText(options: options).annotations(
                name: name, summary: summary, description: description, board: board))
    }
}
