/// What the caller decided about recording this trace.
public enum SamplingDecision: Sendable {
    /// Nothing was said; the receiver decides.
    case deferred
    case deny
    case accept
    /// B3 debug: recorded whatever the sampler says.
    case debug
}

/// The header forms in which a context came, so that it can go on in the same.
public struct PropagationForms: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let w3c = PropagationForms(rawValue: 1)
    public static let b3Single = PropagationForms(rawValue: 2)
    public static let b3Multiple = PropagationForms(rawValue: 4)
}

/// The trace context of a received request, before this process has taken part in it.
public struct ExtractedContext: Hashable, Sendable {
    /// The caller's span.
    public struct Parent: Hashable, Sendable {
        public var traceID: TraceID
        public var spanID: SpanID
        /// Whether the trace id was said to be random (W3C level 2); B3 cannot say.
        public var isRandom: Bool

        public init(traceID: TraceID, spanID: SpanID, isRandom: Bool) {
            self.traceID = traceID
            self.spanID = spanID
            self.isRandom = isRandom
        }
    }

    /// `nil`: no valid ids came, a new trace starts here.
    public var parent: Parent?
    public var decision: SamplingDecision
    public var traceState: TraceState
    public var forms: PropagationForms

    /// A request without any trace header.
    public static let none = ExtractedContext(parent: nil, decision: .deferred, traceState: .empty, forms: [])

    /// What remains of the context of a caller who is not trusted: the header forms alone (W3C §4.3, restart).
    public var restarted: ExtractedContext {
        ExtractedContext(parent: nil, decision: .deferred, traceState: .empty, forms: forms)
    }
}
