import EventLoop
import MetricsExporter

/// The families of connections that are carried as they are (the names and labels are `MetricName`'s).
struct TCPMetrics: Sendable {
    let opened: CounterFamily
    let closed: CounterFamily
    let open: GaugeFamily
    let duration: HistogramFamily
    let readBytes: CounterFamily
    let writtenBytes: CounterFamily
    let spliceFallbacks: CounterFamily

    init(_ registry: Registry) throws(RegistryError) {
        opened = try registry.counter(MetricName.tcpOpen)
        closed = try registry.counter(MetricName.tcpClose)
        open = try registry.gauge(MetricName.tcpOpenConnections)
        duration = try registry.histogram(MetricName.tcpConnectionDuration)
        readBytes = try registry.counter(MetricName.tcpReadBytes)
        writtenBytes = try registry.counter(MetricName.tcpWriteBytes)
        spliceFallbacks = try registry.counter(MetricName.tcpSpliceFallbacks)
    }
}

/// The cells of one side of one connection; the sides of connections with the same labels share them.
struct TCPCells {
    /// The two values of the `peer` label: whom the connection came from, and whom it goes to.
    enum Peer: String {
        case source = "src"
        case destination = "dst"
    }

    private let metrics: TCPMetrics
    private let shard: Int
    private let labels: [String]
    private let open: GaugeCell
    let readBytes: CounterCell
    let writtenBytes: CounterCell

    /// Begins to count a connection.
    init(
        opening metrics: TCPMetrics, shard: Int, _ direction: Direction, service: String, target: String, _ peer: Peer,
        isSecure: Bool
    ) {
        self.metrics = metrics
        self.shard = shard
        labels = [direction.rawValue, service, target, peer.rawValue, isSecure ? "true" : "false"]
        open = metrics.open.cell(shard: shard, labels: labels)
        readBytes = metrics.readBytes.cell(shard: shard, labels: labels)
        writtenBytes = metrics.writtenBytes.cell(shard: shard, labels: labels)
        metrics.opened.cell(shard: shard, labels: labels).add()
        open.increment()
    }

    func closed(_ reason: String, after nanoseconds: UInt64) {
        open.decrement()
        metrics.closed.cell(shard: shard, labels: labels + [reason]).add()
        metrics.duration.cell(shard: shard, labels: labels).record(nanoseconds: nanoseconds)
    }
}
