/// The flags byte of a traceparent (W3C Trace Context level 2 §3.2.2.5). Bits without a meaning are never kept.
public struct TraceFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue & 0b11 }

    /// The caller may have recorded the trace.
    public static let sampled = TraceFlags(rawValue: 1)
    /// The low seven bytes of the trace id are random. Copied as received; set where this process starts a trace.
    public static let random = TraceFlags(rawValue: 2)
}
