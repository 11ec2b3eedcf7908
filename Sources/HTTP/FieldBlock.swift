public import Bytes

/// The fields of one HTTP/2 head or trailer section, in the order in which they are sent: what an HPACK encoder takes.
/// Reused from section to section.
///
/// A received head goes on by one copy of its bytes; the lines point into it.
public struct FieldBlock: ~Copyable, FieldWriter {
    public struct Line: Sendable {
        public let name: ByteRange
        public let value: ByteRange
        public let indexing: Indexing
    }

    /// What HPACK's table may keep of a line.
    public enum Indexing: Sendable {
        case all
        /// The value is another one next time.
        case name
        /// Sent as a never indexed literal (RFC 7541 §6.2.3).
        case never

        init(_ name: FieldName) {
            if FieldNameSet.secret.contains(name) {
                self = .never
            } else {
                self = FieldNameSet.unique.contains(name) ? .name : .all
            }
        }
    }

    private var storage = ByteBuffer()
    public private(set) var lines: [Line] = []

    public init() {}

    /// What the ranges of `lines` point into.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes }
    }

    /// Whether Σ(name + value + 32), as SETTINGS_MAX_HEADER_LIST_SIZE counts it (RFC 9113 §6.5.2), is at most `listBytes`, and no
    /// name or value longer than `lineBytes`.
    public func isAtMost(_ listBytes: Int, lineBytes: Int) -> Bool {
        // No line is longer than all, and each byte stands once: what is small needs no counting.
        if storage.count + 32 * lines.count <= min(listBytes, lineBytes) { return true }
        return lines.allSatisfy { max($0.name.count, $0.value.count) <= lineBytes }
            && lines.reduce(0) { $0 + Int($1.name.count) + Int($1.value.count) + 32 } <= listBytes
    }

    public mutating func removeAll() {
        storage.clear()
        lines.removeAll(keepingCapacity: true)
    }

    // MARK: Fields of our own

    public mutating func field(_ name: StaticString, _ value: StaticString) {
        let start = storage.count
        storage.append(name)
        storage.append(value)
        end(start, name)
    }

    public mutating func field(_ name: StaticString, _ value: RawSpan) {
        let start = storage.count
        storage.append(name)
        storage.append(fieldValue: value)
        end(start, name)
    }

    public mutating func field(_ name: StaticString, _ value: [UInt8]) { field(name, value.rawBytes) }

    public mutating func field(_ name: StaticString, decimal value: UInt64) {
        let start = storage.count
        storage.append(name)
        storage.append(decimal: value)
        end(start, name, isPlain: true)
    }

    public mutating func field(_ name: StaticString, _ date: HTTPDate) {
        let start = storage.count
        storage.append(name)
        date.append(to: &storage)
        end(start, name, isPlain: true)
    }

    public mutating func field(_ name: StaticString, writing value: (inout ByteBuffer) -> Void) {
        let start = storage.count
        storage.append(name)
        value(&storage)
        end(start, name)
    }

    /// Whole field lines, each `name: value` with its CRLF, that a caller writes itself.
    public mutating func lines(writing text: (inout ByteBuffer) -> Void) {
        var start = storage.count
        text(&storage)
        while start < storage.count {
            let count = storage.count
            let colon = storage.bytes.firstOffset(from: start, to: count) { WordScan.equal(UInt8(ascii: ":"), $0) }
            let end = storage.bytes.firstOffset(from: colon, to: count) { WordScan.equal(ByteClass.lineFeed, $0) }
            guard end < count else { return }
            append(name: start..<colon, value: colon + 2..<end - 1)
            start = end + 1
        }
    }

    private mutating func append(name: Range<Int>, value: Range<Int>) {
        let known = FieldNameTable.shared.token(in: storage.bytes, at: name.lowerBound, count: name.count)
        lines.append(
            Line(
                name: ByteRange(name), value: ByteRange(value),
                indexing: Indexing(known)))
    }

    /// - Parameter isPlain: no number or date is one that is never indexed.
    private mutating func end(_ start: Int, _ name: StaticString, isPlain: Bool = false) {
        let valueStart = start + name.utf8CodeUnitCount
        let known =
            isPlain ? nil : FieldNameTable.shared.token(in: storage.bytes, at: start, count: name.utf8CodeUnitCount)
        lines.append(
            Line(
                name: ByteRange(start..<valueStart), value: ByteRange(valueStart..<storage.count),
                indexing: known.map { Indexing($0) } ?? .all))
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
                name: ByteRange(start..<storage.count), value: value.moved(by: base), indexing: .all))
    }

    /// The lines of `fields` that go on; they point into adopted bytes.
    mutating func copy(_ fields: FieldList, base: Int, removing: FieldNameSet) {
        for index in 0..<fields.count {
            let field = fields[index]
            if removing.contains(field.name) || field.isNominatedByConnection { continue }
            lines.append(
                Line(
                    name: field.nameRange.moved(by: base), value: field.valueRange.moved(by: base),
                    indexing: field.isNeverIndexed ? .never : Indexing(field.name)))
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
