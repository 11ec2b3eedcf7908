package import Bytes

/// The fields of one HTTP/2 head or trailer section, in the order in which they are sent: what an HPACK encoder takes.
/// Reused from section to section.
///
/// A received head goes on by one copy of its bytes; the lines point into it.
package struct FieldBlock: ~Copyable, FieldWriter {
    package struct Line: Sendable {
        package let name: ByteRange
        package let value: ByteRange
        /// Sent as a never indexed literal (RFC 7541 §6.2.3).
        package let isNeverIndexed: Bool
    }

    private var storage = ByteBuffer()
    package private(set) var lines: [Line] = []

    package init() {}

    /// What the ranges of `lines` point into.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes }
    }

    package mutating func removeAll() {
        storage.clear()
        lines.removeAll(keepingCapacity: true)
    }

    // MARK: Fields of our own

    package mutating func field(_ name: StaticString, _ value: StaticString) {
        let start = storage.count
        storage.append(name)
        storage.append(value)
        end(start, name)
    }

    package mutating func field(_ name: StaticString, _ value: RawSpan) {
        let start = storage.count
        storage.append(name)
        storage.append(fieldValue: value)
        end(start, name)
    }

    package mutating func field(_ name: StaticString, _ value: [UInt8]) { field(name, value.rawBytes) }

    package mutating func field(_ name: StaticString, decimal value: UInt64) {
        let start = storage.count
        storage.append(name)
        storage.append(decimal: value)
        end(start, name)
    }

    package mutating func field(_ name: StaticString, _ date: HTTPDate) {
        let start = storage.count
        storage.append(name)
        date.append(to: &storage)
        end(start, name)
    }

    package mutating func field(_ name: StaticString, writing value: (inout ByteBuffer) -> Void) {
        let start = storage.count
        storage.append(name)
        value(&storage)
        end(start, name)
    }

    /// A field whose name is no constant. It must be a token (RFC 9110 §5.1) that says nothing of the connection.
    package mutating func field(named name: RawSpan, _ value: RawSpan) {
        let start = storage.count
        storage.append(name)
        storage.append(fieldValue: value)
        end(start, nameBytes: name.byteCount)
    }

    private mutating func end(_ start: Int, _ name: StaticString) { end(start, nameBytes: name.utf8CodeUnitCount) }

    private mutating func end(_ start: Int, nameBytes: Int) {
        let valueStart = start + nameBytes
        let known = FieldNameTable.shared.token(in: storage.bytes, at: start, count: nameBytes)
        lines.append(
            Line(
                name: ByteRange(start..<valueStart), value: ByteRange(valueStart..<storage.count),
                isNeverIndexed: FieldNameSet.neverIndexed.contains(known)))
    }

    // MARK: Received fields

    /// Takes `bytes` over whole.
    /// - Returns: where they stand, to be added to every range into them.
    mutating func adopt(_ bytes: RawSpan) -> Int {
        let base = storage.count
        storage.append(bytes)
        return base
    }

    /// A pseudo field whose value stands in adopted bytes.
    mutating func pseudo(_ name: StaticString, _ value: ByteRange, base: Int) {
        let start = storage.count
        storage.append(name)
        lines.append(
            Line(
                name: ByteRange(start..<storage.count), value: value.moved(by: base), isNeverIndexed: false))
    }

    /// The lines of `fields` that go on; they point into adopted bytes.
    mutating func copy(_ fields: FieldList, base: Int, removing: FieldNameSet) {
        for index in 0..<fields.count {
            let field = fields[index]
            if removing.contains(field.name) || field.isNominatedByConnection { continue }
            lines.append(
                Line(
                    name: field.nameRange.moved(by: base), value: field.valueRange.moved(by: base),
                    isNeverIndexed: field.isNeverIndexed || FieldNameSet.neverIndexed.contains(field.name)))
        }
    }

    mutating func via(_ pseudonym: [UInt8], major: UInt8, minor: UInt8) {
        field("via") {
            $0.append(HTTPVersionText.viaPrefix(major: major, minor: minor))
            $0.append(fieldValue: pseudonym.rawBytes)
        }
    }
}

extension ByteRange {
    func moved(by distance: Int) -> ByteRange { ByteRange(start: lowerBound + distance, count: Int(count)) }
}
