import MetricsExporter
import Synchronization
import Tracing

/// The exporter's counters as the scrape sees them; written by the control loop, read by a render.
final class SpanExportMetrics: Sendable {
    private struct Values {
        var counters: ExportCounters
        var queued: Int
    }

    /// Nil until the exporter has said something.
    private let values = Mutex<Values?>(nil)
    /// Spans that never reached the exporter because the control loop's mailbox was full.
    private let lost = Atomic<UInt64>(0)

    func publish(_ counters: ExportCounters, queued: Int) {
        values.withLock { $0 = Values(counters: counters, queued: queued) }
    }

    func countLost(_ count: UInt64) { lost.add(count, ordering: .relaxed) }

    func register(in registry: Registry, capacity: Int) throws(RegistryError) {
        try registry.counter(MetricName.spansRecorded).observe { [self] in
            Double(counters?.recorded ?? 0) + Double(lost.load(ordering: .relaxed))
        }
        try registry.counter(MetricName.spansExported).observe { [self] in Double(counters?.exported ?? 0) }
        let dropped = try registry.counter(MetricName.spansDropped)
        for reason in SpanDropReason.allCases {
            dropped.observe(labels: [reason.rawValue]) { [self] in
                let unseen = reason == .queueFull ? lost.load(ordering: .relaxed) : 0
                return Double(counters?.dropped(reason) ?? 0) + Double(unseen)
            }
        }
        let requests = try registry.counter(MetricName.spanExportRequests)
        for outcome in ExportOutcome.allCases {
            requests.observe(labels: [outcome.rawValue]) { [self] in Double(counters?.requests(outcome) ?? 0) }
        }
        try registry.gauge(MetricName.spanQueueLength).observe { [self] in Double(values.withLock { $0?.queued ?? 0 }) }
        try registry.gauge(MetricName.spanQueueCapacity).observe { Double(capacity) }
        try registry.gauge(MetricName.spanExportLastSuccess).observe { [self] in
            Double(counters?.lastSuccessUnixNanoseconds ?? 0) / 1e9
        }
    }

    private var counters: ExportCounters? { values.withLock { $0?.counters } }
}
