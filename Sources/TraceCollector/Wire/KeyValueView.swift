/// A value that had to be copied because the sender spread it over several fields.
package struct MergedValue {
    package let type: ValueType
    package let scalar: UInt64
    package let contents: [UInt8]
}

/// One KeyValue. `value` is where the AnyValue's bytes are; when the sender set the value twice, `valuePieces` tells
/// so and the pieces must be merged (`mergedValue`).
package struct KeyValueView {
    package var key = ByteRange.empty
    package var value = ByteRange.empty
    package var view = AnyValueView()
    package var valuePieces = 0

    /// True when the value is not the contiguous bytes that `view` describes and must be read by `mergedValue`.
    var needsMerge: Bool { valuePieces > 1 || view.isMerged }

    @inline(__always)
    package static func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, depth: Int = 0
    ) throws(WireError) -> KeyValueView {
        var pair = KeyValueView()
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: pair.key = ByteRange(try cursor.delimited(bytes))
            case 0x12:
                let value = try cursor.delimited(bytes)
                pair.view = try AnyValueView.read(bytes, value, depth: depth)
                pair.value = ByteRange(value)
                pair.valuePieces += 1
            default: try cursor.skip(key, bytes)
            }
        }
        return pair
    }

    /// Merges a value that was sent in pieces: protobuf defines that as reading their concatenation, and the
    /// members of a list that was set twice are the concatenation of both.
    static func mergedValue(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(WireError) -> MergedValue {
        var joined: [UInt8] = []
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            if key == 0x12 {
                joined.append(bytes, try cursor.delimited(bytes))
            } else {
                try cursor.skip(key, bytes)
            }
        }
        let view = try AnyValueView.read(joined.span, 0..<joined.count, depth: 0)
        guard view.type == .array || view.type == .keyValueList else {
            return MergedValue(type: view.type, scalar: view.scalar, contents: Array(joined[view.contents.range]))
        }
        return MergedValue(type: view.type, scalar: 0, contents: try lastRun(of: view.type, in: joined.span))
    }

    /// The concatenated contents of the last uninterrupted series of list members of one oneof.
    private static func lastRun(of type: ValueType, in bytes: Span<UInt8>) throws(WireError) -> [UInt8] {
        let wanted: UInt32 = type == .array ? 0x2A : 0x32
        var contents: [UInt8] = []
        var cursor = ProtobufCursor(0..<bytes.count)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            if key == wanted {
                contents.append(bytes, try cursor.delimited(bytes))
            } else {
                if key >> 3 <= 7 { contents.removeAll() }
                try cursor.skip(key, bytes)
            }
        }
        return contents
    }
}
