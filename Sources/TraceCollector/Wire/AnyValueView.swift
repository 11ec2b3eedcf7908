/// Which member of AnyValue's oneof is set. Raw values are the storage format's; do not renumber.
package enum ValueType: UInt8, Sendable {
    case empty = 0
    case string = 1
    case bool = 2
    case int = 3
    case double = 4
    case array = 5
    case keyValueList = 6
    case bytes = 7
}

/// One AnyValue, read but not copied: the last member that was set, as proto3's oneof demands.
package struct AnyValueView {
    package var type = ValueType.empty
    /// Bits of bool, int and double.
    package var scalar: UInt64 = 0
    /// Contents of string, bytes, array and key-value list.
    package var contents = ByteRange.empty
    /// An array or list was set twice and must be merged; `contents` is the last piece only.
    package var isMerged = false

    package static func read(
        _ bytes: Span<UInt8>, _ range: Range<Int>, depth: Int
    ) throws(WireError) -> AnyValueView {
        var view = AnyValueView()
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: view.set(.string, try cursor.delimited(bytes))
            case 0x10: view.set(.bool, try cursor.varint(bytes) == 0 ? 0 : 1)
            case 0x18: view.set(.int, try cursor.varint(bytes))
            case 0x21: view.set(.double, try cursor.fixed64(bytes))
            case 0x2A:
                let contents = try cursor.delimited(bytes)
                try checkElements(bytes, contents, depth: depth + 1)
                view.set(.array, contents)
            case 0x32:
                let contents = try cursor.delimited(bytes)
                try checkPairs(bytes, contents, depth: depth + 1)
                view.set(.keyValueList, contents)
            case 0x3A: view.set(.bytes, try cursor.delimited(bytes))
            default: try cursor.skip(key, bytes)
            }
        }
        return view
    }

    private mutating func set(_ type: ValueType, _ contents: Range<Int>) {
        isMerged = self.type == type && (type == .array || type == .keyValueList)
        self.type = type
        self.contents = ByteRange(contents)
    }

    private mutating func set(_ type: ValueType, _ scalar: UInt64) {
        isMerged = false
        self.type = type
        self.scalar = scalar
    }

    private static func checkElements(_ bytes: Span<UInt8>, _ range: Range<Int>, depth: Int) throws(WireError) {
        guard depth <= Limits.nestingDepth else { throw .nestedTooDeep }
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: _ = try read(bytes, try cursor.delimited(bytes), depth: depth)
            default: try cursor.skip(key, bytes)
            }
        }
    }

    private static func checkPairs(_ bytes: Span<UInt8>, _ range: Range<Int>, depth: Int) throws(WireError) {
        guard depth <= Limits.nestingDepth else { throw .nestedTooDeep }
        var cursor = ProtobufCursor(range)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: _ = try KeyValueView.read(bytes, try cursor.delimited(bytes), depth: depth)
            default: try cursor.skip(key, bytes)
            }
        }
    }
}
