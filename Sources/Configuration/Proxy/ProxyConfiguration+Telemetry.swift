extension ProxyConfiguration {
    package struct Tracing: Equatable, Sendable {
        /// nil: no span is recorded; trace headers still pass.
        package var collector: CollectorURL?
        /// nil: what the collector's URL says.
        package var exportProtocol: ExportProtocol?
        /// Share of the traces begun here that are sampled, 0…1.
        package var samplingRate = 0.01
        /// Whether a failed exchange is recorded even when its trace is not sampled.
        package var keepErrors = true
        /// Header formats, read in this order and all of them written.
        package var propagation = Propagation.allCases
        /// Spans that wait for export, per worker; more are dropped and counted.
        package var queueSpans = 8_192
        /// Spans per export request at most.
        package var batchSpans = 512

        package init() {}

        /// How spans travel.
        package var effectiveProtocol: ExportProtocol {
            exportProtocol ?? (collector?.scheme == .grpc ? .grpc : .httpProtobuf)
        }
    }

    /// The values of OTEL_EXPORTER_OTLP_PROTOCOL that are understood.
    package enum ExportProtocol: String, CaseIterable, Sendable {
        case httpProtobuf = "http/protobuf"
        case grpc
    }

    package enum Propagation: String, CaseIterable, Sendable {
        case w3c, b3, b3multi
    }

    package struct AccessLog: Equatable, Sendable {
        package var format = AccessLogFormat.none
        package var destination = AccessLogDestination.standardOutput

        package init() {}
    }

    package enum AccessLogFormat: String, CaseIterable, Sendable {
        case none, json, common
    }

    package enum AccessLogDestination: Equatable, Sendable {
        case standardOutput
        /// Appended to; created when missing.
        case file(String)
    }
}
