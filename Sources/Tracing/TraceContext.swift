public import Bytes

/// The context of one span of this process: what its record and its outgoing headers carry.
///
/// Ids are made even for a request that is not recorded, so that every hop behind agrees on the decision.
public struct TraceContext: Hashable, Sendable {
    public var traceID: TraceID
    /// This process's span; the outgoing headers name it as the parent.
    public var spanID: SpanID
    /// The caller's span, absent where the trace starts here.
    public var parentSpanID: SpanID
    public var flags: TraceFlags
    public var isDebug: Bool
    public var traceState: TraceState
    public var forms: PropagationForms

    public var isSampled: Bool { flags.contains(.sampled) }

    /// Opens a span below the caller's, or a new trace when no valid ids came.
    public init(continuing incoming: consuming ExtractedContext, sampler: Sampler, ids: inout IDGenerator) {
        if let parent = incoming.parent {
            traceID = parent.traceID
            parentSpanID = parent.spanID
            flags = parent.isRandom ? .random : []
        } else {
            traceID = ids.makeTraceID()
            parentSpanID = .absent
            flags = .random
        }
        spanID = ids.makeSpanID()
        isDebug = incoming.decision == .debug
        traceState = incoming.traceState
        forms = incoming.forms
        if sampler.isSampled(traceID, decision: incoming.decision) { flags.insert(.sampled) }
    }

    /// The same place in the trace with a span of its own: one for each attempt of a request.
    public func sibling(ids: inout IDGenerator) -> TraceContext {
        var context = self
        context.spanID = ids.makeSpanID()
        return context
    }

    /// Gives the header fields to `field`, by name and by what writes the value: traceparent always, tracestate where there is
    /// one, B3 in the forms in which it came.
    public func inject(_ field: (_ name: StaticString, _ value: (inout ByteBuffer) -> Void) -> Void) {
        field("traceparent") { TraceParent(traceID: traceID, spanID: spanID, flags: flags).write(to: &$0) }
        if !traceState.isEmpty { field("tracestate") { $0.append(traceState.text) } }
        if forms.contains(.b3Single) { field("b3", writeB3) }
        if forms.contains(.b3Multiple) { injectB3Multiple(field) }
    }

    private func writeB3(to buffer: inout ByteBuffer) {
        appendB3TraceID(to: &buffer)
        buffer.append("-")
        buffer.append(spanID)
        buffer.append(isDebug ? "-d" : isSampled ? "-1" : "-0")
        if !parentSpanID.isAbsent {
            buffer.append("-")
            buffer.append(parentSpanID)
        }
    }

    private func injectB3Multiple(_ field: (_ name: StaticString, _ value: (inout ByteBuffer) -> Void) -> Void) {
        field("x-b3-traceid", appendB3TraceID)
        field("x-b3-spanid") { $0.append(spanID) }
        if !parentSpanID.isAbsent { field("x-b3-parentspanid") { $0.append(parentSpanID) } }
        // Debug implies sampled, which is then not sent.
        if isDebug {
            field("x-b3-flags") { $0.append("1") }
        } else {
            field("x-b3-sampled") { $0.append(isSampled ? "1" : "0") }
        }
    }

    /// An id that came with 64 bits goes on with 64 bits: callees that know only those would not find it otherwise.
    private func appendB3TraceID(to buffer: inout ByteBuffer) {
        if traceID.high != 0 { buffer.append(hexadecimal: traceID.high) }
        buffer.append(hexadecimal: traceID.low)
    }
}
