/// The names, keys, values, origins and heads of a block being written.
struct BlockDictionary {
    private(set) var strings = ByteInterner(initialCapacity: 4096)
    private(set) var keys = ByteInterner(initialCapacity: 512)
    private(set) var others = ByteInterner(initialCapacity: 512)
    private var originNumbers = PairTable()
    private var originStream: [UInt8] = []
    /// Numbers of the origins' service names in `strings`.
    private var originServices: [Int] = []
    private var headNumbers = PairTable()
    private(set) var operations: [BlockWriter.Operation] = []
    private var headStream: [UInt8] = []
    private var scratch: [UInt8] = []

    mutating func removeAll() {
        strings.removeAll()
        keys.removeAll()
        others.removeAll()
        originNumbers.removeAll()
        originStream.removeAll(keepingCapacity: true)
        originServices.removeAll()
        operations.removeAll()
        headNumbers.removeAll()
        headStream.removeAll(keepingCapacity: true)
    }

    /// Value numbers are below this.
    var valueLimit: Int { max(BlockFormat.stringValue(strings.count), BlockFormat.otherValue(others.count)) }

    @inline(__always)
    mutating func string(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Int { strings.intern(bytes, range) }

    var emptyString: Int { mutating get { strings.intern([]) } }

    /// The numbers of an attribute's key and value.
    @inline(__always)
    mutating func attribute(
        _ bytes: Span<UInt8>, _ range: Range<Int>
    ) throws(WireError) -> (key: Int, value: Int) {
        let pair = try KeyValueView.read(bytes, range)
        let key = keys.intern(bytes, pair.key.range)
        if pair.view.type == .string, pair.valuePieces == 1 {
            return (key, BlockFormat.stringValue(strings.intern(bytes, pair.view.contents.range)))
        }
        return (key, try otherValue(bytes, range, pair))
    }

    private mutating func otherValue(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ pair: KeyValueView
    ) throws(WireError) -> Int {
        if pair.needsMerge {
            let merged = try KeyValueView.mergedValue(bytes, range)
            let contents = merged.contents.span
            return number(merged.type, merged.scalar, contents, 0..<contents.count)
        }
        return number(pair.view.type, pair.view.scalar, bytes, pair.view.contents.range)
    }

    private mutating func number(
        _ type: ValueType, _ scalar: UInt64, _ bytes: Span<UInt8>, _ range: Range<Int>
    ) -> Int {
        if type == .string { return BlockFormat.stringValue(strings.intern(bytes, range)) }
        var entry = scratch
        scratch = []
        defer { scratch = entry }
        entry.removeAll(keepingCapacity: true)
        entry.append(type.rawValue)
        switch type {
        case .empty, .string: break
        case .bool: entry.append(UInt8(truncatingIfNeeded: scalar))
        case .int: entry.appendZigzag(Int64(bitPattern: scalar))
        case .double: entry.appendLittleEndian(scalar)
        case .array, .keyValueList, .bytes:
            entry.appendVarint(range.count)
            entry.append(bytes, range)
        }
        return BlockFormat.otherValue(others.intern(entry.span, 0..<entry.count))
    }

    @inline(__always)
    mutating func origin(_ origin: SpanOrigin) throws(WireError) -> Int {
        if let known = originNumbers.value(origin.serial, 0) { return known }
        let number = originNumbers.count
        originNumbers.set(origin.serial, 0, number)
        try write(origin)
        return number
    }

    private mutating func write(_ origin: SpanOrigin) throws(WireError) {
        var entry: [UInt8] = []
        let service = strings.intern(origin.serviceName)
        originServices.append(service)
        entry.appendVarint(service)
        let resourceMessage = origin.resource
        let resource = try resource(resourceMessage.span)
        resource.attributes.write(to: &entry)
        entry.appendVarint(resource.dropped)
        entry.appendVarint(strings.intern(origin.resourceSchemaURL))
        let scopeMessage = origin.scope
        let scope = try scope(scopeMessage.span)
        entry.appendVarint(scope.name)
        entry.appendVarint(scope.version)
        scope.attributes.write(to: &entry)
        entry.appendVarint(scope.dropped)
        entry.appendVarint(strings.intern(origin.scopeSchemaURL))
        originStream += entry
    }

    private mutating func resource(
        _ bytes: Span<UInt8>
    ) throws(WireError) -> (attributes: AttributeList, dropped: UInt64) {
        var attributes = AttributeList()
        var dropped: UInt64 = 0
        var cursor = ProtobufCursor(0..<bytes.count)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: attributes.add(try attribute(bytes, try cursor.delimited(bytes)))
            case 0x10: dropped = try cursor.varint(bytes) & 0xFFFF_FFFF
            default: try cursor.skip(key, bytes)
            }
        }
        return (attributes, dropped)
    }

    private struct Scope {
        var name = 0
        var version = 0
        var attributes = AttributeList()
        var dropped: UInt64 = 0
    }

    private mutating func scope(_ bytes: Span<UInt8>) throws(WireError) -> Scope {
        var scope = Scope(name: emptyString, version: emptyString)
        var cursor = ProtobufCursor(0..<bytes.count)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x0A: scope.name = strings.intern(bytes, try cursor.delimited(bytes))
            case 0x12: scope.version = strings.intern(bytes, try cursor.delimited(bytes))
            case 0x1A: scope.attributes.add(try attribute(bytes, try cursor.delimited(bytes)))
            case 0x20: scope.dropped = try cursor.varint(bytes) & 0xFFFF_FFFF
            default: try cursor.skip(key, bytes)
            }
        }
        return scope
    }

    @inline(__always)
    mutating func head(
        origin: Int, name: Int, kind: SpanKind, status: SpanStatus, flags: UInt32, hasExtras: Bool
    ) -> Int {
        let first = UInt64(truncatingIfNeeded: origin) << 32 | UInt64(truncatingIfNeeded: name)
        let bits = UInt64(kind.rawValue) | UInt64(status.rawValue) << 3 | (hasExtras ? 1 << 5 : 0)
        let second = UInt64(flags) << 8 | bits
        if let known = headNumbers.value(first, second) { return known }
        let number = headNumbers.count
        headNumbers.set(first, second, number)
        operations.append(
            BlockWriter.Operation(
                service: Array(strings.bytes(of: originServices[origin])), name: Array(strings.bytes(of: name)),
                kind: kind))
        headStream.appendVarint(origin)
        headStream.appendVarint(name)
        headStream.append(UInt8(bits))
        headStream.appendVarint(UInt64(flags))
        return number
    }

    /// The contents of a dictionary stream.
    func stream(_ stream: DictionaryStream) -> [UInt8] {
        switch stream {
        case .strings: Self.texts(strings)
        case .keys: Self.texts(keys)
        case .others: others.contents
        case .origins: originStream
        case .heads: headStream
        }
    }

    /// Strings were interned as received; they are made valid UTF-8 here, once each.
    private static func texts(_ interner: ByteInterner) -> [UInt8] {
        var stream: [UInt8] = []
        stream.reserveCapacity(interner.contents.count + interner.count)
        let contents = interner.contents.span
        let isClean = UTF8Repair.isASCII(contents, 0..<contents.count)
        for id in 0..<interner.count {
            let range = interner.range(of: id)
            if isClean || UTF8Repair.isASCII(contents, range) {
                stream.appendVarint(range.count)
                stream.append(contents, range)
            } else {
                let repaired = UTF8Repair.repaired(contents, range)
                stream.appendVarint(repaired.count)
                stream += repaired
            }
        }
        return stream
    }
}
