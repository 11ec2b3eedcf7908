/// The header fields of a message that is handled whole, in the order of the wire.
///
/// Meant for endpoints with few requests: names and values are Strings. The proxy's data path keeps the codec's bytes.
package struct HTTPFields: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// One line of the head; `name` keeps the letters it came with.
    package struct Field: Sendable, Equatable {
        package let name: String
        package let value: String
    }

    package private(set) var all: [Field] = []

    package init() {}

    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    package mutating func append(_ name: String, _ value: String) { all.append(Field(name: name, value: value)) }

    /// The first value of a field; names compare without regard to ASCII case (RFC 9110 §5.1).
    package subscript(name: String) -> String? { all.first { $0.name.equalsIgnoringCase(name) }?.value }

    package func contains(_ name: String) -> Bool { self[name] != nil }

    /// Every member of a comma-separated list field, across its lines, without surrounding blanks (RFC 9110 §5.6.1).
    package func list(_ name: String) -> [String] {
        all.filter { $0.name.equalsIgnoringCase(name) }
            .flatMap { $0.value.split(separator: ",") }
            .map { String($0).trimmingBlanks }
            .filter { !$0.isEmpty }
    }
}

extension String {
    /// ASCII only, which is all that field names and the tokens of HTTP are made of.
    package func equalsIgnoringCase(_ other: String) -> Bool {
        utf8.count == other.utf8.count && zip(utf8, other.utf8).allSatisfy { $0.lowercasedASCII == $1.lowercasedASCII }
    }

    /// Without leading and trailing SP and HTAB: the only blanks that surround a field value.
    var trimmingBlanks: String {
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        guard let first = utf8.firstIndex(where: { !isBlank($0) }), let last = utf8.lastIndex(where: { !isBlank($0) })
        else { return "" }
        return String(self[first...last])
    }
}

extension UInt8 {
    var lowercasedASCII: UInt8 { (0x41...0x5A).contains(self) ? self | 0x20 : self }
}
