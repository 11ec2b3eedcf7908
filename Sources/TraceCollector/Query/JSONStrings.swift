/// Reads a JSON object whose values are strings, numbers or booleans, keeping every value as text: all that a tag
/// search is.
struct JSONStrings {
    private let bytes: [UInt8]
    private var position = 0

    static func object(_ bytes: [UInt8]) -> [(key: [UInt8], value: [UInt8])]? {
        var reader = JSONStrings(bytes: bytes)
        guard let pairs = reader.object() else { return nil }
        reader.skipBlanks()
        return reader.position == bytes.count ? pairs : nil
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func object() -> [(key: [UInt8], value: [UInt8])]? {
        guard take("{") else { return nil }
        var pairs: [(key: [UInt8], value: [UInt8])] = []
        if take("}") { return pairs }
        while true {
            skipBlanks()
            guard let key = string(), take(":"), let value = value() else { return nil }
            pairs.append((key, value))
            if take("}") { return pairs }
            guard take(",") else { return nil }
        }
    }

    private mutating func value() -> [UInt8]? {
        skipBlanks()
        guard position < bytes.count else { return nil }
        if bytes[position] == UInt8(ascii: "\"") { return string() }
        let start = position
        while position < bytes.count, !",}] \t\r\n[{\"".utf8.contains(bytes[position]) { position += 1 }
        let token = Array(bytes[start..<position])
        let text = String(decoding: token, as: UTF8.self)
        return text == "true" || text == "false" || Double(text) != nil ? token : nil
    }

    private mutating func string() -> [UInt8]? {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { return nil }
        position += 1
        var text: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case UInt8(ascii: "\\"):
                guard let escaped = escape() else { return nil }
                text += escaped
            case 0..<0x20: return nil
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> [UInt8]? {
        guard position < bytes.count else { return nil }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return unicode()
        default: return nil
        }
    }

    private mutating func unicode() -> [UInt8]? {
        guard let first = codeUnit() else { return nil }
        var units = [first]
        if UTF16.isLeadSurrogate(first), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        {
            position += 2
            guard let second = codeUnit() else { return nil }
            units.append(second)
        }
        return Array(String(decoding: units, as: UTF16.self).utf8)
    }

    private mutating func codeUnit() -> UInt16? {
        guard bytes.count - position >= 4 else { return nil }
        let digits = String(decoding: bytes[position..<position + 4], as: UTF8.self)
        position += 4
        return UInt16(digits, radix: 16)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipBlanks() {
        while position < bytes.count, " \t\r\n".utf8.contains(bytes[position]) { position += 1 }
    }
}
