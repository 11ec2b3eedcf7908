@testable import Tracing

/// Drives an export policy by hand: a manual clock in milliseconds, and answers as they would come from a server.
struct ExportDriver: ~Copyable {
    var policy: ExportPolicy
    private(set) var milliseconds: UInt64 = 0

    /// Wall-clock time of the moment zero: 2026-01-01 00:00:00 UTC.
    static let unixStart: UInt64 = 1_767_225_600

    init(configuration: ExportConfiguration = ExportConfiguration()) {
        let resource = TelemetryResource(serviceName: "a", serviceInstanceID: "b", serviceVersion: "c")
        policy = ExportPolicy(
            resource: resource, configuration: configuration, jitter: IDGenerator(seed: (1, 2, 3, 4)))
    }

    var now: TracingTime {
        TracingTime(
            monotonicNanoseconds: milliseconds * 1_000_000,
            unixNanoseconds: Self.unixStart * 1_000_000_000 + milliseconds * 1_000_000)
    }

    mutating func advance(to moment: UInt64) { milliseconds = moment }

    mutating func arrive(_ count: Int, dropped: UInt64 = 0) {
        policy.spansArrived(SpanBatch(spans: (0..<count).map { span($0) }, droppedCount: dropped), at: now)
    }

    mutating func next() -> Next {
        switch policy.nextAction(at: now) {
        case .send(let attempt, let deadline): .send(attempt, deadline: deadline / 1_000_000)
        case .abort(let attempt): .abort(attempt)
        case .wait(let until): .wait(until: until.map { $0 / 1_000_000 })
        case .finished: .finished
        }
    }

    mutating func respond(_ status: Int, to attempt: UInt64, retryAfter: String = "", body: [UInt8] = []) {
        unsafe policy.responseReceived(
            attempt: attempt, status: status, retryAfter: Array(retryAfter.utf8).span.bytes, body: body.span.bytes,
            at: now)
    }

    mutating func fail(_ attempt: UInt64) { policy.connectionFailed(attempt: attempt, at: now) }

    mutating func shutDown(deadline: UInt64) { policy.shutDown(deadlineMonotonicNanoseconds: deadline * 1_000_000) }

    /// The counters that are not zero, by name.
    var counts: [String: UInt64] {
        var counts = ["recorded": policy.counters.recorded, "exported": policy.counters.exported]
        for reason in SpanDropReason.allCases { counts["dropped \(reason.rawValue)"] = policy.counters.dropped(reason) }
        for outcome in ExportOutcome.allCases {
            counts["request \(outcome.rawValue)"] = policy.counters.requests(outcome)
        }
        return counts.filter { $0.value > 0 }
    }

    /// An action with times in milliseconds.
    enum Next: Equatable {
        case send(UInt64, deadline: UInt64)
        case abort(UInt64)
        case wait(until: UInt64?)
        case finished
    }
}

func bytes(hexadecimal text: String) -> [UInt8] {
    let digits = Array(text)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16) ?? 0 }
}
