/// The dictionaries of a stored block, expanded.
package struct BlockVocabulary {
    package struct Head: Equatable, Sendable {
        package var origin: Int
        package var name: Int
        package var kind: SpanKind
        package var status: SpanStatus
        package var flags: UInt32
        package var hasExtras: Bool
    }

    package private(set) var strings: [[UInt8]] = []
    package private(set) var keys: [[UInt8]] = []
    package private(set) var others: [StoredValue] = []
    package private(set) var origins: [StoredOrigin] = []
    package private(set) var heads: [Head] = []

    package init(_ packed: [UInt8]) throws(BlockError) {
        let streams = try BlockStreams(packed, streams: DictionaryStream.allCases.count, counts: 0)
        strings = try Self.texts(try streams.stream(DictionaryStream.strings.rawValue))
        keys = try Self.texts(try streams.stream(DictionaryStream.keys.rawValue))
        var values = try streams.stream(DictionaryStream.others.rawValue)
        while !values.isAtEnd { others.append(try Self.value(&values)) }
        var origins = try streams.stream(DictionaryStream.origins.rawValue)
        while !origins.isAtEnd { self.origins.append(try origin(&origins)) }
        var heads = try streams.stream(DictionaryStream.heads.rawValue)
        while !heads.isAtEnd { self.heads.append(try head(&heads)) }
    }

    func string(_ number: Int) throws(BlockError) -> [UInt8] {
        guard number < strings.count else { throw .damaged }
        return strings[number]
    }

    func attribute(key: Int, value: Int) throws(BlockError) -> StoredAttribute {
        guard key < keys.count else { throw .damaged }
        return StoredAttribute(key: keys[key], value: try self.value(value))
    }

    func value(_ number: Int) throws(BlockError) -> StoredValue {
        if number & 1 == 0 { return .string(try string(number >> 1)) }
        guard number >> 1 < others.count else { throw .damaged }
        return others[number >> 1]
    }

    func attributes(_ stream: inout StreamReader) throws(BlockError) -> [StoredAttribute] {
        var attributes: [StoredAttribute] = []
        for _ in 0..<(try stream.length()) {
            attributes.append(try attribute(key: try stream.length(), value: try stream.length()))
        }
        return attributes
    }

    private static func texts(_ stream: StreamReader) throws(BlockError) -> [[UInt8]] {
        var stream = stream
        var texts: [[UInt8]] = []
        while !stream.isAtEnd { texts.append(try stream.take(try stream.length())) }
        return texts
    }

    private static func value(_ stream: inout StreamReader) throws(BlockError) -> StoredValue {
        guard let type = ValueType(rawValue: try stream.byte()) else { throw .damaged }
        switch type {
        case .empty: return .empty
        case .string: throw .damaged
        case .bool: return .bool(try stream.byte() != 0)
        case .int: return .int(try stream.zigzag())
        case .double: return .double(try stream.littleEndian64())
        case .array: return .array(try stream.take(try stream.length()))
        case .keyValueList: return .keyValueList(try stream.take(try stream.length()))
        case .bytes: return .bytes(try stream.take(try stream.length()))
        }
    }

    private func origin(_ stream: inout StreamReader) throws(BlockError) -> StoredOrigin {
        var origin = StoredOrigin()
        origin.serviceName = try string(try stream.length())
        origin.resourceAttributes = try attributes(&stream)
        origin.resourceDropped = try stream.varint()
        origin.resourceSchemaURL = try string(try stream.length())
        origin.scopeName = try string(try stream.length())
        origin.scopeVersion = try string(try stream.length())
        origin.scopeAttributes = try attributes(&stream)
        origin.scopeDropped = try stream.varint()
        origin.scopeSchemaURL = try string(try stream.length())
        return origin
    }

    private func head(_ stream: inout StreamReader) throws(BlockError) -> Head {
        let origin = try stream.length()
        let name = try stream.length()
        let bits = try stream.byte()
        let flags = try stream.varint()
        guard origin < origins.count, name < strings.count, let kind = SpanKind(rawValue: bits & 7),
            let status = SpanStatus(rawValue: bits >> 3 & 3)
        else { throw .damaged }
        return Head(
            origin: origin, name: name, kind: kind, status: status, flags: UInt32(truncatingIfNeeded: flags),
            hasExtras: bits & 1 << 5 != 0)
    }
}
