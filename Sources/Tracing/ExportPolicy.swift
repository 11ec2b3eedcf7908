import Bytes
import Compression

/// What the driver of an `ExportPolicy` has to do next.
public enum ExportAction: Hashable, Sendable {
    /// POST `ExportPolicy.body`, or call with it, and report the outcome under this number. Given once for each attempt.
    case send(attempt: UInt64, deadlineMonotonicNanoseconds: UInt64)
    /// Close the connection of this attempt: its time is over, and no report of it counts any more.
    case abort(attempt: UInt64)
    /// Nothing before this moment, or before the next event when there is none.
    case wait(untilMonotonicNanoseconds: UInt64?)
    /// Everything was sent or counted as dropped; only after `shutDown`.
    case finished
}

/// Decides when spans are sent, encodes them, and says what becomes of them: OTLP over HTTP or gRPC without a socket or a
/// clock.
///
/// ```
///          due                2xx · refused
///   idle ───────▶ sending ───────────────────▶ idle
///                 ▲     │ retryable · no answer
///         backoff │     ▼
///                waiting ───────────────────▶ idle      given up
/// ```
/// One request is in flight at a time. After every event, ask `nextAction` until it says `wait` or `finished`.
public struct ExportPolicy: ~Copyable {
    private enum State {
        case idle
        case sending(attempt: UInt64, deadline: UInt64)
        case waiting(until: UInt64)
        case finished
    }

    private let configuration: ExportConfiguration
    private var state = State.idle
    private var queue: SpanQueue
    private var encoder: OTLPEncoder
    private var compressor = GzipCompressor(level: .fast)
    private var backoff: ExportBackoff
    private var lastAttempt: UInt64 = 0
    /// When the oldest queued span arrived; only meaningful while the queue has spans.
    private var oldestArrival: UInt64 = 0
    /// The server asked for silence until then.
    private var quietUntil: UInt64 = 0
    private var shutdownDeadline: UInt64?
    /// Spans in `body`.
    private var inFlightCount: UInt64 = 0

    /// The request being sent; its bytes do not change between attempts.
    public private(set) var body: [UInt8] = []
    public private(set) var counters = ExportCounters()
    public private(set) var lastFailure: ExportFailure?

    public init(resource: TelemetryResource, configuration: ExportConfiguration = ExportConfiguration()) {
        self.init(resource: resource, configuration: configuration, jitter: IDGenerator())
    }

    package init(resource: TelemetryResource, configuration: ExportConfiguration, jitter: consuming IDGenerator) {
        self.configuration = configuration
        queue = SpanQueue(capacity: configuration.queueSpans, byteCapacity: configuration.queueBytes)
        encoder = OTLPEncoder(resource: resource)
        backoff = ExportBackoff(configuration: configuration, jitter: jitter)
    }

    /// Spans that are neither exported nor dropped yet, the ones in flight included.
    public var queuedCount: Int { queue.count + Int(inFlightCount) }
    /// Spans that may wait, the ones in flight not counted.
    public var queueCapacity: Int { configuration.queueSpans }

    // MARK: Events

    public mutating func spansArrived(_ batch: SpanBatch, at now: TracingTime) {
        counters.recorded += batch.recordedCount
        counters.drop(batch.droppedCount, .queueFull)
        if case .finished = state {
            counters.drop(UInt64(batch.spans.count), .shutdown)
            return
        }
        if queue.count == 0 { oldestArrival = now.monotonicNanoseconds }
        counters.drop(UInt64(queue.append(batch.spans)), .queueFull)
    }

    /// A whole response came.
    /// - Parameters:
    ///   - retryAfter: the field's value, empty when there was none.
    ///   - body: without content coding, `TracingLimits.responseBytes` of it at most.
    public mutating func responseReceived(
        attempt: UInt64, status: Int, retryAfter: RawSpan, body: RawSpan, at now: TracingTime
    ) {
        guard isCurrent(attempt) else { return }
        switch status {
        case 200..<300:
            accepted(ExportResponse(body), at: now)
        case 429, 502, 503, 504:
            let wait = RetryAfter(retryAfter)?.nanoseconds(from: now) ?? 0
            lastFailure = ExportFailure(.unavailable, status: status, message: statusMessage(body))
            retry(after: min(wait, TracingLimits.retryAfterNanoseconds), outcome: .unavailable, at: now)
        default:
            refused(ExportFailure(.rejected, status: status, message: statusMessage(body)))
        }
    }

    /// A call over gRPC ended with a status; the bodies are the messages, without what gRPC puts around them.
    /// - Parameters:
    ///   - code: a number of google.rpc.Code; others are refusals.
    ///   - retryDelayNanoseconds: of a google.rpc.RetryInfo, without which RESOURCE_EXHAUSTED is a refusal for good.
    ///   - body: empty when the call failed.
    public mutating func callEnded(
        attempt: UInt64, code: Int, retryDelayNanoseconds: UInt64?, message: String, body: RawSpan, at now: TracingTime
    ) {
        guard isCurrent(attempt) else { return }
        if code == 0 { return accepted(ExportResponse(body), at: now) }
        guard Self.isRetryable(code, hasDelay: retryDelayNanoseconds != nil) else {
            return refused(ExportFailure(.rejected, status: code, message: message))
        }
        lastFailure = ExportFailure(.unavailable, status: code, message: message)
        let wait = min(retryDelayNanoseconds ?? 0, TracingLimits.retryAfterNanoseconds)
        retry(after: wait, outcome: .unavailable, at: now)
    }

