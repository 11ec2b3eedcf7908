package import Configuration
internal import EventLoop
internal import GRPC
import Glibc
internal import HTTPTransport
internal import MetricsExporter

/// A whole collector: its ports, its core, and how it starts and ends.
///
/// Three loops, so that none waits for another: the calling thread's takes signals, ticks and scrapes; one receives
/// spans; one answers queries, which read the disk.
package final class CollectorRuntime {
    private let settings: CollectorSettings
    private let log: CollectorLog
    private let control: EventLoop
    private let receiving: EventLoop
    private let querying: EventLoop
    private let registry: Registry
    private let core: CollectorCore
    private var servers: [HTTPServer] = []

    /// The signals that `run` handles; block them before any thread is made.
    package static let signals = [SIGTERM, SIGINT]

    package init(_ settings: CollectorSettings) throws(StartupError) {
        self.settings = settings
        log = CollectorLog(level: settings.logging.level)
        registry = Registry(seriesPerFamily: settings.metrics.seriesBudget)
        do {
            try DescriptorLimit.raise()
            control = try EventLoop(index: 0)
            receiving = try EventLoop(index: 1)
            querying = try EventLoop(index: 2)
            try registry.registerProcessMetrics()
            try registry.registerBuildInfo(component: "collector", version: Version.current, revision: Version.revision)
            core = try CollectorCore(
                CollectorConfiguration(settings), metrics: try CollectorMetrics(registry),
                signals: try GoldenSignals(registry), messages: log,
                isInterrupted: { SignalWatcher.isPending(Self.signals) })
        } catch {
            throw StartupError("\(error)")
        }
    }

    /// Serves until SIGTERM or SIGINT.
    package func run() throws(StartupError) {
        let reader: TraceReader
        do {
            reader = try TraceReader(directory: settings.store.path)
        } catch {
            throw StartupError(error.description)
        }
        let query = JaegerQuery(reader: reader) { [core] in core.unstoredParts(of: $0) }
        let queries = QueryEndpoint(query: LoopBound(query, loop: querying))
        let receive = ReceiveEndpoint(core: core)
        let metrics = MetricsEndpoint(registry: registry)
        let receivers = try bindReceivers(receive)
        let jaeger = try bind("query.listen", settings.query.listen, querying) { queries.answer($0) }
        let scrape = try bind("metrics.listen", settings.metrics.listen, control) { metrics.answer($0) }
        receivers.start()
        jaeger.start()
        scrape.start()
        let threads: [EventLoopThread]
        do {
            threads = [try EventLoopThread(running: receiving), try EventLoopThread(running: querying)]
        } catch {
            throw StartupError("\(error)")
        }
        log.info(
            "martlet-collector ready: \(receivers.names), Jaeger API \(jaeger.address), metrics \(scrape.address), "
                + "store \(settings.store.path)")
        control.spawn { [bound = LoopBound(self, loop: control)] in await bound.value.awaitSignal() }
        control.spawn { [bound = LoopBound(self, loop: control)] in await bound.value.tick() }
        control.run()
        receivers.end()
        querying.stop()
        for thread in threads { thread.join() }
        core.stop()
    }

    private func bindReceivers(_ receive: ReceiveEndpoint) throws(StartupError) -> ReceivingPorts {
        var limits = HTTPServerLimits(
            bodyBytesMax: settings.limits.requestBytes, connectionsMax: settings.limits.connectionsMax)
        limits.messagePrefixBytes = GRPCMessage.prefixBytes
        limits.bodiesBytesMax = max(limits.bodiesBytesMax, 2 * limits.http2BodyBytesMax)
        limits.headTimeout = .seconds(60)
        func receiver(_ key: String, _ port: HostPort) throws(StartupError) -> HTTPServer {
            try bind(key, port, receiving, limits, refusal: { receive.refuse($0) }, { receive.answer($0) })
        }
        var servers = [try receiver("otlp.listen", settings.otlp.listen)]
        if let port = settings.otlp.grpcListen { servers.append(try receiver("otlp.grpcListen", port)) }
        return ReceivingPorts(servers, loop: receiving)
    }

    /// How often due traces are released.
    private static let tickInterval = Duration.milliseconds(100)

    private func bind(
        _ key: String, _ port: HostPort, _ loop: EventLoop, _ limits: HTTPServerLimits = HTTPServerLimits(),
        refusal: @escaping HTTPServer.Refusal = HTTPServer.textRefusal,
        _ handler: @escaping HTTPServer.Handler
    ) throws(StartupError) -> HTTPServer {
        guard let address = SocketAddress(port.description) else {
            throw StartupError("\(key) is \(port); an IP address and a port are allowed")
        }
        do {
            return try HTTPServer(
                binding: address, loop: loop, limits: limits, refusal: refusal, handler: handler)
        } catch {
            throw StartupError(listening: key, address, error)
        }
    }

    private func tick() async {
        while true {
            core.tick()
            await control.sleep(for: Self.tickInterval)
        }
    }

    private func awaitSignal() async {
        do throws(SystemError) {
            let watcher = try SignalWatcher(Self.signals, loop: control)
            _ = await watcher.next()
        } catch {
            log.error("signals cannot be received: \(error)")
        }
        control.stop()
    }
}

extension CollectorConfiguration {
    /// The core's part of the settings.
    package init(_ settings: CollectorSettings) {
        self.init(directory: settings.store.path)
        joiner.idle = settings.joiner.idle.nanoseconds
        joiner.age = settings.joiner.age.nanoseconds
        joiner.traces = settings.joiner.traces
        joiner.spans = settings.joiner.spans
        joiner.bytes = settings.joiner.bytes
        requestBytes = settings.limits.requestBytes
        retentionAge = settings.retention.age.nanoseconds
        retentionBytes = settings.retention.size
    }
}
