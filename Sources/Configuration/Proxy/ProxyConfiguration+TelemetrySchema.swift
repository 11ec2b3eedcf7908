extension ProxyConfiguration {
    private typealias S = Setting<ProxyConfiguration>

    static let telemetrySettings: [Setting<ProxyConfiguration>] = [
        S(
            "tracing.collector", flag: "collector", optional: \.tracing.collector, .collectorURL, fixed: true,
            "Where spans go, as OTLP over HTTP or, for `grpc://`, over gRPC. Without it no span is recorded; trace headers "
                + "still pass."),
        S(
            "tracing.protocol", flag: "otlp-protocol", optional: \.tracing.exportProtocol, .choice, fixed: true,
            "How spans travel, in the words of OTEL_EXPORTER_OTLP_PROTOCOL. When it is absent, the scheme of "
                + "`tracing.collector` says it."),
        S(
            "tracing.samplingRate", flag: "sampling-rate", \.tracing.samplingRate, .share,
            "Share of the traces begun here that are sampled. A caller's decision is kept."),
        S(
            "tracing.keepErrors", flag: "keep-errors", \.tracing.keepErrors, .boolean,
            "Whether a failed exchange is recorded even when its trace is not sampled."),
        S(
            "tracing.propagation", flag: "propagation", \.tracing.propagation,
            .list(of: .choice, atLeast: 1, atMost: Propagation.allCases.count),
            "Trace header formats: read in this order, and all of them written."),
        S(
            "tracing.queueSpans", flag: "span-queue", \.tracing.queueSpans, .integer(16...1_048_576, unit: "spans"),
            fixed: true,
            "Spans that wait for export, per worker. More are dropped and counted; traffic never waits."),
        S(
            "tracing.batchSpans", flag: "span-batch", \.tracing.batchSpans, .integer(1...16_384, unit: "spans"),
            fixed: true,
            "Spans in one export request at most. Not more than `tracing.queueSpans`."),
        S(
            "accessLog.format", flag: "access-log", \.accessLog.format, .choice, fixed: true,
            "One line per exchange, as JSON or in the Common Log Format, or no access log."),
        S(
            "accessLog.path", flag: "access-log-path", \.accessLog.destination, .logDestination, fixed: true,
            "The file that the access log is appended to, or `stdout`."),
    ]
}

extension ValueFormat where Value == ProxyConfiguration.AccessLogDestination {
    fileprivate static let logDestination = ValueFormat.scalar(
        "path", sentence: "a path or stdout", example: "/var/log/martlet/access.log",
        parse: { text in
            if text == "stdout" { return .value(.standardOutput) }
            return text.isEmpty || text.utf8.contains(0) || text.utf8.count > ConfigurationLimits.pathBytes
                ? .malformed : .value(.file(text))
        },
        encode: { destination in
            switch destination {
            case .standardOutput: .plain("stdout")
            case .file(let path): .text(path)
            }
        })
}
