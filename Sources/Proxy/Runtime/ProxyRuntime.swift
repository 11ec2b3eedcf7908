import Configuration
import Discovery
import EventLoop
import Glibc
import HTTPTransport
import MetricsExporter
import Synchronization
import Tracing

/// A whole proxy: workers, control loop, and how they start, reload and end.
///
/// The calling thread runs the control loop: admin endpoints, scrapes, span export, signals and reloads happen there
/// and so never delay a request.
package final class ProxyRuntime {
    let loop: EventLoop
    private let source: ConfigurationSource
    let state: ProxyState
    private let registry: Registry
    private let metrics: ProxyMetrics
    private let control: ControlMetrics
    let workers: [WorkerThread]
    private let exporter: SpanExporter?
    private let accessLog: AccessLogWriter?
    /// The proxy's identity comes from one of the two, or it has none.
    let rotation: IdentityRotation?
    let enrolment: Enrolment?
    private let ownConnections = OwnConnections()
    let log: ProxyLog
    private var directory: Directory
    let lifecycle: Waiter
    private var exitCode: Int32 = 0

    /// The signals that `run` handles; block them before any thread is made.
    package static let signals = [SIGTERM, SIGINT, SIGHUP]

    /// Reserves what the proxy needs: threads, ports, files. Nothing is accepted before `run`.
    /// - Throws: `StartupError` in one line that says what, where and what to do.
    package init(_ source: ConfigurationSource) throws(StartupError) {
        self.source = source
        let configuration = source.initial
        do {
            try DescriptorLimit.raise()
            let loop = try EventLoop(index: 0)
            self.loop = loop
            let lifecycle = Waiter(loop: loop)
            self.lifecycle = lifecycle
            let wake = LoopBound(lifecycle, loop: loop)
            state = ProxyState(configuration) { loop.submit { wake.value.wake() } }
            log = ProxyLog(state)
            registry = Registry(seriesPerFamily: configuration.metrics.seriesBudget)
            metrics = try ProxyMetrics(registry)
            rotation = try IdentityRotation.ifWanted(configuration, registry)
            enrolment = try Enrolment.ifWanted(configuration, loop: loop, registry: registry, log: log)
            workers = try (0..<configuration.workerCount).map { index throws(SystemError) in
                try WorkerThread(index: index)
            }
            exporter = try SpanExporter.ifWanted(configuration, loop: loop, registry: registry)
            accessLog = try AccessLogWriter.ifWanted(configuration.accessLog)
            control = try ControlMetrics(registry, state: state, workers: workers, accessLog: accessLog)
        } catch {
            throw StartupError("\(error)")
        }
        let loaded = Directory.load(configuration)
        directory = loaded.directory
        for problem in loaded.unresolved { log.warning("\(problem)") }
    }

    /// Serves until a signal or `/shutdown` ends it. - Returns: the process's exit code.
    package func run() throws(StartupError) -> Int32 {
        let admin = try bindAdmin()
        try checkPortsFree()
        loop.spawn { [bound = LoopBound(self, loop: loop)] in
            await bound.value.serve()
        }
        admin.start()
        loop.run()
        return exitCode
    }

    private func bindAdmin() throws(StartupError) -> HTTPServer {
        let address = try Self.address(state.configuration.admin.listen)
        let endpoints = AdminEndpoints(registry: registry, state: state)
        do throws(SystemError) {
            return try HTTPServer(binding: address, loop: loop) { endpoints.answer($0) }
        } catch {
            throw StartupError(listening: "admin", address, error)
        }
    }

    /// Workers share their ports, which would hide that another process has one.
    private func checkPortsFree() throws(StartupError) {
        let wanted =
            [
                ("inbound", state.configuration.inbound?.listen), ("outbound", state.configuration.outbound?.listen),
            ] + (state.configuration.outbound?.tcp ?? []).map { ("outbound TCP", $0.listen) }
        for (name, port) in wanted {
            guard let port else { continue }
            let address = try Self.address(port)
            do throws(SystemError) {
                try Listener.checkFree(address)
            } catch {
                throw StartupError(listening: name, address, error)
            }
        }
    }

    private static func address(_ port: HostPort) throws(StartupError) -> SocketAddress {
        guard let address = SocketAddress(port.description) else {
            throw StartupError("\(port) is not an address to listen on; use an IP address and a port")
        }
        return address
    }

    // MARK: Serving

    private func serve() async {
        let bound = LoopBound(self, loop: loop)
        loop.spawn { await bound.value.receiveSignals() }
        startEnrolment()
        guard await awaitFirstCertificate() else {
            log.info("ended before the first certificate")
            return loop.stop()
        }
        do {
            try await startWorkers()
        } catch {
            log.error("cannot start: \(error)")
            exitCode = 1
            loop.stop()
            return
        }
        state.phase = .ready
        log.info(startMessage)
        Memory.giveBackStart()
        exporter?.start()
        // A certificate may have come while the workers were made.
        applySecurity()
        loop.spawn { await bound.value.watchFile() }
        watchIdentity()
        while !state.isShutdownRequested { _ = await lifecycle.wait() }
        await shutDown()
    }

    private func startWorkers() async throws {
        let plan = WorkerThread.Plan(
            configuration: state.configuration, directory: directory, security: security, metrics: metrics,
            pauses: control.pauses,
            budget: control.budget, ownConnections: ownConnections,
            onSpans: { [exporter] in exporter?.accept($0) }, onLog: { [accessLog] in accessLog?.write($0) },
            onHandshakeFailure: { [log, loop] failure in loop.submit { log.warning("\(failure)") } })
        for worker in workers { try await worker.start(plan) }
    }

    private var startMessage: String {
        let configuration = state.configuration
        var parts = ["ready: \(configuration.name)"]
        if let inbound = configuration.inbound { parts.append("inbound \(inbound.listen) → \(inbound.forward)") }
        if let outbound = configuration.outbound {
            parts.append("outbound \(outbound.listen) → \(outbound.targets.map(\.name).joined(separator: ", "))")
        }
        if let identitySummary { parts.append("identity \(identitySummary)") }
        parts.append("admin \(configuration.admin.listen)")
        return parts.joined(separator: ", ")
    }

    private func receiveSignals() async {
        do throws(SystemError) {
            let watcher = try SignalWatcher(Self.signals, loop: loop)
            while true { handle(await watcher.next()) }
        } catch {
            log.error("signals cannot be received: \(error)")
        }
    }

    private func handle(_ signal: Int32) {
        if signal == SIGHUP {
            reload()
            rotateIdentity()
            enrolment?.renewNow()
        } else if state.phase == .draining {
            log.warning("second signal: ending without waiting for open connections")
            exit(1)
        } else {
            state.requestShutdown()
        }
    }

    private func watchFile() async {
        guard let path = source.path else { return }
        do throws(SystemError) {
            let watcher = try FileWatcher(path: path, loop: loop)
            // What was written between the start and here, the watcher has not seen.
            reload()
            while true {
                await watcher.next()
                reload()
            }
        } catch {
            log.error("\(path) is not watched for changes; send SIGHUP to reload it: \(error)")
        }
    }

    /// Reads the file again; a bad one is reported and changes nothing.
    private func reload() {
        guard state.phase == .ready else { return }
        switch source.load(current: state.configuration) {
        case .unchanged:
            log.debug("configuration unchanged")
        case .failure(let problems):
            control.reloaded(succeeded: false)
            for problem in problems { log.error(problem) }
            log.error("configuration not reloaded; the running one stays")
        case .success(let configuration):
            apply(configuration)
        }
    }

    private func apply(_ configuration: ProxyConfiguration) {
        let loaded = Directory.load(configuration, previous: directory)
        for problem in loaded.unresolved { log.warning("\(problem)") }
        directory = loaded.directory
        state.configuration = configuration
        var isComplete = true
        for worker in workers where !worker.apply(configuration, directory) { isComplete = false }
        control.reloaded(succeeded: isComplete)
        if isComplete {
            log.info("configuration reloaded, directory version \(directory.version)")
        } else {
            log.error("a worker did not take the configuration: its mailbox is full")
        }
    }

    // MARK: Ending

    /// Lets every open exchange finish, up to the drain time, then flushes spans and logs and ends the loop.
    private func shutDown() async {
        state.phase = .draining
        let drain = state.configuration.timeouts.drain
        log.info("draining for at most \(drain)")
        for worker in workers { worker.drain(grace: min(drain, Limits.drainIdleGrace)) }
        let deadline = loop.now.advanced(by: drain)
        await loop.sleep(for: Limits.drainPollInterval)
        while loop.now < deadline, workers.contains(where: { !$0.isDrained }) {
            await loop.sleep(for: Limits.drainPollInterval)
        }
        let cut = workers.reduce(0) { $0 + $1.openConnections.load(ordering: .relaxed) }
        for worker in workers { worker.stopAndJoin() }
        await exporter?.finish()
        accessLog?.finish()
        log.info(cut == 0 ? "drained" : "drained; \(cut) connections were cut")
        loop.stop()
    }
}
