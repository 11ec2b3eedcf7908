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

    /// Appends the header lines, each with CRLF: traceparent always, tracestate where there is one, B3 in the forms in
    /// which it came. Allocates only if the buffer must grow.
    public func inject(into buffer: inout ByteBuffer) {
        buffer.append("traceparent: ")
        TraceParent(traceID: traceID, spanID: spanID, flags: flags).write(to: &buffer)
        buffer.append("\r\n")
        if !traceState.isEmpty {
            buffer.append("tracestate: ")
            buffer.append(traceState.text)
            buffer.append("\r\n")
        }
        if forms.contains(.b3Single) { injectB3Single(into: &buffer) }
        if forms.contains(.b3Multiple) { injectB3Multiple(into: &buffer) }
    }

    private func injectB3Single(into buffer: inout ByteBuffer) {
        buffer.append("b3: ")
        appendB3TraceID(to: &buffer)
        buffer.append("-")
        buffer.append(spanID)
        buffer.append(isDebug ? "-d" : isSampled ? "-1" : "-0")
        if !parentSpanID.isAbsent {
            buffer.append("-")
            buffer.append(parentSpanID)
        }
        buffer.append("\r\n")
    }

    private func injectB3Multiple(into buffer: inout ByteBuffer) {
        buffer.append("x-b3-traceid: ")
        appendB3TraceID(to: &buffer)
        buffer.append("\r\nx-b3-spanid: ")
        buffer.append(spanID)
        if !parentSpanID.isAbsent {
            buffer.append("\r\nx-b3-parentspanid: ")
            buffer.append(parentSpanID)
        }
        // Debug implies sampled, which is then not sent.
        buffer.append(
            isDebug ? "\r\nx-b3-flags: 1\r\n" : isSampled ? "\r\nx-b3-sampled: 1\r\n" : "\r\nx-b3-sampled: 0\r\n")
    }

    /// An id that came with 64 bits goes on with 64 bits: callees that know only those would not find it otherwise.
    private func appendB3TraceID(to buffer: inout ByteBuffer) {
        if traceID.high != 0 { buffer.append(hexadecimal: traceID.high) }
        buffer.append(hexadecimal: traceID.low)
    }
}
