import Bytes

/// One field of an HTTP/2 header section (RFC 9113 §8.2), by the grammar that field lines have. It is kept as
/// `name: value CRLF`, so that a section goes on in either version by copying.
extension FieldParser {
    static func take(
        _ name: RawSpan, _ value: RawSpan, isNeverIndexed: Bool, into storage: inout ByteBuffer,
        _ fields: inout FieldList, limits: HTTPLimits
    ) throws(HTTPError) {
        guard name.byteCount > 0 else { throw .emptyFieldName }
        guard name.byteCount <= limits.fieldNameBytes else { throw .fieldNameTooLong }
        guard fields.count + fields.droppedCount < limits.fields else { throw .tooManyFields }
        let table = FieldNameTable.shared
        let (known, isLowercase) = table.match(in: name, at: 0, count: name.byteCount)
        if known == .other, try checkUnknownName(name, 0, name.byteCount, table) {
            fields.droppedCount += 1
            return
        }
        if !isLowercase, hasCapital(name) { throw .invalidFieldName }
        try checkValue(value)
        let start = storage.count
        storage.append(line: name, value)
        fields.append(
            Field(
                nameStart: UInt32(truncatingIfNeeded: start),
                valueStart: UInt32(truncatingIfNeeded: start &+ name.byteCount &+ 2),
                valueCount: UInt32(truncatingIfNeeded: value.byteCount),
                nameCount: UInt16(truncatingIfNeeded: name.byteCount), name: known,
                traits: isNeverIndexed ? [.canonical, .neverIndexed] : .canonical))
    }

    private static func hasCapital(_ name: RawSpan) -> Bool {
        name.firstOffset(from: 0, to: name.byteCount, where: WordScan.capital) < name.byteCount
    }

    /// No control byte but a tab, no whitespace around it (RFC 9113 §8.2.1).
    private static func checkValue(_ value: RawSpan) throws(HTTPError) {
        let count = value.byteCount
        guard count > 0 else { return }
        if ByteClass.isOptionalWhitespace(value[0]) || ByteClass.isOptionalWhitespace(value[count &- 1]) {
            throw .controlByte
        }
        var offset = 0
        while true {
            offset = value.firstOffset(from: offset, to: count, where: WordScan.control)
            guard offset < count else { return }
            guard value[offset] == ByteClass.tab else { throw .controlByte }
            offset &+= 1
        }
    }
}
