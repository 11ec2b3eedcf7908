import Bytes

/// Which letters a hexadecimal number may have: W3C demands lower case, B3 senders also write upper case.
enum HexadecimalLetters {
    case lowercase
    case anyCase
}

extension RawSpan {
    /// Reads `digits` (≤ 16) hexadecimal digits at `offset`; `nil` when one of them is none.
    @inline(__always)
    func hexadecimal(at offset: Int, digits: Int, letters: HexadecimalLetters = .lowercase) -> UInt64? {
        var value: UInt64 = 0
        var isHexadecimal = true
        for position in offset..<(offset + digits) {
            let byte = letters == .anyCase ? self[position].asciiLowercased : self[position]
            // Without a branch that depends on the digit.
            let number = byte &- UInt8(ascii: "0")
            let letter = byte &- UInt8(ascii: "a")
            isHexadecimal = isHexadecimal && (number < 10 || letter < 6)
            value = value << 4 | UInt64(number < 10 ? number : letter &+ 10)
        }
        guard isHexadecimal else { return nil }
        return value
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

    /// Eight nibbles, each widened to its digit: three doubling steps, then `+ '0'`, and `+ 39` where it is a letter.
    private static func spread(_ value: UInt32) -> UInt64 {
        var nibbles = UInt64(value.byteSwapped)
        nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles >> 4 & 0x000F_000F_000F_000F) | (nibbles & 0x000F_000F_000F_000F) << 8
        let letters = (nibbles &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}
