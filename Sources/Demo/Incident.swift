/// One service that fails half of its requests, and what the telemetry says of it.
struct Incident {
    let service: ServiceName
    let mesh: Mesh

    /// Half: enough to page at once, and the other half goes on to show the difference.
    static let failureRate = 0.5
    /// How far back exemplars are looked for.
    private static let exemplarSeconds = 60

    func begin() async throws(DemoError) { try await mesh.setFailureRate(Self.failureRate, of: service) }

    func end() async throws(DemoError) { try await mesh.setFailureRate(0, of: service) }

    /// Whether Prometheus holds an alert of this service back until it has lasted.
    func isPending() async throws(ObservationError) -> Bool {
        try await mesh.prometheus.alerts().contains {
            $0.labels["service"] == service.rawValue && $0.state == "pending"
        }
    }

    /// The page that Alertmanager sends for this service.
    func page() async throws(ObservationError) -> Alertmanager.Alert? {
        try await mesh.alertmanager.alerts().first { $0.isActive && $0.isPage && $0.service == service.rawValue }
    }

    /// The trace of a failed request, found as a person would: by an exemplar on the latency of the failing service. Nil
    /// until all its spans have arrived.
    func failedTrace() async throws(ObservationError) -> Trace? {
        let series = #"response_latency_seconds_bucket{direction="inbound",service="\#(service.rawValue)"}"#
        let identifiers = try await mesh.prometheus.traceIdentifiers(series, overSeconds: Self.exemplarSeconds)
        for identifier in identifiers.reversed() {
            guard let trace = try await mesh.jaeger.trace(identifier) else { continue }
            if trace.fault == nil, trace.origin?.service == service.rawValue { return trace }
        }
        return nil
    }
}
