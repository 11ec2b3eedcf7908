/// Appends protobuf wire format to an array. Messages are written in place and their length put in front afterwards,
/// which moves each byte once per level: cheaper than measuring first, and one less thing to keep equal.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init(reserving byteCount: Int) { bytes.reserveCapacity(byteCount) }

    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        tag(field, wireType: 2)
        delimited(body)
    }

    /// A length and a message, without a tag: how messages follow one another in a stream.
    mutating func delimited(_ body: (inout ProtobufWriter) -> Void) {
        let start = bytes.count
        bytes.append(0)
        body(&self)
        let length = bytes.count - start - 1
        if length < 0x80 {
            bytes[start] = UInt8(length)
        } else {
            var prefix = ProtobufWriter(reserving: 10)
            prefix.varint(UInt64(length))
            bytes.replaceSubrange(start...start, with: prefix.bytes)
        }
    }

    mutating func string(_ field: UInt64, _ value: String) {
        tag(field, wireType: 2)
        varint(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// - Parameter halves: the value is these two numbers in hexadecimal.
    mutating func hexadecimalString(_ field: UInt64, _ halves: [UInt64]) {
        tag(field, wireType: 2)
        varint(UInt64(16 * halves.count))
        for half in halves { bytes.append(hexadecimal: half) }
    }

    mutating func unsigned(_ field: UInt64, _ value: UInt64) {
        tag(field, wireType: 0)
        varint(value)
    }

    /// sint32 or sint64.
    mutating func signed(_ field: UInt64, _ value: Int64) { unsigned(field, Self.zigzag(value)) }

    mutating func packedSigned(_ field: UInt64, _ values: [Int64]) {
        message(field) { writer in
            for value in values { writer.varint(Self.zigzag(value)) }
        }
    }

    mutating func double(_ field: UInt64, _ value: Double) {
        tag(field, wireType: 1)
        var bits = value.bitPattern
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
        }
    }

    private mutating func tag(_ field: UInt64, wireType: UInt64) { varint(field << 3 | wireType) }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func zigzag(_ value: Int64) -> UInt64 { UInt64(bitPattern: value << 1 ^ value >> 63) }
}
