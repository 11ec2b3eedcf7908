public import Bytes

/// What a caller adds to a head that goes on, in whichever version it is written. Names are in any case: HTTP/2's
/// encoder lowers them.
///
/// Values cannot split a message: a control byte in one is written as a space.
public protocol FieldWriter: ~Copyable {
    mutating func field(_ name: StaticString, _ value: StaticString)
    mutating func field(_ name: StaticString, _ value: RawSpan)
    mutating func field(_ name: StaticString, _ value: [UInt8])
    mutating func field(_ name: StaticString, decimal value: UInt64)
    mutating func field(_ name: StaticString, _ date: HTTPDate)
    /// A field that a caller puts together from parts.
    mutating func field(_ name: StaticString, writing value: (inout ByteBuffer) -> Void)
}

extension ByteBuffer {
    /// Appends a value that somebody brought, control bytes as spaces.
    mutating func append(fieldValue value: RawSpan) {
        if value.firstOffset(from: 0, to: value.byteCount, where: WordScan.control) == value.byteCount {
            append(value)
            return
        }
        for position in 0..<value.byteCount {
            let byte = value[position]
            let isControl = (byte < 0x20 && byte != ByteClass.tab) || byte == 0x7F
            append(isControl ? ByteClass.space : byte)
        }
    }
}

enum HTTPVersionText {
    /// `received-protocol` of `Via` with the space behind it (RFC 9110 §7.6.3).
    static func viaPrefix(major: UInt8, minor: UInt8) -> StaticString {
        if major == 2 { return "2.0 " }
        return minor == 0 ? "1.0 " : "1.1 "
    }
}
