import Bytes

/// Walks the elements of a comma-separated list field (RFC 9110 §5.6.1). Empty elements are skipped but counted: a
/// list may not make us work for ever.
struct ListElements {
    private var next: Int
    private let end: Int
    private(set) var count = 0

    init(_ range: ByteRange) {
        next = range.lowerBound
        end = range.upperBound
    }

    /// The next element without the whitespace around it, empty if nothing stands there; nil behind the last.
    mutating func nextElement(_ bytes: borrowing RawSpan) -> ByteRange? {
        guard next <= end else { return nil }
        var start = next
        var stop = bytes.firstOffset(from: start, to: end) { WordScan.equal(UInt8(ascii: ","), $0) }
        next = stop + 1
        count += 1
        while start < stop && ByteClass.isOptionalWhitespace(bytes[start]) { start += 1 }
        while stop > start && ByteClass.isOptionalWhitespace(bytes[stop - 1]) { stop -= 1 }
        return ByteRange(start..<stop)
    }

    static func isToken(_ bytes: borrowing RawSpan, _ range: ByteRange) -> Bool {
        guard !range.isEmpty else { return false }
        for offset in range.range where !ByteClass.isToken(bytes[offset]) { return false }
        return true
    }
}
