import Dashboards

/// Every query of every panel of the bundled dashboards, asked as Grafana would.
struct PanelChecks {
    let mesh: Mesh
    let report: CheckReport
    let service: ServiceName

    private static let rangeSeconds = 120
    private static let rateIntervalSeconds = 15

    /// - Parameter moment: when this is, in words.
    func assertEveryPanel(_ moment: String) async throws(DemoError) {
        let variables = VariableValues(["service": service.rawValue], rateIntervalSeconds: Self.rateIntervalSeconds)
        let queries = panelQueries(variables: variables, options: mesh.commands.grafanaOptions)
        var faults: [String] = []
        var empty: Set<String> = []
        for query in queries {
            let fault: String?
            do throws(ObservationError) {
                let values = try await values(of: query)
                if values.isEmpty { empty.insert(query.panel) }
                fault = query.fault(of: values)
            } catch {
                fault = "\(error)"
            }
            if let fault {
                faults.append("\(query.dashboard.rawValue) / \(query.panel): \(fault): \(query.expression)")
            }
        }
        for line in faults { report.note(line) }
        let excused =
            empty.isEmpty ? "none is empty" : "empty as they may be: \(empty.sorted().joined(separator: ", "))"
        report.assert(
            "all \(queries.count) panel queries have values \(moment), finite and within their axes; \(excused)",
            holds: faults.isEmpty, otherwise: "\(faults.count) have not")
    }

    private func values(of query: PanelQuery) async throws(ObservationError) -> [Double] {
        query.isInstant
            ? try await mesh.prometheus.query(query.expression).map(\.value)
            : try await mesh.prometheus.newest(query.expression, overSeconds: Self.rangeSeconds)
    }
}
