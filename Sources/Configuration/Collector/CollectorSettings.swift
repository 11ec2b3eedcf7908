/// Everything that an operator may tell a collector. The initial values are the defaults.
package struct CollectorSettings: Equatable, Sendable {
    package var otlp = OTLP()
    package var query = Listener(port: 16_686)
    package var metrics = Metrics()
    package var store = Store()
    package var retention = Retention()
    package var joiner = Joiner()
    package var limits = Limits()
    package var logging = ProxyConfiguration.Logging()

    package init() {}

    package struct Listener: Equatable, Sendable {
        package var listen: HostPort

        init(port: UInt16) { listen = HostPort(ipv4: "127.0.0.1", port: port) }
    }

    package struct OTLP: Equatable, Sendable {
        /// HTTP/1.1, HTTP/2 and gRPC alike.
        package var listen = HostPort(ipv4: "127.0.0.1", port: 4318)
        /// A second port for the same.
        package var grpcListen: HostPort?
    }

    package struct Metrics: Equatable, Sendable {
        package var listen = HostPort(ipv4: "127.0.0.1", port: 9464)
        /// Series of one family before further label sets fold into `overflow`.
        package var seriesBudget = 10_000
    }

    package struct Store: Equatable, Sendable {
        /// Directory of the trace database; created when missing.
        package var path = "martlet-traces"
    }

    package struct Retention: Equatable, Sendable {
        /// Traces older than this are deleted.
        package var age = Duration.seconds(3 * 86_400)
        /// Bytes on disk; beyond it the oldest traces are deleted.
        package var size = 10 << 30
    }

    package struct Joiner: Equatable, Sendable {
        /// A complete trace is released after this long without a new span; above the 5 s in which SDKs gather a batch.
        package var idle = Duration.seconds(6)
        /// Any trace is released this long after its first span.
        package var age = Duration.seconds(30)
        /// Live traces; beyond it the oldest is released early.
        package var traces = 200_000
        /// Live spans; beyond it the oldest trace is released early.
        package var spans = 2_000_000
        /// Live bytes; beyond it the oldest trace is released early.
        package var bytes = 512 << 20
    }

    package struct Limits: Equatable, Sendable {
        /// An export request after decompression.
        package var requestBytes = 64 << 20
        package var connectionsMax = 4_096
    }
}

extension CollectorSettings: Configurable {
    private typealias S = Setting<CollectorSettings>

    package static let schema = Schema<CollectorSettings>(
        listenerSettings + storeSettings + boundSettings, rules: [listenersAreDistinct])

    private static let listenerSettings: [S] = [
        S(
            "otlp.listen", flag: "otlp", \.otlp.listen, .listener,
            "Where spans arrive: OTLP over HTTP, `POST /v1/traces`, and over gRPC, both on this port."),
        S(
            "otlp.grpcListen", flag: "otlp-grpc", optional: \.otlp.grpcListen, .listener,
            "A second port for the same, for senders that expect gRPC on its own; OpenTelemetry's is 4317."),
        S(
            "query.listen", flag: "query", \.query.listen, .listener,
            "Where Grafana's Jaeger data source asks for traces."),
        S(
            "metrics.listen", flag: "metrics", \.metrics.listen, .listener,
            "Where Prometheus scrapes the collector: its own state and the golden signals of every span."),
        S(
            "metrics.seriesBudget", flag: "series-budget", \.metrics.seriesBudget,
            .integer(10...1_000_000, unit: "series"),
            "Series of one metric family; label sets beyond it fold into one `overflow` series."),
        S(
            "logging.level", flag: "log-level", \.logging.level, .choice,
            "The least severe message of the collector's own log, which goes to standard error."),
    ]

    private static let storeSettings: [S] = [
        S(
            "store.path", flag: "data", \.store.path, .path,
            "The directory of the trace database; created when missing."),
        S(
            "retention.age", flag: "retention-age", \.retention.age,
            .duration(.seconds(60)...(.seconds(3_650 * 86_400))), "Traces older than this are deleted."),
        S(
            "retention.size", flag: "retention-size", \.retention.size, .size(16 << 20...1 << 50),
            "Room on disk; when it is full the oldest traces are deleted."),
    ]

    private static let boundSettings: [S] = [
        S(
            "joiner.idle", flag: "joiner-idle", \.joiner.idle, .duration(.milliseconds(1)...(.seconds(600))),
            "A complete trace is stored after this long without a new span."),
        S(
            "joiner.age", flag: "joiner-age", \.joiner.age, .duration(.milliseconds(1)...(.seconds(3_600))),
            "Any trace is stored this long after its first span; what comes later is merged into it."),
        S(
            "joiner.traces", flag: "joiner-traces", \.joiner.traces, .integer(1...100_000_000, unit: "traces"),
            "Traces held in memory; beyond it the oldest is stored early."),
        S(
            "joiner.spans", flag: "joiner-spans", \.joiner.spans, .integer(1...1_000_000_000, unit: "spans"),
            "Spans held in memory; beyond it the oldest trace is stored early."),
        S(
            "joiner.bytes", flag: "joiner-bytes", \.joiner.bytes, .size(1 << 20...1 << 40),
            "Memory for spans; beyond it the oldest trace is stored early."),
        S(
            "limits.requestBytes", flag: "max-request-bytes", \.limits.requestBytes, .size(1 << 10...1 << 30),
            "An export request after decompression; a larger one gets 413, or RESOURCE_EXHAUSTED over gRPC."),
        S(
            "limits.connectionsMax", flag: "max-connections", \.limits.connectionsMax,
            .integer(1...1_000_000, unit: "connections"),
            "Accepted connections of the whole process. More are closed at once and counted."),
    ]

    @Sendable
    private static func listenersAreDistinct(
        _ settings: CollectorSettings, _ path: String, _ reading: inout ConfigurationReading
    ) {
        reading.reportSharedListeners([
            ("otlp.listen", settings.otlp.listen), ("otlp.grpcListen", settings.otlp.grpcListen),
            ("query.listen", settings.query.listen), ("metrics.listen", settings.metrics.listen),
        ])
    }

    /// Pure: what the file's bytes and the flags say together, or everything that is wrong with them.
    package static func load(
        file: ConfigurationFile?, flags: [GivenFlag]
    ) throws(ConfigurationErrors) -> CollectorSettings {
        try schema.load(file: file, flags: flags)
    }

    /// The effective settings as YAML, defaults included; loading it gives the same settings.
    package func rendered() -> String { YAMLWriter(Self.schema.encode(self)).text }
}
