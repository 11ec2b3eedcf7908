import Configuration
import EventLoop
import MetricsExporter
import TLS

/// The proxy's identity as the identity service gives it: asked for with a join token, renewed with the certificate before,
/// each time with a new key, which is nowhere but in memory. Belongs to the control loop.
///
/// ```
/// joining ──certificate──▶ valid ──70 % of its life──▶ renewing ──certificate──▶ valid
///    ▲ │ failure: wait        ▲                           │ failure: wait, ask again
///    └─┘                      └── SIGHUP: renew now       ▼ the certificate's end
///                                                      expired: TLS is refused; joining again
/// ```
final class Enrolment {
    /// For connections from now on; nil before the first certificate.
    private(set) var security: TransportSecurity?
    private var current: IdentitySnapshot?
    private let client: EnrolmentClient
    private let loop: EventLoop
    private let waiter: Waiter
    private let log: ProxyLog
    private var schedule = RenewalSchedule()
    /// The last attempt showed the certificate, and the service did not take it.
    private var joinsAnew = false
    private let expiry: IdentityExpiry
    private let renewals: CounterFamily

    /// - Returns: nil when the configuration names no identity service.
    static func ifWanted(
        _ configuration: ProxyConfiguration, loop: EventLoop, registry: Registry, log: ProxyLog
    ) throws -> Enrolment? {
        let identity = configuration.identity
        guard let service = identity.service, let token = identity.joinTokenFile, let bundle = identity.trustBundle
        else { return nil }
        let client = EnrolmentClient(
            service: service, tokenFile: token, bundleFile: bundle, resumption: identity.resumption, loop: loop)
        return try Enrolment(client, loop: loop, registry: registry, log: log)
    }

    private init(
        _ client: EnrolmentClient, loop: EventLoop, registry: Registry, log: ProxyLog
    ) throws(RegistryError) {
        self.client = client
        self.loop = loop
        self.log = log
        waiter = Waiter(loop: loop)
        expiry = try .registered(in: registry)
        renewals = try registry.counter(MetricName.identityRenewals)
        for word in ["success"] + EnrolmentFailure.words { renewals.create(labels: [word]) }
    }

    /// For the log: who, and for how long.
    var summary: String {
        guard let current else { return "not given yet" }
        return "\(current.id), expires in \(max(0, current.secondsUntilExpiry(at: .now()))) s"
    }

    /// Asks as often as it takes and as the certificates' lives want it, for ever.
    /// - Parameter onCertificate: called after each one that was taken over.
    func run(_ onCertificate: () -> Void) async {
        while true {
            let wait = await renew()
            if let lifetime = wait.lifetime {
                log.info("certificate taken over: \(summary)")
                onCertificate()
                await sleep(schedule.succeeded(lifetime: lifetime, chance: .random(in: 0...1)))
            } else {
                await sleep(schedule.failed(chance: .random(in: 0...1)))
            }
        }
    }

    /// Ends the wait for the next attempt.
    func renewNow() { waiter.wake() }

    private func sleep(_ nanoseconds: UInt64) async {
        _ = await waiter.wait(until: loop.now.advanced(byNanoseconds: nanoseconds))
    }

    private struct Renewal {
        /// Nanoseconds; nil when there is no new certificate.
        let lifetime: UInt64?
    }

    private func renew() async -> Renewal {
        let now = WallTime.now()
        // One that has expired would be refused by everyone.
        let shown = joinsAnew || (current?.secondsUntilExpiry(at: now) ?? 0) <= 0 ? nil : current
        do throws(EnrolmentFailure) {
            let given = try await client.request(showing: shown, replacing: current)
            (current, security) = (given.snapshot, given.security)
            joinsAnew = false
            expiry.set(given.snapshot.notAfter)
            renewals.shared(labels: ["success"]).add()
            let seconds = max(1, given.snapshot.secondsUntilExpiry(at: .now()))
            return Renewal(lifetime: UInt64(seconds) * 1_000_000_000)
        } catch {
            joinsAnew = shown != nil && error.concernsCredential
            renewals.shared(labels: [error.word]).add()
            log.error("no certificate from the identity service: \(error); \(consequence)")
            return Renewal(lifetime: nil)
        }
    }

    private var consequence: String {
        guard let left = current?.secondsUntilExpiry(at: .now()) else { return "there is none yet" }
        return left > 0
            ? "the current one is valid for \(left) s more"
            : "the current one has expired, and TLS is refused until there is another"
    }
}
