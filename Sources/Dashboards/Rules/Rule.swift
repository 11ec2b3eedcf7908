/// A series computed ahead of time. Names are `level:metric:operations`.
package struct RecordingRule: Equatable, Sendable {
    package let record: String
    package let expression: String
    package let labels: KeyValues

    package init(_ record: String, labels: KeyValues = [], _ expression: String) {
        self.record = record
        self.labels = labels
        self.expression = expression
    }

    var document: Document {
        .compact([
            "record": .string(record), "expr": .string(expression),
            "labels": labels.isEmpty ? nil : labels.document,
        ])
    }
}

/// Who is told, and how loudly.
package enum Severity: String, CaseIterable, Sendable {
    /// Wakes a person.
    case critical
    /// Opens a ticket.
    case warning
    /// Is shown, told to nobody.
    case info
    /// Is no alert: the Watchdog.
    case none
}

/// A condition that a person must act on.
package struct AlertRule: Equatable, Sendable {
    package let name: String
    package let severity: Severity
    package let expression: String
    package let pendingSeconds: Int
    package let keepFiringSeconds: Int
    /// Labels beside `severity` and those of the expression.
    package let labels: KeyValues
    package let annotations: KeyValues

    var document: Document {
        .compact([
            "alert": .string(name), "expr": .string(expression),
            "for": pendingSeconds == 0 ? nil : .string(prometheusDuration(seconds: pendingSeconds)),
            "keep_firing_for": keepFiringSeconds == 0
                ? nil : .string(prometheusDuration(seconds: keepFiringSeconds)),
            "labels": (labels + [KeyValue("severity", severity.rawValue)]).document,
            "annotations": annotations.document,
        ])
    }
}

/// Rules that Prometheus evaluates one after the other, at one interval.
package struct RuleGroup<Rule: Sendable>: Sendable {
    package let name: String
    package let intervalSeconds: Int
    package let rules: [Rule]

    func document(_ ruleDocument: (Rule) -> Document) -> Document {
        [
            "name": .string(name), "interval": .string(prometheusDuration(seconds: intervalSeconds)),
            "rules": .array(rules.map(ruleDocument)),
        ]
    }
}

/// One label or annotation.
package struct KeyValue: Equatable, Sendable {
    package let key: String
    package let value: String

    package init(_ key: String, _ value: String) {
        self.key = key
        self.value = value
    }
}

package typealias KeyValues = [KeyValue]

extension KeyValues {
    var document: Document { .object(map { Document.Member($0.key, .string($0.value)) }) }
}
