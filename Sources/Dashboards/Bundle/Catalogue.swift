/// The dashboards of the bundle.
package func dashboards(_ options: GrafanaOptions = GrafanaOptions()) -> [Dashboard] {
    [
        MeshOverview(options: options).dashboard, ServiceBoard().dashboard, EdgesAndRoutesBoard().dashboard,
        HealthBoard().dashboard,
    ]
}

/// A query that a dashboard sends, with its variables filled in.
package struct PanelQuery: Equatable, Sendable {
    package let dashboard: BoardIdentifier
    package let panel: String
    package let expression: String
    /// Whether Grafana asks for the value now only; otherwise it asks for a range.
    package let isInstant: Bool
    /// Why the answer may be empty in a healthy mesh; nil where an empty answer is a fault.
    package let emptyBecause: String?
    /// What the panel's axis promises; a value outside is a fault of the query.
    package let minimum: Double?
    package let maximum: Double?

    /// What is wrong with an answer that holds these values; nil when nothing is.
    package func fault(of values: [Double]) -> String? {
        if values.isEmpty { return emptyBecause == nil ? "no data" : nil }
        return values.lazy.compactMap { value in
            if !value.isFinite { return "the value is \(value)" }
            if let minimum, value < minimum { return "\(value) is below \(minimum)" }
            if let maximum, value > maximum { return "\(value) is above \(maximum)" }
            return nil
        }.first
    }
}

/// Values of dashboard variables, for running the panels' queries without Grafana.
package struct VariableValues: Sendable {
    /// By name, without the dollar. A variable that is not named here stands at "All".
    package var values: [String: String]
    /// Seconds that `$__rate_interval` stands for; at least four scrapes.
    package var rateIntervalSeconds: Int

    package init(_ values: [String: String] = [:], rateIntervalSeconds: Int = 60) {
        self.values = values
        self.rateIntervalSeconds = rateIntervalSeconds
    }

    /// Longest names first, so that `$service` never eats the head of `$service_name`.
    package func substitute(in expression: String) -> String {
        var replacements = values.map { ("$\($0.key)", $0.value) }
        replacements += [
            ("$__rate_interval", prometheusDuration(seconds: rateIntervalSeconds)), ("$job", ".+"), ("$instance", ".+"),
            ("$service", ".+"), ("$client", ".+"), ("$server", ".+"), ("$route", ".*"),
        ].filter { name, _ in values[String(name.dropFirst())] == nil }
        replacements.sort { $0.0.utf8.count > $1.0.utf8.count }
        return replacements.reduce(expression) { $0.replacing($1.0, with: $1.1) }
    }
}

/// Every query of every panel. Give `service` a name that exists: the service dashboard shows one service, not all.
package func panelQueries(
    variables: VariableValues, options: GrafanaOptions = GrafanaOptions()
) -> [PanelQuery] {
    dashboards(options).flatMap { dashboard in
        dashboard.panels.flatMap { panel in
            zip(panel.queries, panel.fieldsOfQueries).map { query, field in
                PanelQuery(
                    dashboard: dashboard.identifier, panel: panel.title,
                    expression: variables.substitute(in: query.expression), isInstant: query.isInstant,
                    emptyBecause: query.emptyBecause, minimum: field.minimum, maximum: field.maximum)
            }
        }
    }
}
