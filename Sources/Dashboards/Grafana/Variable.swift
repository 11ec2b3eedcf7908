/// A choice at the head of a dashboard.
package struct Variable: Sendable {
    enum Kind: Sendable {
        case datasource
        /// Values of a label of a series.
        case labelValues(series: String, label: String)
    }

    enum Choice: Sendable {
        case one
        /// Several, or all; `allValue` is the regular expression that stands for all.
        case many(allValue: String)
    }

    package let name: String
    let label: String
    let description: String
    let kind: Kind
    let choice: Choice

    static let datasource = Variable(
        name: "datasource", label: "Data source", description: "The Prometheus that scrapes the mesh.",
        kind: .datasource, choice: .one)

    /// `.+` asks for the label to be there, as the dashboard linter wants for job and instance.
    static func job(series: String) -> Variable {
        Variable(
            name: "job", label: "Job", description: "Scrape job.", kind: .labelValues(series: series, label: "job"),
            choice: .many(allValue: ".+"))
    }

    static func instance(series: String) -> Variable {
        Variable(
            name: "instance", label: "Instance",
            description: "One proxy or collector, by the address it is scraped at.",
            kind: .labelValues(series: series, label: "instance"), choice: .many(allValue: ".+"))
    }

    /// The query that fills the choice; nil for the data source.
    package var labelQuery: String? {
        switch kind {
        case .datasource: nil
        case .labelValues(let series, let label): "label_values(\(series), \(label))"
        }
    }

    /// The series whose labels are listed, as an expression that can be evaluated.
    package var seriesExpression: String? {
        switch kind {
        case .datasource: nil
        case .labelValues(let series, _): series
        }
    }

    var document: Document {
        switch kind {
        case .datasource:
            [
                "name": .string(name), "label": .string(label), "description": .string(description),
                "type": "datasource", "query": "prometheus", "regex": "", "refresh": 1, "hide": 0,
                "includeAll": false, "multi": false, "options": [], "current": .object([]), "skipUrlSync": false,
            ]
        case .labelValues: queryDocument(labelQuery ?? "")
        }
    }

    private func queryDocument(_ query: String) -> Document {
        var allValue: Document?
        var current: Document = .object([])
        if case .many(let pattern) = choice {
            allValue = .string(pattern)
            current = ["selected": true, "text": ["All"], "value": ["$__all"]]
        }
        return .compact([
            "name": .string(name), "label": .string(label), "description": .string(description), "type": "query",
            "datasource": Query.datasource, "definition": .string(query),
            "query": ["query": .string(query), "refId": "Values"],
            "refresh": 2, "sort": 1, "regex": "", "hide": 0, "skipUrlSync": false,
            "multi": .bool(allValue != nil), "includeAll": .bool(allValue != nil), "allValue": allValue,
            "options": [], "current": current,
        ])
    }
}
