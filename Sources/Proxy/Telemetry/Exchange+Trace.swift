import HTTP
import Tracing

extension FieldNameSet {
    /// The fields that carry trace context: read once, and written anew for the upstream.
    static let traceContext: FieldNameSet = [
        .traceparent, .tracestate, .b3, .xB3TraceID, .xB3SpanID, .xB3ParentSpanID, .xB3Sampled, .xB3Flags,
    ]
}

extension FieldNameSet {
    /// What no caller can say for us: the mesh trusts these fields where a proxy wrote them (conformance V11).
    static let writtenByProxy: FieldNameSet = traceContext.union(.martletReason).union(.martletClientID)
        .union(.martletOriginalProtocol)
}

extension TraceHeader {
    init?(_ name: FieldName) {
        switch name {
        case .traceparent: self = .traceparent
        case .tracestate: self = .tracestate
        case .b3: self = .b3
        case .xB3TraceID: self = .b3TraceID
        case .xB3SpanID: self = .b3SpanID
        case .xB3ParentSpanID: self = .b3ParentSpanID
        case .xB3Sampled: self = .b3Sampled
        case .xB3Flags: self = .b3Flags
        default: return nil
        }
    }
}

extension RequestHead {
    /// The caller's trace context; costs one comparison when no such field came.
    borrowing func traceContext(precedence: PropagationPrecedence) -> ExtractedContext {
        guard !fields.present.isDisjoint(with: .traceContext) else { return .none }
        var reader = TraceHeaderReader()
        for index in 0..<fields.count {
            let field = fields[index]
            guard let header = TraceHeader(field.name) else { continue }
            reader.read(header, value: self[field.valueRange])
        }
        return reader.finish(precedence: precedence)
    }
}
