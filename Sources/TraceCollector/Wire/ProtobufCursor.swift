/// A position inside one protobuf message of borrowed bytes, and where that message ends.
///
/// The bytes travel as an argument instead of inside the cursor: a stored span would make every caller
/// non-escapable. A cursor never reads at or beyond `end`.
package struct ProtobufCursor {
    package private(set) var position: Int
    package let end: Int

    package init(_ range: Range<Int>) {
        position = range.lowerBound
        end = range.upperBound
    }

    package init(_ range: ByteRange) { self.init(range.range) }

    package var isAtEnd: Bool { position == end }

    @inline(__always)
    package mutating func varint(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        guard position < end else { throw .truncated }
        let first = bytes[position]
        if first < 0x80 {
            position += 1
            return UInt64(first)
        }
        return try longVarint(bytes)
    }

    private mutating func longVarint(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 70 {
            guard position < end else { throw .truncated }
            let byte = bytes[position]
            position += 1
            // The tenth byte holds one significant bit; like every protobuf reader, drop what does not fit.
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw .varintTooLong
    }

    /// Field number and wire type in one number, as on the wire.
    @inline(__always)
    package mutating func key(_ bytes: Span<UInt8>) throws(WireError) -> UInt32 {
        let value = try varint(bytes)
        guard value >= 8, value <= UInt64(UInt32.max) else { throw .invalidKey }
        return UInt32(value)
    }

    @inline(__always)
    package mutating func fixed64(_ bytes: Span<UInt8>) throws(WireError) -> UInt64 {
        guard end - position >= 8 else { throw .truncated }
        defer { position += 8 }
        return bytes.littleEndian64(at: position)
    }

    @inline(__always)
    package mutating func fixed32(_ bytes: Span<UInt8>) throws(WireError) -> UInt32 {
        guard end - position >= 4 else { throw .truncated }
        defer { position += 4 }
        return bytes.littleEndian32(at: position)
    }

    /// The contents of a length-delimited field; the cursor moves behind them.
    @inline(__always)
    package mutating func delimited(_ bytes: Span<UInt8>) throws(WireError) -> Range<Int> {
        let length = try varint(bytes)
        guard length <= UInt64(end - position) else { throw .truncated }
        let start = position
        position += Int(length)
        return start..<position
    }

    /// Passes over the value of a field that this reader does not know, groups included.
    package mutating func skip(_ key: UInt32, _ bytes: Span<UInt8>, depth: Int = 0) throws(WireError) {
        switch key & 7 {
        case 0: _ = try varint(bytes)
        case 1: _ = try fixed64(bytes)
        case 2: _ = try delimited(bytes)
        case 3: try skipGroup(key >> 3, bytes, depth: depth + 1)
        case 4: throw .unbalancedGroup
        case 5: _ = try fixed32(bytes)
        default: throw .invalidKey
        }
    }

    private mutating func skipGroup(_ number: UInt32, _ bytes: Span<UInt8>, depth: Int) throws(WireError) {
        guard depth <= Limits.nestingDepth else { throw .nestedTooDeep }
        while true {
            let inner = try key(bytes)
            if inner & 7 == 4 {
                guard inner >> 3 == number else { throw .unbalancedGroup }
                return
            }
            try skip(inner, bytes, depth: depth)
        }
    }
}
