import MetricsExporter
import Synchronization
import TLS

/// When the proxy's identity expires, for whoever renders metrics; no series before there is one.
final class IdentityExpiry: Sendable {
    private let secondsSinceEpoch = Atomic<Int64>(0)

    static func registered(in registry: Registry) throws(RegistryError) -> IdentityExpiry {
        let expiry = IdentityExpiry()
        try registry.gauge(MetricName.identityExpiry).observe {
            let seconds = expiry.secondsSinceEpoch.load(ordering: .relaxed)
            return seconds == 0 ? nil : Double(seconds)
        }
        return expiry
    }

    func set(_ time: WallTime) { secondsSinceEpoch.store(time.secondsSinceEpoch, ordering: .relaxed) }
}
