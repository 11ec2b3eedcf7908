/// An answer to a scrape: the body and the headers that describe it.
public struct Exposition: Sendable, Equatable {
    public let contentType: String
    /// `gzip`, or nil when the body is as it is.
    public let contentEncoding: String?
    public let body: [UInt8]
}

/// The formats in which a registry is exposed.
enum ExpositionFormat: Hashable, Sendable {
    case text
    case openMetrics(OpenMetricsVersion)
    case protobuf

    enum OpenMetricsVersion: String, Sendable {
        case draft = "0.0.1"
        case standard = "1.0.0"
    }

    var contentType: String {
        switch self {
        case .text: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics(let version): "application/openmetrics-text; version=\(version.rawValue); charset=utf-8"
        case .protobuf:
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
        }
    }
}
