import Bytes

/// Field lines (RFC 9112 §5), the same grammar for requests, responses and trailers: a token, a colon at once, a value
/// without control bytes, CRLF. No folding, no bare CR or LF, no space before the colon.
enum FieldParser {
    /// Reads lines up to and with the empty one.
    /// - Returns: the offset behind the empty line.
    static func parse(
        _ bytes: borrowing RawSpan, from start: Int, into fields: inout FieldList, limits: HTTPLimits, maximum: Int
    ) throws(HTTPError) -> Int {
        let table = FieldNameTable.shared
        var position = start
        var lines = 0
        while true {
            guard position &+ 1 < bytes.byteCount else { throw .truncatedHead }
            let first = bytes[position]
            if first == ByteClass.carriageReturn {
                guard bytes[position &+ 1] == ByteClass.lineFeed else { throw .bareCarriageReturn }
                return position &+ 2
            }
            if ByteClass.isOptionalWhitespace(first) {
                throw lines == 0 ? .whitespaceBeforeFirstField : .obsoleteFold
            }
            lines &+= 1
            if lines > maximum { throw .tooManyFields }
            position = try parseLine(bytes, at: position, into: &fields, table: table, limits: limits)
        }
    }

    @inline(__always)
    private static func parseLine(
        _ bytes: borrowing RawSpan, at start: Int, into fields: inout FieldList, table: FieldNameTable,
        limits: HTTPLimits
    ) throws(HTTPError) -> Int {
        let colon = try endOfName(bytes, from: start, limit: limits.fieldNameBytes)
        let nameCount = colon &- start
        let name = table.token(in: bytes, at: start, count: nameCount)
        var isAlias = false
        if name == .other { isAlias = try checkUnknownName(bytes, start, nameCount, table) }

        var valueStart = colon &+ 1
        while valueStart < bytes.byteCount && ByteClass.isOptionalWhitespace(bytes[valueStart]) { valueStart &+= 1 }
        let lineEnd = try endOfValue(bytes, from: valueStart)
        var valueEnd = lineEnd
        while valueEnd > valueStart && ByteClass.isOptionalWhitespace(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        if isAlias {
            fields.droppedCount += 1
            return lineEnd &+ 2
        }
        let isCanonical =
            valueStart == colon &+ 2 && bytes[colon &+ 1] == ByteClass.space && valueEnd == lineEnd
        fields.append(
            Field(
                nameStart: UInt32(truncatingIfNeeded: start), valueStart: UInt32(truncatingIfNeeded: valueStart),
                valueCount: UInt32(truncatingIfNeeded: valueEnd &- valueStart),
                nameCount: UInt16(truncatingIfNeeded: nameCount), name: name,
                traits: isCanonical ? .canonical : []))
        return lineEnd &+ 2
    }

    /// The offset of the colon. What stands before it is checked by the caller, unless there is no colon.
    @inline(__always)
    private static func endOfName(_ bytes: borrowing RawSpan, from start: Int, limit: Int) throws(HTTPError) -> Int {
        let end = min(bytes.byteCount, start &+ limit &+ 1)
        let offset = bytes.firstOffset(from: start, to: end) { WordScan.equal(UInt8(ascii: ":"), $0) }
        guard offset < end else { throw faultOfEndlessName(bytes, start, end) }
        if offset == start { throw .emptyFieldName }
        return offset
    }

    private static func faultOfEndlessName(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) -> HTTPError {
        for offset in start..<end where !ByteClass.isToken(bytes[offset]) {
            return bytes[offset] == ByteClass.carriageReturn ? .missingColon : .invalidFieldName
        }
        return .fieldNameTooLong
    }

    /// Checks the characters of a name that is no known one.
    /// - Returns: whether it reads as a guarded name once `_` is taken for `-`.
    static func checkUnknownName(
        _ bytes: borrowing RawSpan, _ start: Int, _ count: Int, _ table: FieldNameTable
    ) throws(HTTPError) -> Bool {
        var hasUnderscore = false
        for offset in start..<start &+ count {
            let byte = bytes[offset]
            if byte == UInt8(ascii: "_") { hasUnderscore = true }
            if ByteClass.isToken(byte) { continue }
            if byte == ByteClass.carriageReturn { throw .missingColon }
            let isTrailing = ByteClass.isOptionalWhitespace(byte) && offset == start &+ count &- 1
            throw isTrailing ? .whitespaceBeforeColon : .invalidFieldName
        }
        guard hasUnderscore, count <= FieldNameTable.longestName else { return false }
        var dashed: [UInt8] = []
        for offset in start..<start &+ count {
            dashed.append(bytes[offset] == UInt8(ascii: "_") ? UInt8(ascii: "-") : bytes[offset])
        }
        let alias = table.token(in: dashed.rawBytes, at: 0, count: count)
        return FieldNameSet.guardedAgainstUnderscore.contains(alias)
    }

    /// The offset of the CR that ends the line; every byte before it may stand in a value (RFC 9110 §5.5), and in a reason
    /// phrase.
    @inline(__always)
    static func endOfValue(_ bytes: borrowing RawSpan, from start: Int) throws(HTTPError) -> Int {
        var offset = start
        while true {
            offset = bytes.firstOffset(from: offset, to: bytes.byteCount, where: WordScan.control)
            guard offset &+ 1 < bytes.byteCount else { throw .truncatedHead }
            switch bytes[offset] {
            case ByteClass.tab: offset &+= 1
            case ByteClass.carriageReturn:
                guard bytes[offset &+ 1] == ByteClass.lineFeed else { throw .bareCarriageReturn }
                return offset
            case ByteClass.lineFeed: throw .bareLineFeed
            default: throw .controlByte
            }
        }
    }
}
