/// Writes a `Document` as JSON (RFC 8259), two spaces per level, members in document order, one final newline.
struct JSONWriter {
    private var text = ""

    static func text(of document: Document) -> String {
        var writer = JSONWriter()
        writer.write(document, indent: 0)
        return writer.text + "\n"
    }

    private mutating func write(_ document: Document, indent: Int) {
        switch document {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .number(let value):
            precondition(value.isFinite, "JSON has no NaN and no infinity")
            text += value.description
        case .string(let value): text += Self.quoted(value)
        case .array(let elements):
            writeList(open: "[", close: "]", elements, indent: indent) { writer, element in
                writer.write(element, indent: indent + 1)
            }
        case .object(let members):
            writeList(open: "{", close: "}", members, indent: indent) { writer, member in
                writer.text += Self.quoted(member.key) + ": "
                writer.write(member.value, indent: indent + 1)
            }
        }
    }

    private mutating func writeList<Element>(
        open: String, close: String, _ elements: [Element], indent: Int,
        _ writeElement: (inout JSONWriter, Element) -> Void
    ) {
        guard !elements.isEmpty else {
            text += open + close
            return
        }
        text += open
        for (index, element) in elements.enumerated() {
            text += index == 0 ? "\n" : ",\n"
            text += String(repeating: "  ", count: indent + 1)
            writeElement(&self, element)
        }
        text += "\n" + String(repeating: "  ", count: indent) + close
    }

    /// A JSON string literal. YAML's double-quoted style reads every one of these escapes too.
    static func quoted(_ value: String) -> String {
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            default:
                if scalar.value < 0x20 || scalar.value == 0x7f {
                    let digits = String(scalar.value, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                } else {
                    quoted.unicodeScalars.append(scalar)
                }
            }
        }
        return quoted + "\""
    }
}
