internal import Configuration
internal import HTTPTransport
internal import MetricsExporter
internal import Synchronization
internal import TLS

/// The service's metrics about itself.
final class IdentityServiceMetrics: Sendable {
    private let issuances: CounterFamily
    private let refusals: CounterFamily
    private let rotations: CounterFamily
    private let issuerExpiry: GaugeFamily
    private let anchorExpiry: GaugeFamily

    init(_ registry: Registry) throws(RegistryError) {
        try registry.registerProcessMetrics()
        try registry.registerBuildInfo(component: "identity", version: Version.current, revision: Version.revision)
        issuances = try registry.counter(MetricName.identityCertificatesIssued)
        refusals = try registry.counter(MetricName.identityRequestsRefused)
        rotations = try registry.counter(MetricName.identityRotations)
        issuerExpiry = try registry.gauge(MetricName.identityIssuerExpiry)
        anchorExpiry = try registry.gauge(MetricName.identityAnchorExpiry)
        for word in ["token", "certificate"] { issuances.create(labels: [word]) }
        for refusal in Refusal.allCases { refusals.create(labels: [refusal.word]) }
        for result in ["success", "failure"] { rotations.create(labels: [result]) }
    }

    func observe(_ counters: HTTPServerCounters, in registry: Registry) throws(RegistryError) {
        try registry.counter(MetricName.identityHandshakesFailed).observe {
            Double(counters.handshakesFailed.load(ordering: .relaxed))
        }
        try registry.counter(MetricName.connectionsRefused).observe(labels: ["limit"]) {
            Double(counters.connectionsRefused.load(ordering: .relaxed))
        }
    }

    func issued(_ credential: String) { issuances.shared(labels: [credential]).add() }
    func refused(_ refusal: Refusal) { refusals.shared(labels: [refusal.word]).add() }
    func rotated(succeeded: Bool) { rotations.shared(labels: [succeeded ? "success" : "failure"]).add() }

    func signs(with signing: SigningIdentity) {
        issuerExpiry.shared().set(Double(signing.issuerExpiry.secondsSinceEpoch))
        anchorExpiry.shared().set(Double(signing.anchorExpiry.secondsSinceEpoch))
    }
}
