package import Configuration
internal import EventLoop
internal import Glibc
internal import HTTPTransport
internal import MetricsExporter
internal import TLS

/// A whole identity service: its two ports, the issuer it signs with, and how it starts, reloads and ends. One loop does
/// everything: a certificate costs half a millisecond, and a mesh asks for few.
package final class IdentityServiceRuntime {
    private let settings: IdentityServiceSettings
    private let files: SigningIdentity.Files
    private let loop: EventLoop
    private let log: ServiceLog
    private let registry: Registry
    private let metrics: IdentityServiceMetrics
    private let endpoint: CertificateEndpoint
    private let server: HTTPServer
    private let admin: HTTPServer
    private let ownRenewal: Waiter
    /// When the service's own certificate was made, and when it expires.
    private var ownLifetime: (begin: WallTime, end: WallTime)

    /// The signals that `run` handles; block them before any thread is made.
    package static let signals = [SIGTERM, SIGINT, SIGHUP]

    package init(_ settings: IdentityServiceSettings) throws(StartupError) {
        self.settings = settings
        files = SigningIdentity.Files(
            issuerKey: settings.issuer.key, issuerChain: settings.issuer.chain, trustBundle: settings.trustBundle)
        log = ServiceLog(level: settings.logging.level)
        do {
            try DescriptorLimit.raise()
            let loop = try EventLoop()
            self.loop = loop
            ownRenewal = Waiter(loop: loop)
            registry = Registry()
            metrics = try IdentityServiceMetrics(registry)
            let now = WallTime.now()
            let signing = try SigningIdentity(files, at: now)
            metrics.signs(with: signing)
            let lifetimeSeconds = settings.lifetime.components.seconds
            let tokens = TokenDirectory(settings.tokens)
            try tokens.make()
            let desk = CertificateDesk(signing: signing, tokens: tokens, lifetimeSeconds: lifetimeSeconds)
            endpoint = CertificateEndpoint(
                desk, requestsPerSecond: settings.limits.requestsPerSecond, metrics: metrics, log: log)
            let context = try signing.context(lifetimeSeconds: lifetimeSeconds, at: now)
            ownLifetime = (now, context.identity?.notAfter ?? now)
            server = try Self.bindService(settings, loop, endpoint, context)
            try metrics.observe(server.counters, in: registry)
            admin = try Self.bindAdmin(settings, loop, registry)
        } catch {
            throw StartupError("\(error)")
        }
    }

    private static func bindService(
        _ settings: IdentityServiceSettings, _ loop: EventLoop, _ endpoint: CertificateEndpoint, _ context: TLSContext
    ) throws(StartupError) -> HTTPServer {
        let limits = HTTPServerLimits(
            bodyBytesMax: Limits.requestBytesMax, connectionsMax: settings.limits.connectionsMax)
        let bound = LoopBound(endpoint, loop: loop)
        return try bind("listen", settings.listen) { (address) throws(SystemError) in
            try HTTPServer(
                binding: address, loop: loop, limits: limits, tls: context,
                refusal: { bound.value.refuse(status: $0.status, $0.why) }, handler: { bound.value.answer($0) })
        }
    }

    private static func bindAdmin(
        _ settings: IdentityServiceSettings, _ loop: EventLoop, _ registry: Registry
    ) throws(StartupError) -> HTTPServer {
        let endpoint = AdminEndpoint(registry: registry)
        return try bind("admin.listen", settings.admin.listen) { (address) throws(SystemError) in
            try HTTPServer(binding: address, loop: loop) { endpoint.answer($0) }
        }
    }

    private static func bind(
        _ key: String, _ port: HostPort, _ make: (SocketAddress) throws(SystemError) -> HTTPServer
    ) throws(StartupError) -> HTTPServer {
        guard let address = SocketAddress(port.description) else {
            throw StartupError("\(key) is \(port); an IP address and a port are allowed")
        }
        do throws(SystemError) {
            return try make(address)
        } catch {
            throw StartupError(listening: key, address, error)
        }
    }

    /// Serves until SIGTERM or SIGINT.
    package func run() {
        server.start()
        admin.start()
        let signing = endpoint.desk.signing
        log.info(
            "martlet-controller identity ready: \(signing.service.id) on \(server.address), admin \(admin.address), "
                + "issuer valid until \(signing.issuerExpiry)")
        let bound = LoopBound(self, loop: loop)
        for path in files.paths { loop.spawn { await bound.value.watch(path) } }
        loop.spawn { await bound.value.renewOwn() }
        loop.spawn { await bound.value.receiveSignals() }
        loop.run()
    }

    private func receiveSignals() async {
        do throws(SystemError) {
            let watcher = try SignalWatcher(Self.signals, loop: loop)
            while await watcher.next() == SIGHUP { reload() }
        } catch {
            log.error("signals cannot be received: \(error)")
        }
        loop.stop()
    }

    private func watch(_ path: String) async {
        do throws(SystemError) {
            let watcher = try FileWatcher(path: path, loop: loop)
            while true {
                await watcher.next(settling: Limits.settling)
                reload()
            }
        } catch {
            log.error("\(path) is not watched for changes; send SIGHUP to take a new issuer: \(error)")
        }
    }

    /// Takes over what the files say now; a set that does not fit together changes nothing.
    private func reload() {
        do {
            let signing = try SigningIdentity(files, at: .now())
            guard !signing.isSame(as: endpoint.desk.signing) else { return }
            try takeOver(signing)
            metrics.rotated(succeeded: true)
            log.info("issuer and trust bundle taken over, valid until \(signing.issuerExpiry)")
        } catch {
            metrics.rotated(succeeded: false)
            log.error("issuer and trust bundle not taken over, the current ones stay: \(error)")
        }
    }

    private func takeOver(_ signing: SigningIdentity) throws {
        let now = WallTime.now()
        let context = try signing.context(lifetimeSeconds: settings.lifetime.components.seconds, at: now)
        endpoint.desk = CertificateDesk(
            signing: signing, tokens: endpoint.desk.tokens, lifetimeSeconds: endpoint.desk.lifetimeSeconds)
        server.tls = context
        ownLifetime = (now, context.identity?.notAfter ?? now)
        metrics.signs(with: signing)
        ownRenewal.wake()
    }

    /// Keeps the service's own certificate fresh; it needs nobody else for that.
    private func renewOwn() async {
        while true {
            let life = ownLifetime.begin.seconds(until: ownLifetime.end)
            let wait = max(1, Int64(Double(life) * Limits.ownRenewalShare) - ownLifetime.begin.seconds(until: .now()))
            guard await ownRenewal.wait(until: loop.now.advanced(by: .seconds(wait))) == .deadline else { continue }
            do {
                try takeOver(endpoint.desk.signing)
            } catch {
                log.error("the service's own certificate was not renewed: \(error)")
                await loop.sleep(for: .seconds(1))
            }
        }
    }
}
