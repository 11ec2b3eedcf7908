/// Writes a tree as block-style YAML that `YAMLDocument` reads back to the same tree, marks aside.
struct YAMLWriter {
    private(set) var text = ""

    init(_ root: YAMLNode) { write(root, indent: 0) }

    /// The node on one line, as flow-style YAML.
    static func inline(_ node: YAMLNode) -> String {
        switch node.content {
        case .scalar(let text, let isQuoted): isQuoted ? escaped(text) : text
        case .sequence(let elements): "[" + elements.map(inline).joined(separator: ", ") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key): \(inline($0.value))" }.joined(separator: ", ") + "}"
        case .refused: preconditionFailure("a refused node is never written")
        }
    }

    private mutating func write(_ node: YAMLNode, indent: Int) {
        switch node.content {
        case .mapping(let entries):
            for entry in entries { writeEntry(entry, indent: indent, isFirstOfElement: false) }
        case .sequence(let elements):
            for element in elements { writeElement(element, indent: indent) }
        case .scalar, .refused:
            text += Self.inline(node) + "\n"
        }
    }

    private mutating func writeEntry(_ entry: YAMLEntry, indent: Int, isFirstOfElement: Bool) {
        if !isFirstOfElement { text += String(repeating: " ", count: indent) }
        text += YAMLWriter.inline(.text(entry.key)) + ":"
        if entry.value.isBlock {
            text += "\n"
            write(entry.value, indent: indent + 2)
        } else {
            text += " " + Self.inline(entry.value) + "\n"
        }
    }

    private mutating func writeElement(_ element: YAMLNode, indent: Int) {
        text += String(repeating: " ", count: indent) + "- "
        guard case .mapping(let entries) = element.content, element.isBlock else {
            text += Self.inline(element) + "\n"
            return
        }
        for (index, entry) in entries.enumerated() {
            writeEntry(entry, indent: indent + 2, isFirstOfElement: index == 0)
        }
    }

    private static func escaped(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value):
                result += "\\x" + (scalar.value < 0x10 ? "0" : "") + String(scalar.value, radix: 16)
            case "\u{2028}": result += "\\L"
            case "\u{2029}": result += "\\P"
            case "\u{FEFF}": result += "\\uFEFF"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension YAMLNode {
    /// Lists of scalars and empty collections stay on one line.
    fileprivate var isBlock: Bool {
        switch content {
        case .scalar, .refused: false
        case .mapping(let entries): !entries.isEmpty
        case .sequence(let elements): elements.contains { $0.isBlock }
        }
    }
}
