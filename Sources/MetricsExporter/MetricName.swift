/// Every metric that Martlet exposes, in one list: exporters register these, dashboards and rules name these, and a
/// test holds both to it. Times are in seconds.
package enum MetricName {
    // MARK: Proxy, data plane

    /// Who the other proxy is: `client_id` inbound and `server_id` outbound where `tls` is true, otherwise
    /// `no_tls_reason`; what does not apply is empty. Outbound they say what the target is called by, so a handshake that
    /// fails counts as TLS.
    private static let peer = ["tls", "client_id", "server_id", "no_tls_reason"]

    package static let requestTotal = MetricDescription(
        .counter, "request_total", help: "Requests whose head was read.",
        labels: ["direction", "service", "dst_service", "route"] + peer)
    package static let responseTotal = MetricDescription(
        .counter, "response_total",
        help: "Requests that ended, by success or failure; every request ends in exactly one of the two.",
        labels: ["direction", "service", "dst_service", "route", "classification"] + peer)
    package static let responseStatus = MetricDescription(
        .counter, "response_status_total",
        help:
            "Requests that ended, by status code; reason is empty unless the proxy made the failure, grpc_status unless "
            + "it was a call of gRPC.",
        labels: ["direction", "service", "dst_service", "route", "status_code", "reason", "grpc_status"] + peer)
    package static let responseLatency = MetricDescription(
        .histogram, "response_latency_seconds",
        help: "Time from the request head being read to the last byte of the response.", unit: "seconds",
        labels: ["direction", "service", "dst_service", "route"] + peer)
    package static let requestsInFlight = MetricDescription(
        .gauge, "requests_in_flight", help: "Requests whose head was read and that have not ended.",
        labels: ["direction", "service", "dst_service"])
    package static let requestBodyBytes = MetricDescription(
        .counter, "request_body_bytes_total", help: "Bytes of request bodies forwarded.", unit: "bytes",
        labels: ["direction", "service", "dst_service"])
    package static let responseBodyBytes = MetricDescription(
        .counter, "response_body_bytes_total", help: "Bytes of response bodies forwarded.", unit: "bytes",
        labels: ["direction", "service", "dst_service"])
    package static let connectionsOpen = MetricDescription(
        .gauge, "connections_open", help: "Open connections, by the peer at their other end.",
        labels: ["direction", "peer"])
    package static let connectionsOpened = MetricDescription(
        .counter, "connections_opened_total", help: "Connections accepted from clients or opened to upstreams.",
        labels: ["direction", "peer"])
    package static let connectionFailures = MetricDescription(
        .counter, "connection_failures_total", help: "Connections to an upstream that could not be opened or broke.",
        labels: ["direction", "dst_service", "reason"])

    package static let http2ConnectionErrors = MetricDescription(
        .counter, "http2_connection_errors_total",
        help: "HTTP/2 connections that the proxy ended, by the flood or fault of the peer that made it.",
        labels: ["direction", "peer", "error"])
    package static let http2StreamErrors = MetricDescription(
        .counter, "http2_stream_errors_total",
        help: "HTTP/2 streams that were refused, reset or malformed, and frames that were ignored.",
        labels: ["direction", "peer", "error"])

    package static let tlsHandshakes = MetricDescription(
        .counter, "tls_handshakes_total",
        help: "TLS handshakes that ended; result is done, resumed, or the word for why there is no connection.",
        labels: ["direction", "result"])

    private static let tcpLabels = ["direction", "service", "dst_service", "peer", "tls"]

    package static let tcpOpen = MetricDescription(
        .counter, "tcp_open_total",
        help: "Connections carried as they are that were opened; peer is src for the client's side, dst for the other.",
        labels: tcpLabels)
    package static let tcpClose = MetricDescription(
        .counter, "tcp_close_total",
        help: "Connections carried as they are that have ended; reason is empty when both sides had said all.",
        labels: tcpLabels + ["reason"])
    package static let tcpOpenConnections = MetricDescription(
        .gauge, "tcp_open_connections", help: "Connections carried as they are that are open.", labels: tcpLabels)
    package static let tcpConnectionDuration = MetricDescription(
        .histogram, "tcp_connection_duration_seconds", help: "How long connections carried as they are were open.",
        unit: "seconds", labels: tcpLabels)
    package static let tcpReadBytes = MetricDescription(
        .counter, "tcp_read_bytes_total", help: "Bytes read from the peer of connections carried as they are.",
        unit: "bytes", labels: tcpLabels)
    package static let tcpWriteBytes = MetricDescription(
        .counter, "tcp_write_bytes_total", help: "Bytes written to the peer of connections carried as they are.",
        unit: "bytes", labels: tcpLabels)

    package static let tcp: [MetricDescription] = [
        tcpOpen, tcpClose, tcpOpenConnections, tcpConnectionDuration, tcpReadBytes, tcpWriteBytes, tcpSpliceFallbacks,
    ]
    package static let tcpSpliceFallbacks = MetricDescription(
        .counter, "martlet_tcp_splice_fallbacks_total",
        help: "Times that bytes were copied because no pipe was free for splice.")

    package static let dataPlane: [MetricDescription] = [
        requestTotal, responseTotal, responseStatus, responseLatency, requestsInFlight, requestBodyBytes,
        responseBodyBytes, connectionsOpen, connectionsOpened, connectionFailures, tlsHandshakes,
        http2ConnectionErrors, http2StreamErrors,
    ]

    // MARK: Every component, itself

    package static let buildInfo = MetricDescription(
        .gauge, "martlet_build_info", help: "Constant 1; the labels say what is running.",
        labels: ["component", "version", "revision"])
    package static let ready = MetricDescription(
        .gauge, "martlet_ready", help: "1 while the component takes traffic, 0 before and while it drains.")
    package static let seriesOverflow = MetricDescription(
        .counter, "martlet_series_overflow_total",
        help: "Label sets that were folded into the overflow series because their family's budget was used up.",
        labels: ["family"])
    package static let histogramClamped = MetricDescription(
        .counter, "martlet_latency_clamped_total",
        help: "Observations longer than the last exponential bucket, 1024 s.", labels: ["family"])
    package static let scrapeDuration = MetricDescription(
        .gauge, "martlet_scrape_duration_seconds", help: "Time that the scrape before this one took to write.",
        unit: "seconds")
    package static let scrapeSeries = MetricDescription(
        .gauge, "martlet_scrape_series", help: "Samples in the scrape before this one.")
    package static let processCPU = MetricDescription(
        .counter, "process_cpu_seconds_total", help: "User and system time of the process.", unit: "seconds")
    package static let processStartTime = MetricDescription(
        .gauge, "process_start_time_seconds", help: "When the process started, since 1970.", unit: "seconds")
    package static let processVirtualMemory = MetricDescription(
        .gauge, "process_virtual_memory_bytes", help: "Virtual memory size.", unit: "bytes")
    package static let processVirtualMemoryMax = MetricDescription(
        .gauge, "process_virtual_memory_max_bytes", help: "Largest virtual memory size allowed.", unit: "bytes")
    package static let processResidentMemory = MetricDescription(
        .gauge, "process_resident_memory_bytes", help: "Resident memory size.", unit: "bytes")
    package static let processOpenFileDescriptors = MetricDescription(
        .gauge, "process_open_fds", help: "Open file descriptors.")
    package static let processMaxFileDescriptors = MetricDescription(
        .gauge, "process_max_fds", help: "Largest number of open file descriptors allowed.")
    package static let processThreads = MetricDescription(
        .gauge, "process_threads", help: "Threads of the process.")

    package static let component: [MetricDescription] = [
        buildInfo, ready, seriesOverflow, histogramClamped, scrapeDuration, scrapeSeries, processCPU, processStartTime,
        processVirtualMemory, processVirtualMemoryMax, processResidentMemory, processOpenFileDescriptors,
        processMaxFileDescriptors, processThreads,
    ]

    // MARK: Proxy, itself

    package static let spansRecorded = MetricDescription(
        .counter, "martlet_spans_recorded_total", help: "Spans put into the export queue.")
    package static let spansExported = MetricDescription(
        .counter, "martlet_spans_exported_total", help: "Spans that the collector accepted.")
    package static let spansDropped = MetricDescription(
        .counter, "martlet_spans_dropped_total", help: "Spans lost before the collector accepted them.",
        labels: ["reason"])
    package static let spanQueueLength = MetricDescription(
        .gauge, "martlet_span_queue_length", help: "Spans waiting for export.")
    package static let spanQueueCapacity = MetricDescription(
        .gauge, "martlet_span_queue_capacity", help: "Spans that may wait for export before further ones are dropped.")
    package static let spanExportRequests = MetricDescription(
        .counter, "martlet_span_export_requests_total", help: "Export requests to the collector.", labels: ["outcome"])
    package static let spanExportLastSuccess = MetricDescription(
        .gauge, "martlet_span_export_last_success_timestamp_seconds",
        help: "When the collector last accepted spans, since 1970; 0 before the first time.", unit: "seconds")
    package static let identityExpiry = MetricDescription(
        .gauge, "martlet_identity_expiry_time_seconds",
        help: "When the first certificate of the workload's chain expires, since 1970; peers refuse it from then on.",
        unit: "seconds")
    package static let identityRotations = MetricDescription(
        .counter, "martlet_identity_rotations_total",
        help: "Changes of the identity's files, by whether they were taken over.", labels: ["result"])
    package static let identityRenewals = MetricDescription(
        .counter, "martlet_identity_renewals_total",
        help: "Certificates asked of the identity service, by success or why there is none.", labels: ["result"])
    package static let configReloads = MetricDescription(
        .counter, "martlet_config_reloads_total", help: "Configurations read again while running.",
        labels: ["outcome"])
    package static let configLastReloadSuccessful = MetricDescription(
        .gauge, "martlet_config_last_reload_successful",
        help: "1 when the last configuration read is the running one, 0 when it was refused.")
    package static let configLastReloadSuccessTime = MetricDescription(
        .gauge, "martlet_config_last_reload_success_timestamp_seconds",
        help: "When the running configuration was taken over, since 1970.", unit: "seconds")
    package static let loopBusy = MetricDescription(
        .counter, "martlet_loop_busy_seconds_total", help: "Time that an event loop did not wait for events.",
        unit: "seconds", labels: ["loop"], scale: .nanosecondsAsSeconds)
    package static let loopLag = MetricDescription(
        .gauge, "martlet_loop_lag_seconds_max",
        help: "Longest time since the last scrape that a ready event waited for its loop.", labels: ["loop"])
    package static let acceptPaused = MetricDescription(
        .counter, "martlet_accept_paused_total", help: "Times that a listener stopped accepting for a while.",
        labels: ["reason"])

    package static let connectionsRefused = MetricDescription(
        .counter, "martlet_connections_refused_total", help: "Connections closed as soon as they were accepted.",
        labels: ["reason"])
    package static let accessLogDroppedLines = MetricDescription(
        .counter, "martlet_access_log_dropped_lines_total",
        help: "Access log lines lost because the log could not be written fast enough or at all.")

    package static let proxy: [MetricDescription] = [
        spansRecorded, spansExported, spansDropped, spanQueueLength, spanQueueCapacity, spanExportRequests,
        spanExportLastSuccess, identityExpiry, identityRotations, identityRenewals, configReloads,
        configLastReloadSuccessful,
        configLastReloadSuccessTime, loopBusy,
        loopLag, acceptPaused, connectionsRefused, accessLogDroppedLines,
    ]

    // MARK: Identity service, itself

    package static let identityCertificatesIssued = MetricDescription(
        .counter, "martlet_identity_certificates_issued_total",
        help: "Certificates given to workloads, by what they showed for it: token or certificate.",
        labels: ["credential"])
    package static let identityRequestsRefused = MetricDescription(
        .counter, "martlet_identity_requests_refused_total", help: "Requests for a certificate that were refused.",
        labels: ["reason"])
    package static let identityHandshakesFailed = MetricDescription(
        .counter, "martlet_identity_handshakes_failed_total",
        help: "Connections to the identity service on which TLS did not come about.")
    package static let identityIssuerExpiry = MetricDescription(
        .gauge, "martlet_identity_issuer_expiry_time_seconds",
        help: "When the first certificate of the issuer's chain expires, since 1970; nothing is issued from then on.",
        unit: "seconds")
    package static let identityAnchorExpiry = MetricDescription(
        .gauge, "martlet_identity_anchor_expiry_time_seconds",
        help: "When the first anchor of the trust bundle expires, since 1970.", unit: "seconds")

    package static let identityService: [MetricDescription] = [
        identityCertificatesIssued, identityRequestsRefused, identityHandshakesFailed, identityIssuerExpiry,
        identityAnchorExpiry,
    ]

    // MARK: Collector, itself

    package static let collectorSpansReceived = MetricDescription(
        .counter, "martlet_collector_spans_received_total", help: "Spans read from accepted requests.")
    package static let collectorSpansReplayed = MetricDescription(
        .counter, "martlet_collector_spans_replayed_total",
        help: "Spans read back at the start from what an earlier process accepted and had not stored.")
    package static let collectorSpansRefused = MetricDescription(
        .counter, "martlet_collector_spans_refused_total", help: "Spans answered with an error or as rejected.",
        labels: ["reason"])
    package static let collectorSpansStored = MetricDescription(
        .counter, "martlet_collector_spans_stored_total", help: "Spans written to the store.")
    package static let collectorSpansDropped = MetricDescription(
        .counter, "martlet_collector_spans_dropped_total", help: "Accepted spans that were not stored.",
        labels: ["reason"])
    package static let collectorSpansDuplicate = MetricDescription(
        .counter, "martlet_collector_spans_duplicate_total", help: "Spans received before with the same identifiers.")
    package static let collectorSpansLate = MetricDescription(
        .counter, "martlet_collector_spans_late_total", help: "Spans received after their trace had been joined.")
    package static let collectorTracesJoined = MetricDescription(
        .counter, "martlet_collector_traces_joined_total",
        help: "Traces closed by the joiner; complete when every parent arrived.", labels: ["completeness"])
    package static let collectorOrphanSpans = MetricDescription(
        .counter, "martlet_collector_orphan_spans_total", help: "Spans whose parent never arrived.")
    package static let collectorLiveTraces = MetricDescription(
        .gauge, "martlet_collector_live_traces", help: "Traces still waiting for spans.")
    package static let collectorLiveSpans = MetricDescription(
        .gauge, "martlet_collector_live_spans", help: "Spans of traces that still wait for spans.")
    package static let collectorStoreBytes = MetricDescription(
        .gauge, "martlet_collector_store_bytes", help: "Size of the trace store on disk.", unit: "bytes")
    package static let collectorStoreTraces = MetricDescription(
        .gauge, "martlet_collector_store_traces", help: "Traces in the store.")
    package static let collectorStoreWriteErrors = MetricDescription(
        .counter, "martlet_collector_store_write_errors_total", help: "Batches that the store failed to write.")
    package static let collectorStoreDeletedTraces = MetricDescription(
        .counter, "martlet_collector_store_deleted_traces_total", help: "Traces deleted by retention.",
        labels: ["reason"])
    package static let collectorQueueLength = MetricDescription(
        .gauge, "martlet_collector_queue_length", help: "Bytes of joined traces waiting to be stored.")
    package static let collectorQueueCapacity = MetricDescription(
        .gauge, "martlet_collector_queue_capacity", help: "Bytes that may wait before requests are refused.")
    package static let collectorLogBytes = MetricDescription(
        .gauge, "martlet_collector_log_bytes", help: "Size of the log of accepted requests that are not all stored.",
        unit: "bytes")
    package static let collectorRequests = MetricDescription(
        .counter, "martlet_collector_requests_total",
        help: "Export requests answered, by status of HTTP or name of gRPC's status.", labels: ["code", "transport"])

    package static let collector: [MetricDescription] = [
        collectorSpansReceived, collectorSpansReplayed, collectorSpansRefused, collectorSpansStored,
        collectorSpansDropped, collectorSpansDuplicate, collectorSpansLate, collectorTracesJoined,
        collectorOrphanSpans, collectorLiveTraces, collectorLiveSpans, collectorStoreBytes, collectorStoreTraces,
        collectorStoreWriteErrors, collectorStoreDeletedTraces, collectorQueueLength, collectorQueueCapacity,
        collectorLogBytes, collectorRequests,
    ]

    // MARK: Collector, golden signals from spans

    package static let spanMetricsCalls = MetricDescription(
        .counter, "traces_spanmetrics_calls_total", help: "Spans received, by operation and outcome.",
        labels: ["service", "span_name", "span_kind", "status_code"])
    package static let spanMetricsLatency = MetricDescription(
        .histogram, "traces_spanmetrics_latency", help: "Durations in seconds of the spans received.",
        labels: ["service", "span_name", "span_kind", "status_code"])
    package static let serviceGraphRequests = MetricDescription(
        .counter, "traces_service_graph_request_total", help: "Requests between two services, from joined spans.",
        labels: ["client", "server", "connection_type"])
    package static let serviceGraphFailures = MetricDescription(
        .counter, "traces_service_graph_request_failed_total",
        help: "Failed requests between two services, from joined spans.",
        labels: ["client", "server", "connection_type"])
    package static let serviceGraphServerLatency = MetricDescription(
        .histogram, "traces_service_graph_request_server_seconds", help: "Durations seen by the server.",
        unit: "seconds", labels: ["client", "server", "connection_type"])
    package static let serviceGraphClientLatency = MetricDescription(
        .histogram, "traces_service_graph_request_client_seconds", help: "Durations seen by the client.",
        unit: "seconds", labels: ["client", "server", "connection_type"])
    package static let serviceGraphUnpaired = MetricDescription(
        .counter, "traces_service_graph_unpaired_spans_total",
        help: "Spans of calls whose other side never came and that do not name it.")
    package static let serviceGraphDropped = MetricDescription(
        .counter, "traces_service_graph_dropped_spans_total",
        help: "Spans of calls that found no room to wait for their other side.")
    package static let serviceInFlight = MetricDescription(
        .gauge, "traces_service_in_flight",
        help: "Requests that a service was working on at once, on average since the last scrape.",
        labels: ["service"])

    package static let spanSignals: [MetricDescription] = [
        spanMetricsCalls, spanMetricsLatency, serviceGraphRequests, serviceGraphFailures, serviceGraphServerLatency,
        serviceGraphClientLatency, serviceGraphUnpaired, serviceGraphDropped, serviceInFlight,
    ]

    /// The whole contract.
    package static let all: [MetricDescription] =
        dataPlane + tcp + component + proxy + identityService + collector + spanSignals
}
