import Bytes

/// Walks over the fields of a protobuf message, for the few bytes of a status' details. Groups, which proto3 has not, end it.
struct ProtobufCursor {
    enum Value {
        case number(UInt64)
        case bytes(Range<Int>)
        /// Four or eight bytes, which no field here has.
        case fixed
    }

    private var offset = 0

    func isAtEnd(of bytes: RawSpan) -> Bool { offset >= bytes.byteCount }

    /// - Returns: nil when the bytes are no message.
    mutating func next(in bytes: RawSpan) -> (number: UInt64, value: Value)? {
        guard let key = varint(bytes), key >> 3 > 0 else { return nil }
        switch key & 7 {
        case 0: return varint(bytes).map { (key >> 3, .number($0)) }
        case 1: return skip(8, bytes) == nil ? nil : (key >> 3, .fixed)
        case 2:
            guard let count = varint(bytes), let range = skip(count, bytes) else { return nil }
            return (key >> 3, .bytes(range))
        case 5: return skip(4, bytes) == nil ? nil : (key >> 3, .fixed)
        case _: return nil
        }
    }

    private mutating func skip(_ count: UInt64, _ bytes: RawSpan) -> Range<Int>? {
        guard count <= UInt64(bytes.byteCount - offset) else { return nil }
        let start = offset
        offset += Int(count)
        return start..<offset
    }

    private mutating func varint(_ bytes: RawSpan) -> UInt64? {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard offset < bytes.byteCount else { return nil }
            let byte = bytes[offset]
            offset += 1
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
        }
        return nil
    }
}
