/// Why a recorded span was not exported; the raw value is the metric label.
public enum SpanDropReason: String, CaseIterable, Sendable {
    /// A loop's buffer or the export queue had no room.
    case queueFull = "queue_full"
    /// The back end refused the request for good.
    case rejected
    /// The back end could not be reached, or asked to come back, for too long.
    case retriesExhausted = "retries_exhausted"
    /// The back end took the request and refused some of its spans.
    case partialSuccess = "partial_success"
    /// The process ended before they could be sent.
    case shutdown
}

/// How one attempt to send ended; the raw value is the metric label.
public enum ExportOutcome: String, CaseIterable, Sendable {
    case success
    case partialSuccess = "partial_success"
    /// A status that is not to be retried.
    case rejected
    /// A status that asks to come back: 429, 502, 503, 504, and those of gRPC that OTLP lists.
    case unavailable
    case connectionFailure = "connection_failure"
    case timeout
}

/// What became of all spans. At every moment `recorded == exported + droppedTotal + queued`.
public struct ExportCounters: Hashable, Sendable {
    public internal(set) var recorded: UInt64 = 0
    public internal(set) var exported: UInt64 = 0
    private var dropped = [UInt64](repeating: 0, count: SpanDropReason.allCases.count)
    private var requests = [UInt64](repeating: 0, count: ExportOutcome.allCases.count)
    /// Zero until the first success.
    public internal(set) var lastSuccessUnixNanoseconds: UInt64 = 0

    public func dropped(_ reason: SpanDropReason) -> UInt64 { dropped[reason.index] }
    public func requests(_ outcome: ExportOutcome) -> UInt64 { requests[outcome.index] }
    public var droppedTotal: UInt64 { dropped.reduce(0, +) }

    mutating func drop(_ count: UInt64, _ reason: SpanDropReason) { dropped[reason.index] += count }
    mutating func countRequest(_ outcome: ExportOutcome) { requests[outcome.index] += 1 }
}

extension SpanDropReason {
    fileprivate var index: Int {
        switch self {
        case .queueFull: 0
        case .rejected: 1
        case .retriesExhausted: 2
        case .partialSuccess: 3
        case .shutdown: 4
        }
    }
}

extension ExportOutcome {
    fileprivate var index: Int {
        switch self {
        case .success: 0
        case .partialSuccess: 1
        case .rejected: 2
        case .unavailable: 3
        case .connectionFailure: 4
        case .timeout: 5
        }
    }
}
