/// A value that a schema describes; its initial state holds the defaults.
package protocol Configurable: Sendable {
    init()
    static var schema: Schema<Self> { get }
}

/// One setting, described once: from this come decoding, the flag, `--help`, the rendered configuration and the docs.
package struct Setting<Root: Configurable>: Sendable {
    /// `timeouts.connect`.
    package let key: String
    /// Without dashes; nil inside list elements, which the flag of their list carries.
    package let flag: String?
    package let type: String
    package let unit: String
    /// The range or the choices; empty when the type says it all.
    package let allowed: String
    package let example: String
    /// What one use of the flag looks like.
    package let flagForm: String
    /// As it would stand in the file; nil when the setting is required or absent by default.
    package let defaultText: String?
    package let effect: String
    let isRequired: Bool
    /// What an error says about its absence: `a duration (for example 10s)`.
    let expectation: String
    /// Whether a change takes effect only when the process starts again.
    package let isFixed: Bool
    package let isRepeatable: Bool
    /// Whether the docs describe it elsewhere, as a key of a list element.
    let isFlagOnly: Bool
    let elements: [SettingSummary]
    let decode: @Sendable (YAMLNode, String, inout Root, inout ConfigurationReading) -> Void
    let assign: @Sendable ([String], inout Root, inout ConfigurationReading) -> Void
    let encode: @Sendable (Root) -> YAMLNode?

    private init<Value: Sendable>(
        key: String, flag: String?, format: ValueFormat<Value>, isRequired: Bool, isFixed: Bool, defaultValue: Value?,
        effect: String, get: @escaping @Sendable (Root) -> Value?,
        set: @escaping @Sendable (inout Root, Value) -> Void
    ) {
        self.key = key
        self.flag = flag
        type = format.type
        unit = format.unit
        allowed = format.allowed
        example = format.example
        flagForm = format.flagForm
        self.effect = effect
        self.isRequired = isRequired
        isRepeatable = format.isRepeatable
        isFlagOnly = false
        elements = format.elements
        self.isFixed = isFixed
        expectation = "\(format.sentence) (for example \(format.example))"
        defaultText = isRequired ? nil : defaultValue.map { YAMLWriter.inline(format.encode($0)) }
        decode = { node, path, root, reading in
            if let value = format.decode(node, path, &reading) { set(&root, value) }
        }
        assign = { texts, root, reading in
            if let value = format.parse(texts, key, &reading) { set(&root, value) }
        }
        encode = { root in get(root).map(format.encode) }
    }
}

extension Setting {
    /// A value that is always there.
    init<Value: Sendable>(
        _ key: String, flag: String? = nil, _ path: any WritableKeyPath<Root, Value> & Sendable,
        _ format: ValueFormat<Value>, required: Bool = false, fixed: Bool = false, _ effect: String
    ) {
        self.init(
            key: key, flag: flag, format: format, isRequired: required, isFixed: fixed,
            defaultValue: Root()[keyPath: path], effect: effect, get: { $0[keyPath: path] },
            set: { $0[keyPath: path] = $1 })
    }

    /// A value that may be absent.
    init<Value: Sendable>(
        _ key: String, flag: String? = nil, optional path: any WritableKeyPath<Root, Value?> & Sendable,
        _ format: ValueFormat<Value>, fixed: Bool = false, _ effect: String
    ) {
        self.init(
            key: key, flag: flag, format: format, isRequired: false, isFixed: fixed, defaultValue: nil,
            effect: effect, get: { $0[keyPath: path] }, set: { $0[keyPath: path] = $1 })
    }

    /// A value of a section that may be absent; writing it brings the section about.
    init<Value: Sendable>(
        _ key: String, flag: String? = nil, read: any KeyPath<Root, Value?> & Sendable,
        write: any WritableKeyPath<Root, Value> & Sendable, _ format: ValueFormat<Value>, required: Bool = false,
        fixed: Bool = false, _ effect: String
    ) {
        self.init(
            key: key, flag: flag, format: format, isRequired: required, isFixed: fixed,
            defaultValue: Root()[keyPath: write], effect: effect, get: { $0[keyPath: read] },
            set: { $0[keyPath: write] = $1 })
    }
}

extension Setting {
    /// A flag for keys that lie inside the elements of a list.
    init(
        flagOnly flag: String, for key: String, form: String, example: String, effect: String,
        assign: @escaping @Sendable ([String], inout Root, inout ConfigurationReading) -> Void
    ) {
        self.key = key
        self.flag = flag
        type = "list"
        flagForm = form
        unit = ""
        allowed = ""
        self.example = example
        defaultText = nil
        self.effect = effect
        isRequired = false
        expectation = "\(form) (for example \(example))"
        isFixed = false
        isRepeatable = true
        isFlagOnly = true
        elements = []
        decode = { _, _, _, _ in }
        self.assign = assign
        encode = { _ in nil }
    }
}

/// A setting without the type that it belongs to: what docs and help need.
package struct SettingSummary: Equatable, Sendable {
    package let key: String
    package let flag: String?
    package let type: String
    package let unit: String
    package let allowed: String
    package let defaultText: String?
    package let isRequired: Bool
    package let isFixed: Bool
    package let effect: String
}

extension Setting {
    /// This setting, then those of its list elements with `[]` in their keys.
    package var summaries: [SettingSummary] {
        if isFlagOnly { return [] }
        let own = SettingSummary(
            key: key, flag: flag, type: type, unit: unit, allowed: allowed, defaultText: defaultText,
            isRequired: isRequired, isFixed: isFixed, effect: effect)
        return [own]
            + elements.map { element in
                SettingSummary(
                    key: "\(key)[].\(element.key)", flag: element.flag ?? flag, type: element.type, unit: element.unit,
                    allowed: element.allowed, defaultText: element.defaultText, isRequired: element.isRequired,
                    isFixed: element.isFixed, effect: element.effect)
            }
    }
}
