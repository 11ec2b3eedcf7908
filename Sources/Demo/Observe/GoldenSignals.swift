/// Traffic, errors and latency of one service or one edge, as Prometheus has them.
struct GoldenSignals: Equatable {
    var requestsPerSecond: Double?
    /// nil when there was no traffic.
    var successRatio: Double?
    var p50Seconds: Double?
    var p95Seconds: Double?
    var p99Seconds: Double?

    var isComplete: Bool {
        [requestsPerSecond, successRatio, p50Seconds, p95Seconds, p99Seconds].allSatisfy { $0?.isFinite ?? false }
    }
}

/// Whose signals: one service as its own proxy sees it, or one edge as the caller's proxy sees it.
enum SignalSubject: Hashable {
    case service(ServiceName)
    case edge(from: ServiceName, to: ServiceName)

    static let services: [SignalSubject] = ServiceName.allCases.map { .service($0) }
    static let edges: [SignalSubject] = ServiceName.allCases.flatMap { from in
        Shop.dependencies(of: from).map { .edge(from: from, to: $0) }
    }
    /// Every subject of the shop, services first.
    static let all = services + edges

    var title: String {
        switch self {
        case .service(let name): name.rawValue
        case .edge(let from, let to): "\(from.rawValue) → \(to.rawValue)"
        }
    }

    init?(_ labels: [String: String], isEdge: Bool) {
        guard let service = labels["service"].flatMap(ServiceName.init(rawValue:)) else { return nil }
        guard isEdge else {
            self = .service(service)
            return
        }
        guard let server = labels["dst_service"].flatMap(ServiceName.init(rawValue:)) else { return nil }
        self = .edge(from: service, to: server)
    }
}

extension Prometheus {
    /// The signals of every service and edge over the last `window` seconds.
    func goldenSignals(windowSeconds window: Int) async throws(ObservationError) -> [SignalSubject: GoldenSignals] {
        var signals: [SignalSubject: GoldenSignals] = [:]
        for isEdge in [false, true] {
            for (field, expression) in Self.expressions(isEdge: isEdge, window: window) {
                for sample in try await query(expression) {
                    guard let subject = SignalSubject(sample.labels, isEdge: isEdge) else { continue }
                    signals[subject, default: GoldenSignals()][keyPath: field] = sample.value
                }
            }
        }
        return signals
    }

    /// The failure side is zero-filled, so that a service which never failed has a success rate of 1, not none.
    private static func expressions(
        isEdge: Bool, window: Int
    ) -> [(WritableKeyPath<GoldenSignals, Double?>, String)] {
        let by = isEdge ? "service, dst_service" : "service"
        let direction = isEdge ? "outbound" : "inbound"
        func rate(_ metric: String, _ more: String = "") -> String {
            #"rate(\#(metric){job="martlet-proxy",direction="\#(direction)"\#(more)}[\#(window)s])"#
        }
        let total = "sum by (\(by)) (\(rate("response_total")))"
        let failed = #"sum by (\#(by)) (\#(rate("response_total", #",classification="failure""#)))"#
        func quantile(_ share: String) -> String {
            "histogram_quantile(\(share), sum by (\(by), le) (\(rate("response_latency_seconds_bucket"))))"
        }
        return [
            (\.requestsPerSecond, total), (\.successRatio, "1 - (\(failed) or 0 * \(total)) / (\(total) > 0)"),
            (\.p50Seconds, quantile("0.5")), (\.p95Seconds, quantile("0.95")), (\.p99Seconds, quantile("0.99")),
        ]
    }
}
