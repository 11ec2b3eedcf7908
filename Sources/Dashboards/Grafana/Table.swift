/// A table with one row per set of key labels and one column per query.
struct Table: Sendable {
    /// A label that names the row.
    struct Key: Sendable {
        let label: String
        let title: String
        var links: [DataLink] = []
    }

    struct Column: Sendable {
        let title: String
        let expression: String
        let field: Field
        var emptyBecause: String?
    }

    let keys: [Key]
    let columns: [Column]
    /// Title of the column that sorts the table, worst row first.
    let sortColumn: String
    let descending: Bool

    var queries: [Query] {
        columns.map { Query($0.expression, shape: .table, emptyBecause: $0.emptyBecause) }
    }

    /// `merge` joins the queries on their labels; `organize` names the columns and hides the clock.
    var transformations: Document {
        let order = keys.map(\.label) + columns.indices.map { "Value #\(Self.refId($0))" }
        let names =
            keys.map { Document.Member($0.label, .string($0.title)) }
            + columns.enumerated().map { Document.Member("Value #\(Self.refId($0.offset))", .string($0.element.title)) }
        let indices = order.enumerated().map { Document.Member($0.element, .integer($0.offset)) }
        return [
            ["id": "merge", "options": .object([])],
            [
                "id": "organize",
                "options": [
                    "excludeByName": ["Time": true], "indexByName": .object(indices), "renameByName": .object(names),
                ],
            ],
        ]
    }

    var options: Document {
        [
            "showHeader": true, "cellHeight": "sm",
            "sortBy": [["displayName": .string(sortColumn), "desc": .bool(descending)]],
            "footer": ["show": false, "reducer": ["sum"], "fields": ""],
        ]
    }

    var overrides: Document {
        .array(keys.filter { !$0.links.isEmpty }.map(override) + columns.map(override))
    }

    /// Name of the n-th query: A, B … Z.
    static func refId(_ index: Int) -> String {
        precondition(index < 26, "a panel with more than 26 queries is several panels")
        return String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index)))
    }

    private func override(_ key: Key) -> Document {
        [
            "matcher": ["id": "byName", "options": .string(key.title)],
            "properties": [["id": "links", "value": .array(key.links.map(\.document))]],
        ]
    }

    private func override(_ column: Column) -> Document {
        let field = column.field
        var properties: [Document] = [
            ["id": "unit", "value": .string(field.unit.rawValue)],
            ["id": "thresholds", "value": field.thresholds.document],
        ]
        if !field.thresholds.steps.isEmpty {
            properties.append(["id": "custom.cellOptions", "value": ["type": "color-text"]])
        }
        if let decimals = field.decimals { properties.append(["id": "decimals", "value": .integer(decimals)]) }
        if let minimum = field.minimum { properties.append(["id": "min", "value": .figure(minimum)]) }
        if let maximum = field.maximum { properties.append(["id": "max", "value": .figure(maximum)]) }
        return ["matcher": ["id": "byName", "options": .string(column.title)], "properties": .array(properties)]
    }
}
