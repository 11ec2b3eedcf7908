import Bytes

/// The 128-bit id of a trace. All zero is not a trace: parsers refuse it and the generator never makes it.
public struct TraceID: Hashable, Sendable {
    /// The first 16 hexadecimal digits. Zero where a 64-bit B3 id was widened.
    public let high: UInt64
    public let low: UInt64

    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public var isZero: Bool { high | low == 0 }

    /// The 56 bits that every sampler compares (W3C level 2 random flag; OpenTelemetry consistent sampling).
    public var randomness: UInt64 { low & 0x00FF_FFFF_FFFF_FFFF }
}

/// The 64-bit id of a span; zero stands for "no span".
public struct SpanID: Hashable, Sendable {
    public let value: UInt64

    public init(_ value: UInt64) { self.value = value }

    /// The parent of a root span.
    public static let absent = SpanID(0)

    public var isAbsent: Bool { value == 0 }
}

extension TraceID: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits, as on the wire.
    public var description: String {
        var text = ByteBuffer()
        text.append(self)
        return String(decoding: text.bytes)
    }
}

extension SpanID: CustomStringConvertible {
    /// 16 lower-case hexadecimal digits, as on the wire.
    public var description: String {
        var text = ByteBuffer()
        text.append(self)
        return String(decoding: text.bytes)
    }
}
