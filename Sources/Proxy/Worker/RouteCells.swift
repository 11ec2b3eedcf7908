import GRPC
import HTTP
import MetricsExporter
import Tracing

/// The metric cells of one (direction, target, route) on one worker, looked up once so that a request only adds.
final class RouteCells {
    let route: String
    /// The route's path as a template with few values: `http.route`. Nil for the default route.
    let template: String?
    private let families: ProxyMetrics
    private let shard: Int
    private let labels: [String]
    private let edgeLabels: [String]
    private let peerLabels: [String]
    /// The same route's cells for the clients that have called it by TLS, by their number in the worker's `PeerTable`.
    private var byClient: [RouteCells?] = []
    let requests: CounterCell
    private let successes: CounterCell
    private let failures: CounterCell
    private let latency: HistogramCell
    let inFlight: GaugeCell
    private let requestBytes: CounterCell
    private let responseBytes: CounterCell
    /// Few: the statuses that this route has really answered with.
    private var statuses: [StatusCell] = []

    private struct StatusCell {
        let status: Int
        let reason: FailureReason?
        let grpcStatus: GRPCStatus?
        let cell: CounterCell

        func means(_ status: Int, _ reason: FailureReason?, _ grpcStatus: GRPCStatus?) -> Bool {
            self.status == status && self.reason == reason && self.grpcStatus == grpcStatus
        }
    }

    /// - Parameters:
    ///   - shard: the worker's index.
    ///   - peer: who is at the other end: the target outbound; inbound a client without TLS, as others come by `cells`.
    convenience init(
        _ families: ProxyMetrics, shard: Int, direction: Direction, service: String, target: String, route: String,
        template: String? = nil, peer: PeerLabels
    ) {
        self.init(
            families, shard: shard, edge: [direction.rawValue, service, target], route: route, template: template,
            peer: peer.values)
    }

    private init(
        _ families: ProxyMetrics, shard: Int, edge: [String], route: String, template: String?, peer: [String]
    ) {
        self.families = families
        self.shard = shard
        self.route = route
        self.template = template
        edgeLabels = edge
        peerLabels = peer
        labels = edgeLabels + [route]
        requests = families.requests.cell(shard: shard, labels: labels + peer)
        successes = families.responses.cell(shard: shard, labels: labels + [Classification.success.rawValue] + peer)
        failures = families.responses.cell(shard: shard, labels: labels + [Classification.failure.rawValue] + peer)
        latency = families.latency.cell(shard: shard, labels: labels + peer)
        inFlight = families.inFlight.cell(shard: shard, labels: edgeLabels)
        requestBytes = families.requestBytes.cell(shard: shard, labels: edgeLabels)
        responseBytes = families.responseBytes.cell(shard: shard, labels: edgeLabels)
    }

    /// The cells for requests of a client, made with its first one.
    /// - Parameter number: from `clients`.
    func cells(ofClient number: Int, _ clients: PeerTable) -> RouteCells {
        guard number != PeerTable.noPeer else { return self }
        if number < byClient.count, let known = byClient[number] { return known }
        let made = RouteCells(
            families, shard: shard, edge: edgeLabels, route: route, template: template,
            peer: clients.labels(number).values)
        var known = byClient
        while known.count <= number { known.append(nil) }
        known[number] = made
        byClient = known
        return made
    }

    func began() {
        requests.add(1)
        inFlight.increment()
    }

    /// Adds everything that the record says; the exemplar goes with sampled traces only.
    func ended(_ record: borrowing ExchangeRecord, clock: WallClock) {
        inFlight.decrement()
        switch record.classification {
        case .success: successes.add(1)
        case .failure: failures.add(1)
        }
        count(record.status, record.reason, record.grpcStatus)
        if record.requestBodyBytes > 0 { requestBytes.add(record.requestBodyBytes) }
        if record.responseBodyBytes > 0 { responseBytes.add(record.responseBodyBytes) }
        if let trace = record.trace, trace.isSampled {
            latency.record(
                nanoseconds: record.latencyNanoseconds,
                exemplar: Exemplar(
                    traceIDHigh: trace.traceID.high, traceIDLow: trace.traceID.low, spanID: trace.spanID.value,
                    unixNanoseconds: clock.unixNanoseconds(record.ended)))
        } else {
            latency.record(nanoseconds: record.latencyNanoseconds)
        }
    }

    func connectionFailed(_ reason: FailureReason) {
        families.connectionFailures.cell(shard: shard, labels: [labels[0], labels[2], reason.word.description]).add(1)
    }

    private func count(_ status: Int, _ reason: FailureReason?, _ grpcStatus: GRPCStatus?) {
        for index in statuses.indices where statuses[index].means(status, reason, grpcStatus) {
            return statuses[index].cell.add(1)
        }
        let words = [String(status), reason?.word.description ?? "", grpcStatus?.word.description ?? ""]
        let cell = families.statuses.cell(shard: shard, labels: labels + words + peerLabels)
        statuses = statuses + [StatusCell(status: status, reason: reason, grpcStatus: grpcStatus, cell: cell)]
        cell.add(1)
    }
}
