import Bytes

/// Which letters a hexadecimal number may have: W3C demands lower case, B3 senders also write upper case.
enum HexadecimalLetters {
    case lowercase
    case anyCase
}

extension RawSpan {
    /// Reads `digits` (2, or up to 16 by eight) hexadecimal digits at `offset`; `nil` when one of them is none.
    @inline(__always)
    func hexadecimal(at offset: Int, digits: Int, letters: HexadecimalLetters = .lowercase) -> UInt64? {
        precondition(digits == 2 || digits == 8 || digits == 16, "no such number of digits")
        guard digits > 2 else { return HexadecimalDigits.number(pair: self[offset], self[offset + 1], letters) }
        guard let high = HexadecimalDigits.number(word(at: offset), letters) else { return nil }
        guard digits > 8 else { return UInt64(high) }
        guard let low = HexadecimalDigits.number(word(at: offset + 8), letters) else { return nil }
        return UInt64(high) << 32 | UInt64(low)
    }
}

/// The 16 lower-case digits of a number as ASCII, the most significant digit in the lowest byte of `first`.
struct HexadecimalDigits {
    let first: UInt64
    let second: UInt64

    init(_ value: UInt64) {
        first = Self.spread(UInt32(truncatingIfNeeded: value >> 32))
        second = Self.spread(UInt32(truncatingIfNeeded: value))
    }

    /// Eight nibbles, each widened to its digit by three doubling steps.
    private static func spread(_ value: UInt32) -> UInt64 {
        var nibbles = UInt64(value.byteSwapped)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles >> 4 & 0x000F_000F_000F_000F) | (nibbles & 0x000F_000F_000F_000F) << 8
        return spelled(nibbles)
    }

    /// The number of which `digits` are eight digits, the most significant one in the lowest byte; nil when they are none.
    ///
    /// Each byte's low four bits are its value, and nine more for a letter. Whether it was a digit at all is told by spelling
    /// that value again.
    @inline(__always)
    static func number(_ digits: UInt64, _ letters: HexadecimalLetters) -> UInt32? {
        let isLetter = digits >> 6 & 0x0101_0101_0101_0101
        // Upper-case letters differ by one bit, which digits have set.
        let lowered = letters == .anyCase ? digits | isLetter << 5 : digits
        let nibbles = ((digits & 0x0F0F_0F0F_0F0F_0F0F) &+ isLetter &* 9) & 0x0F0F_0F0F_0F0F_0F0F
        guard spelled(nibbles) == lowered else { return nil }
        let pairs = (nibbles << 4 | nibbles >> 8) & 0x00FF_00FF_00FF_00FF
        let quads = pairs | pairs >> 8
        return UInt32(truncatingIfNeeded: (quads & 0xFFFF) | (quads >> 16 & 0xFFFF_0000)).byteSwapped
    }

    @inline(__always)
    static func number(pair first: UInt8, _ second: UInt8, _ letters: HexadecimalLetters) -> UInt64? {
        let zeros: UInt64 = 0x3030_3030_3030
        return number(zeros | UInt64(first) << 48 | UInt64(second) << 56, letters).map { UInt64($0) }
    }

    static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

    /// Each byte, which is below 16, as its digit: `+ '0'`, and `+ 39` where it is a letter.
    @inline(__always)
    private static func spelled(_ nibbles: UInt64) -> UInt64 {
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}

extension ByteBuffer {
    mutating func append(_ traceID: TraceID) {
        append(hexadecimal: traceID.high)
        append(hexadecimal: traceID.low)
    }

    mutating func append(_ spanID: SpanID) { append(hexadecimal: spanID.value) }

    /// 16 digits.
    mutating func append(hexadecimal value: UInt64) {
        let digits = HexadecimalDigits(value)
        append(word: digits.first)
        append(word: digits.second)
    }

    /// Two digits.
    mutating func append(hexadecimal value: UInt8) {
        append(HexadecimalDigits.digit(value >> 4))
        append(HexadecimalDigits.digit(value & 0xF))
    }
}
