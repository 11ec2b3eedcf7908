/// The spellings that the text formats share. None of them allocates but for a fraction that is not in nanoseconds.
extension [UInt8] {
    mutating func append(escapedLabelValue text: String) { append(text, escapingQuotes: true) }

    /// Text 0.0.4 leaves quotes in HELP alone, OpenMetrics escapes them.
    mutating func append(_ text: String, escapingQuotes: Bool) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\\"):
                append(contentsOf: "\\\\".utf8)
            case UInt8(ascii: "\n"):
                append(contentsOf: "\\n".utf8)
            case UInt8(ascii: "\"") where escapingQuotes:
                append(contentsOf: "\\\"".utf8)
            case _:
                append(byte)
            }
        }
    }

    mutating func append(decimal number: UInt64) {
        if number < 10 {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: number))
            return
        }
        var digits = InlineArray<20, UInt8>(repeating: 0)
        var first = 20
        var rest = number
        while rest > 0 {
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            first &-= 1
            digits[first] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: digit)
            rest = quotient
        }
        for position in first..<20 { append(digits[position]) }
    }

    /// Exact, and with a point even when whole: "0.25", "3.0".
    mutating func append(secondsOf nanoseconds: UInt64) {
        let (seconds, fraction) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        append(decimal: seconds)
        append(UInt8(ascii: "."))
        var rest = fraction
        var unit: UInt64 = 100_000_000
        repeat {
            append(UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest / unit))
            rest %= unit
            unit /= 10
        } while rest > 0
    }

    /// Whole numbers without a point, others as the shortest decimal that reads back the same.
    mutating func append(number value: Double) {
        let largestExactInteger = 9_007_199_254_740_992.0
        if value == value.rounded(.towardZero), value.magnitude <= largestExactInteger {
            if value < 0 { append(UInt8(ascii: "-")) }
            append(decimal: UInt64(value.magnitude))
        } else if value.isNaN {
            append(contentsOf: "NaN".utf8)
        } else if value.isInfinite {
            append(contentsOf: (value < 0 ? "-Inf" : "+Inf").utf8)
        } else {
            append(contentsOf: value.description.utf8)
        }
    }

    /// Sixteen lowercase hexadecimal digits.
    mutating func append(hexadecimal number: UInt64) {
        for shift in stride(from: 60, through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number &>> UInt64(shift)) & 15
            append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
