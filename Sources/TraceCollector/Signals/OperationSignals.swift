import MetricsExporter

/// Traffic, errors and latency per service and operation: `traces_spanmetrics_*`.
struct OperationSignals {
    private struct Series {
        let calls: CounterCell
        let latency: HistogramCell
    }

    private let callsFamily: CounterFamily
    private let latencyFamily: HistogramFamily
    private var table = PairTable(initialCapacity: 1024)
    private var series: [Series] = []
    private var overflow: Series?
    private let limit: Int

    init(_ registry: Registry, limits: SignalLimits) throws(RegistryError) {
        limit = limits.series
        callsFamily = try registry.counter(MetricName.spanMetricsCalls)
        latencyFamily = try registry.histogram(MetricName.spanMetricsLatency)
    }

    @inline(__always)
    mutating func record(_ span: SpanRecord, service: Int, name: Int, names: SignalNames) {
        let operation = UInt64(service) << 32 | UInt64(name)
        let outcome = UInt64(span.kind.rawValue) << 8 | UInt64(span.status.rawValue)
        let series =
            table.value(operation, outcome).map { self.series[$0] }
            ?? add(operation, outcome, span, service, name, names)
        series.calls.add(1)
        series.latency.record(
            nanoseconds: span.duration,
            exemplar: Exemplar(
                traceIDHigh: span.trace.high, traceIDLow: span.trace.low, spanID: span.spanID,
                unixNanoseconds: span.end))
    }

    /// The families bound the series; what they fold shares their overflow cells here too.
    private mutating func add(
        _ operation: UInt64, _ outcome: UInt64, _ span: SpanRecord, _ service: Int, _ name: Int, _ names: SignalNames
    ) -> Series {
        guard series.count < limit else {
            let shared = overflow ?? cells([String](repeating: names[SignalNames.overflow], count: 4))
            overflow = shared
            return shared
        }
        series.append(cells([names[service], names[name], span.kind.label, span.status.label]))
        table.set(operation, outcome, series.count - 1)
        return series[series.count - 1]
    }

    private func cells(_ labels: [String]) -> Series {
        Series(
            calls: callsFamily.cell(shard: 0, labels: labels), latency: latencyFamily.cell(shard: 0, labels: labels))
    }
}

extension SpanKind {
    /// The word that Tempo and the OpenTelemetry connectors use, so that Grafana finds it.
    var label: String {
        switch self {
        case .unspecified: "SPAN_KIND_UNSPECIFIED"
        case .internal: "SPAN_KIND_INTERNAL"
        case .server: "SPAN_KIND_SERVER"
        case .client: "SPAN_KIND_CLIENT"
        case .producer: "SPAN_KIND_PRODUCER"
        case .consumer: "SPAN_KIND_CONSUMER"
        }
    }
}

extension SpanStatus {
    var label: String {
        switch self {
        case .unset: "STATUS_CODE_UNSET"
        case .ok: "STATUS_CODE_OK"
        case .error: "STATUS_CODE_ERROR"
        }
    }
}
