/// Who sends the spans: the OTLP resource of one process.
public struct TelemetryResource: Hashable, Sendable {
    public var serviceName: String
    /// Unique among the instances of the service.
    public var serviceInstanceID: String
    public var serviceVersion: String

    public init(serviceName: String, serviceInstanceID: String, serviceVersion: String) {
        self.serviceName = serviceName
        self.serviceInstanceID = serviceInstanceID
        self.serviceVersion = serviceVersion
    }

    var attributes: [SpanAttribute] {
        [
            SpanAttribute(.serviceName, .string(serviceName)),
            SpanAttribute(.serviceInstanceID, .string(serviceInstanceID)),
            SpanAttribute(.serviceVersion, .string(serviceVersion)),
            SpanAttribute(.telemetrySDKName, .string("martlet")),
            SpanAttribute(.telemetrySDKLanguage, .string("swift")),
            SpanAttribute(.telemetrySDKVersion, .string(serviceVersion)),
        ].filter { $0.value != .string("") }
    }
}
