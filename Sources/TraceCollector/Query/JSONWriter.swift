import Bytes

/// Writes JSON (RFC 8259) into one array of bytes. Commas are its business, nesting is the caller's.
struct JSONWriter {
    private(set) var bytes: [UInt8] = []
    private var needsComma = false

    mutating func object(_ members: (inout JSONWriter) -> Void) { nest("{", "}", members) }
    mutating func array(_ elements: (inout JSONWriter) -> Void) { nest("[", "]", elements) }

    mutating func key(_ name: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(name)
        append("\":")
        needsComma = false
    }

    mutating func key(_ name: [UInt8]) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func string(_ text: [UInt8]) {
        separate()
        quote(text)
    }

    mutating func string(_ text: StaticString) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(text)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func number(_ value: UInt64) {
        separate()
        bytes += String(value).utf8
    }

    mutating func number(_ value: Int64) {
        separate()
        bytes += String(value).utf8
    }

    /// JSON has no infinities and no NaN: those are written as strings, as protobuf's JSON mapping does.
    mutating func number(_ value: Double) {
        guard value.isFinite else { return string(Array(Self.name(ofNonFinite: value).utf8)) }
        separate()
        bytes += value.description.utf8
    }

    mutating func bool(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    mutating func null() {
        separate()
        append("null")
    }

    /// Lowercase hexadecimal digits of both halves of a trace id.
    mutating func hex(_ key: TraceKey) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendHex(key.high)
        appendHex(key.low)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func hex(_ id: UInt64) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        appendHex(id)
        bytes.append(UInt8(ascii: "\""))
    }

    /// JSON that another writer made.
    mutating func raw(_ json: [UInt8]) {
        separate()
        bytes += json
    }

    private static func name(ofNonFinite value: Double) -> String {
        value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }

    private mutating func nest(_ open: StaticString, _ close: StaticString, _ body: (inout JSONWriter) -> Void) {
        separate()
        append(open)
        needsComma = false
        body(&self)
        append(close)
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    private mutating func append(_ text: StaticString) {
        bytes.append(text.rawBytes)
    }

    private mutating func appendHex(_ value: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            bytes.append(Self.hexDigit(UInt8(value >> UInt64(shift) & 15)))
        }
    }

    private static func hexDigit(_ digit: UInt8) -> UInt8 {
        digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
    }

    /// Escapes what RFC 8259 §7 demands, and `<`, `>`, `&` so that a page may embed the answer.
    private mutating func quote(_ text: [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text {
            switch byte {
            case UInt8(ascii: "\""): append("\\\"")
            case UInt8(ascii: "\\"): append("\\\\")
            case 0x0A: append("\\n")
            case 0x0D: append("\\r")
            case 0x09: append("\\t")
            case 0..<0x20, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "&"), 0x7F:
                append("\\u00")
                bytes.append(Self.hexDigit(byte >> 4))
                bytes.append(Self.hexDigit(byte & 15))
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
