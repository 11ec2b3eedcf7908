/// A tree that renders as JSON or YAML. Objects keep the order they were written in, so that output is stable and a
/// change of one panel is a diff of one panel.
package indirect enum Document: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([Document])
    case object([Member])

    package struct Member: Equatable, Sendable {
        package let key: String
        package let value: Document

        package init(_ key: String, _ value: Document) {
            self.key = key
            self.value = value
        }
    }

    /// An object without the members that are nil: optional settings are left out, never written as null.
    static func compact(_ members: KeyValuePairs<String, Document?>) -> Document {
        .object(members.compactMap { key, value in value.map { Member(key, $0) } })
    }

    static func strings(_ values: [String]) -> Document { .array(values.map { .string($0) }) }

    /// Number of a value that is usually whole: `5` and not `5.0`, so that JSON and YAML read as a person would write.
    static func figure(_ value: Double) -> Document {
        if let whole = Int(exactly: value) { return .integer(whole) }
        return .number(value)
    }
}

extension Document: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral
{
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: Document...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, Document)...) {
        self = .object(elements.map { Member($0.0, $0.1) })
    }
}
