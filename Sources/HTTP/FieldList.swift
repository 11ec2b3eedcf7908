/// One field line of a head; both ranges point into the bytes of the head that holds it.
public struct Field: Sendable {
    public let nameStart: UInt32
    public let valueStart: UInt32
    public let valueCount: UInt32
    public let nameCount: UInt16
    public let name: FieldName
    var traits: Traits

    struct Traits: OptionSet {
        let rawValue: UInt8
        /// Stands in its bytes as `name: value CRLF` with nothing more, so that the line can be copied whole.
        static let canonical = Traits(rawValue: 1)
        /// Named by `Connection`: goes no further than us (RFC 9110 §7.6.1).
        static let nominated = Traits(rawValue: 2)
        /// Came as a never indexed literal, and must go on as one (RFC 7541 §6.2.3).
        static let neverIndexed = Traits(rawValue: 4)
    }

    public var nameRange: ByteRange { ByteRange(start: Int(nameStart), count: Int(nameCount)) }
    public var valueRange: ByteRange { ByteRange(start: Int(valueStart), count: Int(valueCount)) }
    public var isNominatedByConnection: Bool { traits.contains(.nominated) }
    public var isNeverIndexed: Bool { traits.contains(.neverIndexed) }
}

/// The field lines of one head or trailer section, in the order received. Reused from message to message.
public struct FieldList: Sendable {
    private var fields: [Field] = []
    /// Every name that occurs; `.other` if any unknown one does.
    public private(set) var present: FieldNameSet = []
    /// Lines that were read and dropped: names that alias a guarded one with `_`, or trailers not allowed.
    public internal(set) var droppedCount = 0

    public init() {}

    public var count: Int { fields.count }
    public var isEmpty: Bool { fields.isEmpty }

    public subscript(index: Int) -> Field { fields[index] }

    public func first(of name: FieldName) -> Field? {
        guard present.contains(name) else { return nil }
        for index in 0..<fields.count where fields[index].name == name { return fields[index] }
        return nil
    }

    /// The lines with this name, in order, without allocating.
    public func all(of name: FieldName) -> Matches { Matches(list: self, name: name) }

    public func count(of name: FieldName) -> Int {
        guard present.contains(name) else { return 0 }
        var total = 0
        for index in 0..<fields.count where fields[index].name == name { total += 1 }
        return total
    }

    public struct Matches: Sequence, IteratorProtocol {
        private let list: FieldList
        private let name: FieldName
        private var position = 0

        init(list: FieldList, name: FieldName) {
            self.list = list
            self.name = name
            if !list.present.contains(name) { position = list.count }
        }

        public mutating func next() -> Field? {
            while position < list.count {
                let field = list[position]
                position += 1
                if field.name == name { return field }
            }
            return nil
        }
    }

    mutating func removeAll() {
        fields.removeAll(keepingCapacity: true)
        present = []
        droppedCount = 0
    }

    mutating func removeAll(of name: FieldName) { fields.removeAll { $0.name == name } }

    @inline(__always)
    mutating func append(_ field: Field) {
        fields.append(field)
        present = present.union(FieldNameSet(field.name))
    }

    mutating func markNominated(_ index: Int) { fields[index].traits.insert(.nominated) }
}
