import Bytes

/// Header text of bounded length, built in place and appended to a buffer at once.
struct HeaderLine {
    /// The longest line is `b3: ` with 32 + 16 + 1 + 16 digits and three dashes, CRLF: 74 bytes.
    private var bytes = InlineArray<80, UInt8>(repeating: 0)
    private(set) var count = 0

    mutating func append(_ byte: UInt8) {
        bytes[count] = byte
        count += 1
    }

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

    mutating func append(_ traceID: TraceID) {
        append(hexadecimal: traceID.high)
        append(hexadecimal: traceID.low)
    }

    mutating func append(_ spanID: SpanID) { append(hexadecimal: spanID.value) }

    private mutating func append(word: UInt64) {
        var rest = word
        for _ in 0..<8 {
            append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// Appends what was built and CRLF.
    func end(in buffer: inout ByteBuffer) {
        buffer.append(bytes.span.extracting(first: count).rawBytes)
        buffer.append("\r\n")
    }

    var text: String { String(decoding: (0..<count).map { bytes[$0] }, as: UTF8.self) }
}

extension HexadecimalDigits {
    static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }
}
