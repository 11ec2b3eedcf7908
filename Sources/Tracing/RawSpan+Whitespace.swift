import Bytes

extension RawSpan {
    /// The range without spaces and tabs at either end (optional whitespace, RFC 9110 §5.6.3).
    func trimmedRange(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, self[lower].isOptionalWhitespace { lower += 1 }
        while lower < upper, self[upper - 1].isOptionalWhitespace { upper -= 1 }
        return lower..<upper
    }
}

extension UInt8 {
    @inline(__always)
    var isOptionalWhitespace: Bool { self == 0x20 || self == 0x09 }
}
