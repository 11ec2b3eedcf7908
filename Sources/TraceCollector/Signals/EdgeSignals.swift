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

    init(_ registry: Registry) throws(RegistryError) {
        requests = try registry.counter(MetricName.serviceGraphRequests)
        failures = try registry.counter(MetricName.serviceGraphFailures)
        serverLatency = try registry.histogram(MetricName.serviceGraphServerLatency)
        clientLatency = try registry.histogram(MetricName.serviceGraphClientLatency)
    }

    mutating func record(_ call: ServiceCall, names: SignalNames) {
        let edge = UInt64(call.client) << 32 | UInt64(call.server)
        let type = call.type.tableKey
        let index = table.value(edge, type) ?? add(edge, type, call, names)
        series[index].requests.add(1)
        if call.hasFailed { series[index].failures.add(1) }
        if let nanoseconds = call.serverNanoseconds {
            series[index].serverLatency.record(nanoseconds: nanoseconds, exemplar: call.exemplar)
        }
        if let nanoseconds = call.clientNanoseconds {
            series[index].clientLatency.record(nanoseconds: nanoseconds, exemplar: call.exemplar)
        }
    }

    private mutating func add(_ edge: UInt64, _ type: UInt64, _ call: ServiceCall, _ names: SignalNames) -> Int {
        let labels = [names[call.client], names[call.server], call.type.rawValue]
        series.append(
            Series(
                requests: requests.cell(shard: 0, labels: labels), failures: failures.cell(shard: 0, labels: labels),
                serverLatency: serverLatency.cell(shard: 0, labels: labels),
                clientLatency: clientLatency.cell(shard: 0, labels: labels)))
        table.set(edge, type, series.count - 1)
        return series.count - 1
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
