/// Writes a `Document` as block-style YAML 1.1, the dialect of Prometheus, Alertmanager and Grafana.
///
/// A string is plain only where no YAML reader can take it for something else; text of several lines is a literal
/// block, so that an expression reads as it was written.
struct YAMLWriter {
    private var text = ""

    /// - Parameter header: comment lines, without their `#`.
    static func text(of document: Document, header: [String] = []) -> String {
        var writer = YAMLWriter()
        for line in header { writer.text += line.isEmpty ? "#\n" : "# \(line)\n" }
        writer.writeBlock(document, indent: 0)
        return writer.text
    }

    private mutating func writeBlock(_ document: Document, indent: Int) {
        switch document {
        case .object(let members) where !members.isEmpty:
            for member in members {
                pad(indent)
                writeMember(member, indent: indent)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                pad(indent)
                writeElement(element, indent: indent)
            }
        case .null, .bool, .integer, .number, .string, .array, .object:
            pad(indent)
            text += Self.scalar(document) + "\n"
        }
    }

    private mutating func writeMember(_ member: Document.Member, indent: Int) {
        text += Self.plainOrQuoted(member.key) + ":"
        if Self.isBlock(member.value) {
            text += "\n"
            writeBlock(member.value, indent: indent + 1)
        } else {
            writeInline(member.value, indent: indent)
        }
    }

    /// The first member of an object stands on the line of the dash.
    private mutating func writeElement(_ element: Document, indent: Int) {
        text += "-"
        guard case .object(let members) = element, let first = members.first else {
            precondition(!Self.isBlock(element), "a list directly in a list has no use in the files written here")
            writeInline(element, indent: indent)
            return
        }
        text += " "
        writeMember(first, indent: indent + 1)
        for member in members.dropFirst() {
            pad(indent + 1)
            writeMember(member, indent: indent + 1)
        }
    }

    private mutating func writeInline(_ document: Document, indent: Int) {
        guard case .string(let value) = document, value.contains("\n") else {
            text += " " + Self.scalar(document) + "\n"
            return
        }
        precondition(!value.hasPrefix(" ") && !value.hasSuffix("\n"), "a literal block `|-` cannot carry these")
        text += " |-\n"
        for line in value.split(separator: "\n", omittingEmptySubsequences: false) {
            if !line.isEmpty {
                pad(indent + 1)
                text += line
            }
            text += "\n"
        }
    }

    private mutating func pad(_ indent: Int) { text += String(repeating: "  ", count: indent) }

    private static func isBlock(_ document: Document) -> Bool {
        switch document {
        case .array(let elements): !elements.isEmpty
        case .object(let members): !members.isEmpty
        case .null, .bool, .integer, .number, .string: false
        }
    }

    private static func scalar(_ document: Document) -> String {
        switch document {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .number(let value): value.description
        case .string(let value): plainOrQuoted(value)
        case .array: "[]"
        case .object: "{}"
        }
    }

    private static func plainOrQuoted(_ value: String) -> String {
        if isSafePlain(value) { return value }
        return isReadableSingleQuoted(value) ? "'\(value)'" : JSONWriter.quoted(value)
    }

    /// Single quotes have no escapes: an expression full of double quotes and backslashes stays as it is.
    private static func isReadableSingleQuoted(_ value: String) -> Bool {
        value.contains(where: { $0 == "\"" || $0 == "\\" })
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "'") }
    }

    /// Words that YAML 1.1 reads as a boolean or null, in any case.
    private static let reservedWords: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]

    private static func isSafePlain(_ value: String) -> Bool {
        guard let first = value.utf8.first, let last = value.utf8.last else { return false }
        guard isLetter(first) || first == UInt8(ascii: "/") || isDuration(value) else { return false }
        guard last != UInt8(ascii: ":"), !reservedWords.contains(value.lowercased()) else { return false }
        return value.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-./:".utf8.contains($0) }
    }

    /// `30s`, `1h30m`: digits and unit letters in turn, which no YAML number looks like.
    private static func isDuration(_ value: String) -> Bool {
        guard let first = value.utf8.first, isDigit(first), let last = value.utf8.last else { return false }
        return "smhdwy".utf8.contains(last) && value.utf8.allSatisfy { isDigit($0) || "smhdwy".utf8.contains($0) }
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) && byte >= UInt8(ascii: "A")
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
