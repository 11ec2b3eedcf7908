import Configuration
import MetricsExporter
import TLS

/// The proxy's identity on the mesh, kept in step with its files. Belongs to the control loop.
final class IdentityRotation {
    /// For connections from now on.
    private(set) var security: TransportSecurity
    private var store: IdentityStore
    private let resumption: Duration
    private let expiry: IdentityExpiry
    private let rotations: CounterFamily

    /// What looking at the files again came to.
    enum Outcome {
        case unchanged
        case rotated
        /// The identity is what it was.
        case failed(IdentityError)
    }

    /// - Returns: nil when the configuration names no identity.
    static func ifWanted(_ configuration: ProxyConfiguration, _ registry: Registry) throws -> IdentityRotation? {
        let identity = configuration.identity
        guard let key = identity.key, let chain = identity.chain, let bundle = identity.trustBundle else { return nil }
        let files = IdentityFiles(key: key, chain: chain, bundle: bundle)
        return try IdentityRotation(files, resumption: identity.resumption, registry)
    }

    private init(_ files: IdentityFiles, resumption: Duration, _ registry: Registry) throws {
        store = try IdentityStore(files, at: .now())
        self.resumption = resumption
        security = try TransportSecurity(store.current, resumption: resumption)
        rotations = try registry.counter(MetricName.identityRotations)
        rotations.create(labels: ["success"])
        rotations.create(labels: ["failure"])
        expiry = try .registered(in: registry)
        expiry.set(store.current.notAfter)
    }

    /// The files to watch, each once.
    var paths: Set<String> { [store.files.key, store.files.chain, store.files.bundle] }

    /// For the log: who, and for how long.
    var summary: String {
        "\(store.current.id), expires in \(max(0, store.current.secondsUntilExpiry(at: .now()))) s"
    }

    /// Reads the files again. A set that is wrong or that peers would refuse changes nothing.
    func reload() -> Outcome {
        do throws(IdentityError) {
            guard try store.reload(at: .now()) else { return .unchanged }
        } catch {
            rotations.shared(labels: ["failure"]).add()
            return .failed(error)
        }
        do throws(TLSContextError) {
            security = try TransportSecurity(store.current, resumption: resumption)
        } catch {
            rotations.shared(labels: ["failure"]).add()
            return .failed(IdentityError(store.files.chain, error.description))
        }
        rotations.shared(labels: ["success"]).add()
        expiry.set(store.current.notAfter)
        return .rotated
    }
}
