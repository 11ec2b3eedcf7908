/// A position in a file, both counted from 1.
package struct YAMLMark: Hashable, Comparable, Sendable {
    package let line: Int
    package let column: Int

    package init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }

    package static func < (left: YAMLMark, right: YAMLMark) -> Bool {
        (left.line, left.column) < (right.line, right.column)
    }

    static let start = YAMLMark(line: 1, column: 1)
}

/// A value of a YAML document with the place where it stands.
package struct YAMLNode: Equatable, Sendable {
    package let content: Content
    package let mark: YAMLMark

    package enum Content: Equatable, Sendable {
        /// `isQuoted` tells `"null"` from null.
        case scalar(String, isQuoted: Bool)
        case sequence([YAMLNode])
        case mapping([YAMLEntry])
        /// Already reported, by whoever read the document; decoders pass it over.
        case refused
    }

    init(_ content: Content, at mark: YAMLMark = .start) {
        self.content = content
        self.mark = mark
    }

    /// A value that needs no quotes whatever it is: a number, a choice, an address.
    static func plain(_ text: String) -> YAMLNode { YAMLNode(.scalar(text, isQuoted: false)) }

    /// Free text, quoted where another reader could take it for something else.
    static func text(_ text: String) -> YAMLNode {
        YAMLNode(.scalar(text, isQuoted: !isUnmistakable(text)))
    }

    /// Whether the node is what YAML calls null: nothing, `~` or `null`.
    var isNull: Bool {
        switch content {
        case .scalar(let text, let isQuoted): !isQuoted && ["", "~", "null", "Null", "NULL"].contains(text)
        case .sequence, .mapping, .refused: false
        }
    }

    /// How an error message shows what it found.
    var found: String {
        switch content {
        case .scalar(let text, _): isNull ? "nothing" : quoted(text)
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .refused: "a refused value"
        }
    }

    private static func isUnmistakable(_ text: String) -> Bool {
        guard let first = text.utf8.first, !first.isDigit, text.utf8.allSatisfy(\.isPlain) else { return false }
        let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
        return first != UInt8(ascii: "-") && first != UInt8(ascii: ".") && !words.contains(text.lowercased())
    }
}

package struct YAMLEntry: Equatable, Sendable {
    package let key: String
    package let keyMark: YAMLMark
    package let value: YAMLNode
}

/// Text from outside, shortened and without control characters, so that it cannot disturb a terminal or a log.
func quoted(_ text: String) -> String {
    let shown = text.unicodeScalars.prefix(60).map { scalar in
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "\u{FFFD}" : String(scalar)
    }
    return "\"\(shown.joined())\(text.unicodeScalars.count > 60 ? "…" : "")\""
}

extension UInt8 {
    /// Letters, digits and what never begins or ends anything in YAML.
    fileprivate var isPlain: Bool {
        isDigit || (self | 0x20) &- UInt8(ascii: "a") < 26 || "-_./".utf8.contains(self)
    }
}
