import MetricsExporter

/// The families of the data path (the names and labels are `MetricName`'s).
struct ProxyMetrics: Sendable {
    let requests: CounterFamily
    let responses: CounterFamily
    let statuses: CounterFamily
    let latency: HistogramFamily
    let inFlight: GaugeFamily
    let requestBytes: CounterFamily
    let responseBytes: CounterFamily
    let connectionsOpen: GaugeFamily
    let connectionsOpened: CounterFamily
    let connectionFailures: CounterFamily
    let tlsHandshakes: CounterFamily
    let http2ConnectionErrors: CounterFamily
    let http2StreamErrors: CounterFamily
    let tcp: TCPMetrics

    init(_ registry: Registry) throws(RegistryError) {
        requests = try registry.counter(MetricName.requestTotal)
        responses = try registry.counter(MetricName.responseTotal)
        statuses = try registry.counter(MetricName.responseStatus)
        latency = try registry.histogram(MetricName.responseLatency)
        inFlight = try registry.gauge(MetricName.requestsInFlight)
        requestBytes = try registry.counter(MetricName.requestBodyBytes)
        responseBytes = try registry.counter(MetricName.responseBodyBytes)
        connectionsOpen = try registry.gauge(MetricName.connectionsOpen)
        connectionsOpened = try registry.counter(MetricName.connectionsOpened)
        connectionFailures = try registry.counter(MetricName.connectionFailures)
        tcp = try TCPMetrics(registry)
        tlsHandshakes = try registry.counter(MetricName.tlsHandshakes)
        http2ConnectionErrors = try registry.counter(MetricName.http2ConnectionErrors)
        http2StreamErrors = try registry.counter(MetricName.http2StreamErrors)
    }
}
