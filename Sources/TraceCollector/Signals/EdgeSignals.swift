import MetricsExporter

/// How two services are connected; the raw value is the `connection_type` label.
enum ConnectionType: String {
    case direct = ""
    case messaging = "messaging_system"
    case database
    /// One side was not seen and is named from what the other said of it.
    case virtualNode = "virtual_node"
}

/// One call between two services, as both its sides told it.
struct ServiceCall {
    var client: Int
    var server: Int
    var type: ConnectionType
    var hasFailed: Bool
    /// Nil for a side that was not seen.
    var clientNanoseconds: UInt64?
    var serverNanoseconds: UInt64?
    var exemplar: Exemplar
}

/// Traffic, errors and latency per edge: `traces_service_graph_*`.
struct EdgeSignals {
    private struct Series {
        let requests: CounterCell
        let failures: CounterCell
        let serverLatency: HistogramCell
        let clientLatency: HistogramCell
    }

    private let requests: CounterFamily
    private let failures: CounterFamily
    private let serverLatency: HistogramFamily
    private let clientLatency: HistogramFamily
    private var table = PairTable()
    private var series: [Series] = []
    private var overflow: Series?
    private let limit: Int

    init(_ registry: Registry, limits: SignalLimits) throws(RegistryError) {
        limit = limits.series
        requests = try registry.counter(MetricName.serviceGraphRequests)
        failures = try registry.counter(MetricName.serviceGraphFailures)
        serverLatency = try registry.histogram(MetricName.serviceGraphServerLatency)
        clientLatency = try registry.histogram(MetricName.serviceGraphClientLatency)
    }

    mutating func record(_ call: ServiceCall, names: SignalNames) {
        let edge = UInt64(call.client) << 32 | UInt64(call.server)
        let type = call.type.tableKey
        let series = table.value(edge, type).map { self.series[$0] } ?? add(edge, type, call, names)
        series.requests.add(1)
        if call.hasFailed { series.failures.add(1) }
        if let nanoseconds = call.serverNanoseconds {
            series.serverLatency.record(nanoseconds: nanoseconds, exemplar: call.exemplar)
        }
        if let nanoseconds = call.clientNanoseconds {
            series.clientLatency.record(nanoseconds: nanoseconds, exemplar: call.exemplar)
        }
    }

    private mutating func add(_ edge: UInt64, _ type: UInt64, _ call: ServiceCall, _ names: SignalNames) -> Series {
        guard series.count < limit else {
            let shared = overflow ?? cells([String](repeating: names[SignalNames.overflow], count: 3))
            overflow = shared
            return shared
        }
        series.append(cells([names[call.client], names[call.server], call.type.rawValue]))
        table.set(edge, type, series.count - 1)
        return series[series.count - 1]
    }

    private func cells(_ labels: [String]) -> Series {
        Series(
            requests: requests.cell(shard: 0, labels: labels), failures: failures.cell(shard: 0, labels: labels),
            serverLatency: serverLatency.cell(shard: 0, labels: labels),
            clientLatency: clientLatency.cell(shard: 0, labels: labels))
    }
}

extension ConnectionType {
    fileprivate var tableKey: UInt64 {
        switch self {
        case .direct: 0
        case .messaging: 1
        case .database: 2
        case .virtualNode: 3
        }
    }
}
