/// One PromQL query of a panel.
package struct Query: Sendable {
    /// How Grafana evaluates the query and reads its answer.
    package enum Shape: Sendable {
        /// A line per series.
        case range
        /// The value now, one per series.
        case instant
        /// The value now, one table row per series.
        case table
        /// Cumulative buckets over time, one per `le`.
        case heatmap
    }

    package let expression: String
    package let legend: String
    package let shape: Shape
    /// Asks Prometheus for exemplars too: dots on a latency panel that open the trace.
    package let exemplars: Bool
    /// Why a healthy mesh may have nothing to show here; nil where an empty answer is a fault.
    package let emptyBecause: String?

    package init(
        _ expression: String, legend: String = "", shape: Shape = .range, exemplars: Bool = false,
        emptyBecause: String? = nil
    ) {
        self.expression = expression
        self.legend = legend
        self.shape = shape
        self.exemplars = exemplars
        self.emptyBecause = emptyBecause
    }

    func document(refId: String) -> Document {
        .compact([
            "refId": .string(refId),
            "datasource": Query.datasource,
            "editorMode": "code",
            "expr": .string(expression),
            "legendFormat": legend.isEmpty ? nil : .string(legend),
            "format": .string(format),
            "range": .bool(!isInstant),
            "instant": .bool(isInstant),
            "exemplar": .bool(exemplars),
        ])
    }

    /// The data source that the dashboard's first variable picks.
    static let datasource: Document = ["type": "prometheus", "uid": "${datasource}"]

    private var format: String {
        switch shape {
        case .range, .instant: "time_series"
        case .table: "table"
        case .heatmap: "heatmap"
        }
    }

    var isInstant: Bool {
        switch shape {
        case .instant, .table: true
        case .range, .heatmap: false
        }
    }
}
