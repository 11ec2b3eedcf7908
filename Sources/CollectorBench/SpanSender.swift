/// One instance of a service: its resource, and the spans that wait in its batch.
struct SpanSender {
    /// The Resource field of ResourceSpans.
    private let resource: [UInt8]
    /// The InstrumentationScope field of ScopeSpans.
    private let scope: [UInt8]
    /// Span fields of ScopeSpans.
    var spans: [UInt8] = []
    var spanCount = 0

    init(service: Int, instance: Int) {
        let name = "shop-\(SpanSender.names[service])"
        var content: [UInt8] = []
        for (key, value) in [
            ("service.name", name), ("service.namespace", "shop"), ("service.version", "2.\(service).1"),
            ("service.instance.id", "\(name)-7d9c5b\(service)f\(instance)"),
            ("deployment.environment.name", "production"),
            ("host.name", "node-\((service * 7 + instance * 3) % 20).example.internal"),
            ("k8s.pod.name", "\(name)-6b84d7c5f-\(instance)x\(service)qz"), ("k8s.namespace.name", "shop"),
            ("telemetry.sdk.name", "opentelemetry"), ("telemetry.sdk.language", "go"),
            ("telemetry.sdk.version", "1.38.0"),
        ] {
            content.append(contentsOf: [UInt8].attribute(0x0A, key, value))
        }
        var resource: [UInt8] = []
        resource.append(field: 0x0A, content)
        self.resource = resource
        var names: [UInt8] = []
        names.append(field: 0x0A, "go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp")
        names.append(field: 0x12, "0.63.0")
        var scope: [UInt8] = []
        scope.append(field: 0x0A, names)
        self.scope = scope
    }

    static let names = [
        "web", "cart", "checkout", "payment", "catalogue", "search", "user", "shipping", "email", "currency", "ads",
        "recommendation",
    ]

    /// The batch as an ExportTraceServiceRequest; the batch is empty afterwards.
    mutating func takeRequest() -> [UInt8] {
        var scopeSpans = scope
        scopeSpans.append(contentsOf: spans)
        var resourceSpans = resource
        resourceSpans.append(field: 0x12, scopeSpans)
        var request: [UInt8] = []
        request.append(field: 0x0A, resourceSpans)
        spans.removeAll(keepingCapacity: true)
        spanCount = 0
        return request
    }
}
