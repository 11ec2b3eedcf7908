import Dashboards
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
    /// Answered later than the latency bound of the drill's rules.
    private(set) var late = 0

    private static let lateNanoseconds = UInt64(MeshCommands.ruleOptions.latencyBound.seconds * 1e9)

    var answered: Int { succeeded + failed }
    var unansweredCount: Int { unanswered.values.reduce(0, +) }

    mutating func note(status: Int, isDegraded: Bool, nanoseconds: UInt64) {
        if status >= 500 { failed += 1 } else { succeeded += 1 }
        if isDegraded { degraded += 1 }
        if nanoseconds > Self.lateNanoseconds { late += 1 }
    }

    mutating func note(_ error: HTTPClientError) { unanswered[error.description, default: 0] += 1 }

    mutating func add(_ other: LoadCounts) {
        sent += other.sent
        succeeded += other.succeeded
        degraded += other.degraded
        failed += other.failed
        unanswered.merge(other.unanswered, uniquingKeysWith: +)
        late += other.late
    }
}
