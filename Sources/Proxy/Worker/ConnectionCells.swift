import MetricsExporter

/// The connection metrics of one direction and peer on one worker.
struct ConnectionCells {
    private let open: GaugeCell
    private let total: CounterCell

    /// The two values of the `peer` label.
    enum Peer: String { case client, upstream }

    init(_ metrics: ProxyMetrics, shard: Int, _ direction: Direction, _ peer: Peer) {
        let labels = [direction.rawValue, peer.rawValue]
        open = metrics.connectionsOpen.cell(shard: shard, labels: labels)
        total = metrics.connectionsOpened.cell(shard: shard, labels: labels)
    }

    func opened() {
        open.increment()
        total.add()
    }

    func closed() { open.decrement() }
}
