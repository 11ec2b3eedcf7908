import HTTPTransport

/// What became of the requests of one route.
struct LoadCounts: Equatable {
    var sent = 0
    /// Answered below 500.
    private(set) var succeeded = 0
    /// Among `succeeded`: answers that name a dependency which failed.
    private(set) var degraded = 0
    /// Answered 5xx.
    private(set) var failed = 0
    /// Not answered, by `HTTPClientError`'s word.
    private(set) var unanswered: [String: Int] = [:]
    private(set) var latencyNanosecondsSum: UInt64 = 0
    private(set) var latencyNanosecondsMax: UInt64 = 0

    var answered: Int { succeeded + failed }
    var unansweredCount: Int { unanswered.values.reduce(0, +) }

    mutating func note(status: Int, isDegraded: Bool, nanoseconds: UInt64) {
        if status >= 500 { failed += 1 } else { succeeded += 1 }
        if isDegraded { degraded += 1 }
        latencyNanosecondsSum += nanoseconds
        latencyNanosecondsMax = max(latencyNanosecondsMax, nanoseconds)
    }

    mutating func note(_ error: HTTPClientError) { unanswered[error.description, default: 0] += 1 }

    mutating func add(_ other: LoadCounts) {
        sent += other.sent
        succeeded += other.succeeded
        degraded += other.degraded
        failed += other.failed
        unanswered.merge(other.unanswered, uniquingKeysWith: +)
        latencyNanosecondsSum += other.latencyNanosecondsSum
        latencyNanosecondsMax = max(latencyNanosecondsMax, other.latencyNanosecondsMax)
    }
}
