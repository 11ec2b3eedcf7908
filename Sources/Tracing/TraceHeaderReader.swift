import Bytes

/// Which form wins when a request carries valid ids in both.
public enum PropagationPrecedence: Sendable {
    case w3cFirst
    case b3First
}

/// Collects the trace headers of one request, in the order in which they came, and says what context they are.
///
/// Each value is parsed as it is read, so no view of the head is kept. A traceparent that comes twice is invalid; the
/// first value of each B3 header wins; tracestate lines are joined in their order.
public struct TraceHeaderReader: Sendable {
    private var traceParent: TraceParent?
    private var traceState: [UInt8] = []
    private var b3Single: B3Context?
    private var b3Multiple = B3Context.none
    private var isDebug = false
    /// One bit for each `TraceHeader` that came.
    private var seen: UInt8 = 0

    public init() {}

    /// Takes one header line. `value` may have whitespace around it.
    public mutating func read(_ header: TraceHeader, value: borrowing RawSpan) {
        let isFirst = seen & 1 << header.rawValue == 0
        seen |= 1 << header.rawValue
        let range = value.trimmedRange(0..<value.byteCount)
        switch header {
        case .traceparent:
            traceParent = isFirst ? TraceParent(value) : nil
        case .tracestate:
            readTraceState(value, isFirst: isFirst)
        case .b3:
            if isFirst { b3Single = B3Context(single: value) }
        case .b3TraceID:
            if isFirst { b3Multiple.traceID = TraceID(b3: value, in: range) ?? B3Context.none.traceID }
        case .b3SpanID:
            if isFirst { b3Multiple.spanID = SpanID(b3: value, in: range) ?? .absent }
        case .b3ParentSpanID:
            if isFirst { b3Multiple.parentSpanID = SpanID(b3: value, in: range) ?? .absent }
        case .b3Sampled:
            if isFirst { b3Multiple.decision = SamplingDecision(b3Sampled: value) ?? .deferred }
        case .b3Flags:
            if isFirst { isDebug = value.equalsIgnoringCase("1", in: range) }
        }
    }

    public func finish(precedence: PropagationPrecedence = .w3cFirst) -> ExtractedContext {
        if seen == 0 { return .none }
        let b3 = b3Context
        var context = ExtractedContext.none
        context.forms = forms
        if let traceParent, precedence == .w3cFirst || !b3.hasIDs {
            context.parent = .init(
                traceID: traceParent.traceID, spanID: traceParent.spanID,
                isRandom: traceParent.flags.contains(.random))
            context.decision = traceParent.flags.contains(.sampled) ? .accept : .deny
            context.traceState = traceState.isEmpty ? .empty : TraceState(traceState.rawBytes)
            return context
        }
        if b3.hasIDs { context.parent = .init(traceID: b3.traceID, spanID: b3.spanID, isRandom: false) }
        context.decision = b3.decision
        return context
    }

    private mutating func readTraceState(_ value: borrowing RawSpan, isFirst: Bool) {
        // One byte more than can be valid marks the list as too long, without keeping it.
        let limit = TracingLimits.traceStateReceivedBytes + 1
        if !isFirst { traceState.append(UInt8(ascii: ",")) }
        for index in 0..<value.byteCount where traceState.count < limit { traceState.append(value[index]) }
    }

    /// The single header takes precedence, but a malformed one counts as absent.
    private var b3Context: B3Context {
        if let b3Single { return b3Single }
        var context = b3Multiple
        if isDebug { context.decision = .debug }
        return context
    }

    private var forms: PropagationForms {
        let w3c: UInt8 = 1 << TraceHeader.traceparent.rawValue | 1 << TraceHeader.tracestate.rawValue
        let single: UInt8 = 1 << TraceHeader.b3.rawValue
        var forms = PropagationForms()
        if seen & w3c != 0 { forms.insert(.w3c) }
        if seen & single != 0 { forms.insert(.b3Single) }
        if seen & ~(w3c | single) != 0 { forms.insert(.b3Multiple) }
        return forms
    }
}
