import Bytes

/// The header fields that carry trace context. A proxy takes all of them out of a forwarded head and lets
/// `TraceContext.inject` write them anew.
public enum TraceHeader: UInt8, CaseIterable, Sendable {
    case traceparent
    case tracestate
    case b3
    case b3TraceID
    case b3SpanID
    case b3ParentSpanID
    case b3Sampled
    case b3Flags

    /// The name in lower case.
    public var name: StaticString {
        switch self {
        case .traceparent: "traceparent"
        case .tracestate: "tracestate"
        case .b3: "b3"
        case .b3TraceID: "x-b3-traceid"
        case .b3SpanID: "x-b3-spanid"
        case .b3ParentSpanID: "x-b3-parentspanid"
        case .b3Sampled: "x-b3-sampled"
        case .b3Flags: "x-b3-flags"
        }
    }

    /// Recognises a field name in any case; two comparisons at most.
    public init?(name: borrowing RawSpan) {
        let whole = 0..<name.byteCount
        switch name.byteCount {
        case 2 where name.equalsIgnoringCase("b3", in: whole): self = .b3
        case 10 where name.equalsIgnoringCase("tracestate", in: whole): self = .tracestate
        case 10 where name.equalsIgnoringCase("x-b3-flags", in: whole): self = .b3Flags
        case 11 where name.equalsIgnoringCase("traceparent", in: whole): self = .traceparent
        case 11 where name.equalsIgnoringCase("x-b3-spanid", in: whole): self = .b3SpanID
        case 12 where name.equalsIgnoringCase("x-b3-traceid", in: whole): self = .b3TraceID
        case 12 where name.equalsIgnoringCase("x-b3-sampled", in: whole): self = .b3Sampled
        case 17 where name.equalsIgnoringCase("x-b3-parentspanid", in: whole): self = .b3ParentSpanID
        default: return nil
        }
    }
}

extension RawSpan {
    /// Whether the bytes in `range` are `expected`, which is in lower case.
    @inline(__always)
    func equalsIgnoringCase(_ expected: StaticString, in range: Range<Int>) -> Bool {
        guard range.count == expected.utf8CodeUnitCount else { return false }
        return extracting(range).equalsIgnoringCase(expected)
    }
}
