extension RawSpan {
    /// The byte at `offset`, checked against the bounds. Any bit pattern is a valid `UInt8`, so nothing can go wrong
    /// that the bounds check does not catch; this is the only load that the parsers of this target use.
    @inline(__always)
    func byte(at offset: Int) -> UInt8 {
        unsafe unsafeLoad(fromByteOffset: offset, as: UInt8.self)
    }

    /// The range without spaces and tabs at either end (optional whitespace, RFC 9110 §5.6.3).
    func trimmedRange(_ range: Range<Int>) -> Range<Int> {
        var lower = range.lowerBound
        var upper = range.upperBound
        while lower < upper, byte(at: lower).isOptionalWhitespace { lower += 1 }
        while lower < upper, byte(at: upper - 1).isOptionalWhitespace { upper -= 1 }
        return lower..<upper
    }
}

extension UInt8 {
    @inline(__always)
    var isOptionalWhitespace: Bool { self == 0x20 || self == 0x09 }

    /// The letter in lower case; every other byte unchanged.
    @inline(__always)
    var lowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension [UInt8] {
    mutating func append(_ span: RawSpan) {
        unsafe span.withUnsafeBytes { unsafe append(contentsOf: $0) }
    }
}