    /// OTLP's table of statuses after which the same request may be sent again.
    private static func isRetryable(_ code: Int, hasDelay: Bool) -> Bool {
        switch code {
        // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS
        case 1, 4, 10, 11, 14, 15: true
        case 8: hasDelay
        default: false
        }
    }

    /// The connection could not be made, or ended before the response was whole. At or after the attempt's deadline it
    /// counts as a timeout: a driver that keeps the deadline itself reports just that.
    public mutating func connectionFailed(attempt: UInt64, at now: TracingTime) {
        guard case .sending(attempt, let deadline) = state else { return }
        let outcome: ExportOutcome = now.monotonicNanoseconds < deadline ? .connectionFailure : .timeout
        lastFailure = ExportFailure(outcome)
        retry(after: 0, outcome: outcome, at: now)
    }

    /// Sends what is queued without waiting for full batches, until it is empty or the deadline has come.
    public mutating func shutDown(deadlineMonotonicNanoseconds deadline: UInt64) {
        shutdownDeadline = min(deadline, shutdownDeadline ?? deadline)
    }

    // MARK: Actions

    public mutating func nextAction(at now: TracingTime) -> ExportAction {
        let moment = now.monotonicNanoseconds
        if let deadline = shutdownDeadline, moment >= deadline || isHopeless(before: deadline) { finish() }
        switch state {
        case .finished:
            return .finished
        case .sending(let attempt, let deadline):
            if moment < deadline { return .wait(untilMonotonicNanoseconds: earlier(deadline, shutdownDeadline)) }
            lastFailure = ExportFailure(.timeout)
            retry(after: 0, outcome: .timeout, at: now)
            return .abort(attempt: attempt)
        case .waiting(let until):
            if moment < until { return .wait(untilMonotonicNanoseconds: earlier(until, shutdownDeadline)) }
            return send(at: now)
        case .idle:
            return nextActionWhenIdle(at: now)
        }
    }

    private mutating func nextActionWhenIdle(at now: TracingTime) -> ExportAction {
        guard queue.count > 0 else {
            if shutdownDeadline == nil { return .wait(untilMonotonicNanoseconds: nil) }
            finish()
            return .finished
        }
        let isFull = queue.count >= configuration.batchSpans || queue.byteCount >= configuration.batchBytes
        let isDueNow = isFull || shutdownDeadline != nil
        let due = max(isDueNow ? 0 : oldestArrival + configuration.batchDelayNanoseconds, quietUntil)
        guard now.monotonicNanoseconds >= due else {
            return .wait(untilMonotonicNanoseconds: earlier(due, shutdownDeadline))
        }
        encodeBatch()
        backoff.begin(at: now.monotonicNanoseconds)
        return send(at: now)
    }

    private mutating func send(at now: TracingTime) -> ExportAction {
        lastAttempt += 1
        let deadline = now.monotonicNanoseconds + configuration.timeoutNanoseconds
        state = .sending(attempt: lastAttempt, deadline: deadline)
        return .send(attempt: lastAttempt, deadlineMonotonicNanoseconds: deadline)
    }

    // MARK: Transitions

    /// A body that cannot be read counts as full success, as other OTLP clients do: the status says that it was taken.
    private mutating func accepted(_ response: ExportResponse?, at now: TracingTime) {
        let rejected = UInt64(clamping: response?.rejectedSpans ?? 0)
        let dropped = min(rejected, inFlightCount)
        counters.countRequest(dropped > 0 ? .partialSuccess : .success)
        counters.drop(dropped, .partialSuccess)
        counters.exported += inFlightCount - dropped
        counters.lastSuccessUnixNanoseconds = now.unixNanoseconds
        if let message = response?.message, dropped > 0 || !message.isEmpty {
            lastFailure = ExportFailure(.partialSuccess, status: 200, message: message)
        }
        endBatch()
    }

    private mutating func refused(_ failure: ExportFailure) {
        counters.countRequest(.rejected)
        counters.drop(inFlightCount, .rejected)
        lastFailure = failure
        endBatch()
    }

    private mutating func retry(after minimumWait: UInt64, outcome: ExportOutcome, at now: TracingTime) {
        counters.countRequest(outcome)
        quietUntil = now.monotonicNanoseconds + minimumWait
        if let until = backoff.next(after: minimumWait, at: now.monotonicNanoseconds) {
            state = .waiting(until: until)
        } else {
            counters.drop(inFlightCount, .retriesExhausted)
            endBatch()
        }
    }

    private mutating func endBatch() {
        inFlightCount = 0
        body.removeAll(keepingCapacity: true)
        state = .idle
    }

    private mutating func finish() {
        counters.drop(inFlightCount + UInt64(queue.removeAll()), .shutdown)
        endBatch()
        state = .finished
    }

    private func isCurrent(_ attempt: UInt64) -> Bool {
        if case .sending(attempt, _) = state { true } else { false }
    }

    /// Nothing can be sent before the deadline, so waiting for it would only hold the process.
    private func isHopeless(before deadline: UInt64) -> Bool {
        switch state {
        case .waiting(let until): until >= deadline
        case .idle: queue.count > 0 && quietUntil >= deadline
        case .sending, .finished: false
        }
    }

    private func earlier(_ moment: UInt64, _ other: UInt64?) -> UInt64 { min(moment, other ?? moment) }

    private mutating func encodeBatch() {
        inFlightCount = UInt64(
            queue.take(limit: configuration.batchSpans, byteLimit: configuration.batchBytes) { encoder.append($0) })
        encoder.finish { head, spans in
            switch configuration.compression {
            case .gzip:
                compressor.append(head, to: &body)
                compressor.append(spans, to: &body)
                compressor.finish(to: &body)
            case .none:
                body.append(head)
                body.append(spans)
            }
        }
    }
}
