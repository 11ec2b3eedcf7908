/// How values of one type stand in a file and in a flag, and which are allowed.
package struct ValueFormat<Value: Sendable>: Sendable {
    /// For the docs: `duration`, `list of ADDRESS:PORT`.
    let type: String
    /// Ends "… is not" in an error: `a duration`.
    let sentence: String
    /// In which unit or units, empty when the type has none.
    let unit: String
    /// The range or the choices, empty when the type says it all.
    let allowed: String
    let example: String
    /// What one use of the flag looks like.
    let flagForm: String
    /// Whether the flag may be given more than once, each time adding to the list.
    let isRepeatable: Bool
    /// The settings of a list element, when the elements have settings.
    let elements: [SettingSummary]
    /// Reports what is wrong at the given path and returns nil.
    let decode: @Sendable (YAMLNode, String, inout ConfigurationReading) -> Value?
    /// The same for the values of a flag.
    let parse: @Sendable ([String], String, inout ConfigurationReading) -> Value?
    let encode: @Sendable (Value) -> YAMLNode
}

/// What became of a text that should be a value.
enum Parsed<Value> {
    case value(Value)
    case malformed
    case outOfRange
}

extension ValueFormat {
    /// A value that is one piece of text.
    static func scalar(
        _ type: String, sentence: String, unit: String = "", allowed: String = "", example: String,
        flagForm: String? = nil, parse: @escaping @Sendable (String) -> Parsed<Value>,
        encode: @escaping @Sendable (Value) -> YAMLNode
    ) -> ValueFormat {
        let read: @Sendable (String, String, String, inout ConfigurationReading) -> Value? = {
            text, found, path, reading in
            switch parse(text) {
            case .value(let value): return value
            case .malformed:
                reading.report(.malformed(found: found, allowed: sentence, example: example), at: path)
            case .outOfRange: reading.report(.outOfRange(found: found, allowed: allowed), at: path)
            }
            return nil
        }
        return ValueFormat(
            type: type, sentence: sentence, unit: unit, allowed: allowed, example: example, flagForm: flagForm ?? type,
            isRepeatable: false, elements: [],
            decode: { node, path, reading in
                if case .scalar(let text, _) = node.content, !node.isNull {
                    return read(text, node.found, path, &reading)
                }
                guard node.content != .refused else { return nil }
                reading.report(.malformed(found: node.found, allowed: sentence, example: example), at: path)
                return nil
            },
            parse: { texts, path, reading in read(texts[0], quoted(texts[0]), path, &reading) },
            encode: encode)
    }

    /// A list of values, each one piece of text; in a flag they are separated by commas.
    static func list<Element: Sendable>(
        of element: ValueFormat<Element>, atLeast minimum: Int = 0, atMost limit: Int
    ) -> ValueFormat where Value == [Element] {
        ValueFormat(
            type: "list of \(element.type)", sentence: "a list", unit: element.unit, allowed: element.allowed,
            example: "[\(element.example)]", flagForm: "\(element.flagForm)[,…]", isRepeatable: false, elements: [],
            decode: { node, path, reading in
                guard let nodes = node.elements(path, "a list", "[\(element.example)]", limit, &reading) else {
                    return nil
                }
                if nodes.count < minimum { reading.report(.tooFew(minimum: minimum), at: path) }
                return nodes.enumerated().compactMap { index, node in
                    let path = "\(path)[\(index)]"
                    reading.note(path, at: node.mark)
                    return element.decode(node, path, &reading)
                }
            },
            parse: { texts, path, reading in
                let parts = texts[0].split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                guard parts != [""] || minimum > 0 else { return [] }
                return parts.enumerated().compactMap { element.parse([$1], "\(path)[\($0)]", &reading) }
            },
            encode: { YAMLNode(.sequence($0.map(element.encode))) })
    }

    /// A list of mappings with a schema of their own; each use of the flag adds one.
    /// - Parameters:
    ///   - flagForm: what one use of the flag looks like, with an example.
    ///   - parseFlag: nil when the text has not that form; what is wrong within it is reported by itself.
    static func records<Element: Configurable>(
        atLeast minimum: Int = 0, atMost limit: Int, flagForm: (form: String, example: String),
        parseFlag: @escaping @Sendable (String, String, inout ConfigurationReading) -> Element?
    ) -> ValueFormat where Value == [Element] {
        ValueFormat(
            type: "list", sentence: "a list", unit: "", allowed: "", example: flagForm.example, flagForm: flagForm.form,
            isRepeatable: true, elements: Element.schema.settings.flatMap(\.summaries),
            decode: { node, path, reading in
                guard let nodes = node.elements(path, "a list", "- name: …", limit, &reading) else { return nil }
                if nodes.count < minimum { reading.report(.tooFew(minimum: minimum), at: path) }
                return nodes.enumerated().map { index, node in
                    let path = "\(path)[\(index)]"
                    var element = Element()
                    reading.note(path, at: node.mark)
                    let isReadable = node.isMapping
                    Element.schema.decode(node, path: path, into: &element, &reading)
                    if isReadable { Element.schema.check(element, path: path, &reading) }
                    return element
                }
            },
            parse: { texts, path, reading in
                if texts.count > limit { reading.report(.tooMany(count: texts.count, limit: limit), at: path) }
                return texts.prefix(limit).enumerated().compactMap { index, text in
                    let element = parseFlag(text, "\(path)[\(index)]", &reading)
                    if element == nil {
                        reading.report(
                            .malformed(found: quoted(text), allowed: flagForm.form, example: flagForm.example), at: path
                        )
                    }
                    return element
                }
            },
            encode: { YAMLNode(.sequence($0.map(Element.schema.encode))) })
    }
}

extension YAMLNode {
    fileprivate var isMapping: Bool { if case .mapping = content { true } else { false } }

    /// The elements of a list, or nil after reporting that there is none or that it is too long.
    fileprivate func elements(
        _ path: String, _ allowed: String, _ example: String, _ limit: Int, _ reading: inout ConfigurationReading
    ) -> [YAMLNode]? {
        switch content {
        case .refused: return nil
        case .sequence(let nodes) where nodes.count > limit:
            reading.report(.tooMany(count: nodes.count, limit: limit), at: path)
            return nil
        case .sequence(let nodes): return nodes
        case .scalar, .mapping:
            reading.report(.malformed(found: found, allowed: allowed, example: example), at: path)
            return nil
        }
    }
}
