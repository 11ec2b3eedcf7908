/// The head decision: whether a request's span is recorded, taken before anything is known of its outcome.
///
/// A trace is kept when the low 56 bits of its id reach a threshold (OpenTelemetry consistent probability sampling), so
/// hops that decide for themselves with the same rate decide alike.
public struct Sampler: Sendable {
    /// What becomes of a span when it ends.
    public enum Verdict: Sendable {
        case discard
        case record
        /// Not sampled at the head, recorded because it failed; the record says so (`martlet.sampling.kept`).
        case recordError
    }

    private static let randomnessBound: UInt64 = 1 << 56

    /// Ids below are not sampled: 0 keeps every trace, 2^56 none.
    public let rejectionThreshold: UInt64
    /// Whether a decision that came in the headers is followed. Without it only B3 debug is.
    public let followsParent: Bool
    /// Whether failed spans of unsampled traces are recorded.
    public let keepsErrors: Bool

    /// - Parameter rate: the share of new traces to record, clamped to 0…1.
    public init(rate: Double, followsParent: Bool = true, keepsErrors: Bool = false) {
        let share = rate > 0 ? min(rate, 1) : 0
        rejectionThreshold = UInt64(((1 - share) * Double(Self.randomnessBound)).rounded())
        self.followsParent = followsParent
        self.keepsErrors = keepsErrors
    }

    public func isSampled(_ traceID: TraceID, decision: SamplingDecision) -> Bool {
        switch decision {
        case .debug: true
        case .accept where followsParent: true
        case .deny where followsParent: false
        case .accept, .deny, .deferred: traceID.randomness >= rejectionThreshold
        }
    }

    /// - Parameter isSampled: the head decision of the span's context.
    public func verdict(isSampled: Bool, hasFailed: Bool) -> Verdict {
        if isSampled { return .record }
        return keepsErrors && hasFailed ? .recordError : .discard
    }
}
