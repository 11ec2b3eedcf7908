/// OTLP strings must be UTF-8 but are not always. A sender's broken string must not cost it the span, nor reach JSON.
enum UTF8Repair {
    /// The bytes, with every ill-formed sequence replaced by U+FFFD as the standard library does.
    static func repaired(_ bytes: Span<UInt8>, _ range: Range<Int>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.append(bytes, range)
        return isASCII(bytes, range) ? copy : Array(String(decoding: copy, as: UTF8.self).utf8)
    }

    /// Nearly every string of telemetry is, and that is seen word by word.
    @inline(__always)
    static func isASCII(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var seen: UInt64 = 0
        var position = range.lowerBound
        while range.upperBound - position >= 8 {
            seen |= bytes.littleEndian64(at: position)
            position += 8
        }
        while position < range.upperBound {
            seen |= UInt64(bytes[position])
            position += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
