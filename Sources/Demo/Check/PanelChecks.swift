import Dashboards

/// Every query of every panel of the bundled dashboards, asked as Grafana would.
struct PanelChecks {
    let mesh: Mesh
    let report: CheckReport
    let service: ServiceName

    private static let rangeSeconds = 120
    private static let rateIntervalSeconds = 15

    func assertEveryPanel() async throws(DemoError) {
        let variables = VariableValues(["service": service.rawValue], rateIntervalSeconds: Self.rateIntervalSeconds)
        let queries = panelQueries(variables: variables, options: mesh.commands.grafanaOptions)
        var empty: [String] = []
        var allowedEmpty = 0
        for query in queries {
            let fault = await self.fault(query)
            if fault != nil, query.emptyBecause != nil { allowedEmpty += 1 }
            if let fault, query.emptyBecause == nil {
                empty.append("\(query.dashboard.rawValue) / \(query.panel): \(fault)")
            }
        }
        for line in empty { report.note(line) }
        report.assert(
            "\(queries.count) panel queries were answered; \(allowedEmpty) are empty in a healthy mesh",
            holds: empty.isEmpty,
            otherwise: "\(empty.count) are empty that should not be")
    }

    private func fault(_ query: PanelQuery) async -> String? {
        do throws(ObservationError) {
            let count =
                query.isInstant
                ? try await mesh.prometheus.query(query.expression).count
                : try await mesh.prometheus.seriesCount(query.expression, overSeconds: Self.rangeSeconds)
            return count > 0 ? nil : "no data: \(query.expression)"
        } catch {
            return "\(error)"
        }
    }
}
