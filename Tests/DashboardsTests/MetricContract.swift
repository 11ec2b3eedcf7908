/// Every metric that proxies and collector expose, with its labels: what dashboards and rules may name.
enum MetricContract {
    enum Kind { case counter, gauge, histogram }

    struct Metric {
        let name: String
        let kind: Kind
        let labels: Set<String>
    }

    static let all: [Metric] = dataPlane + component + proxy + collector + spans

    private static func counter(_ name: String, _ labels: String...) -> Metric {
        Metric(name: name, kind: .counter, labels: Set(labels))
    }
    private static func gauge(_ name: String, _ labels: String...) -> Metric {
        Metric(name: name, kind: .gauge, labels: Set(labels))
    }
    private static func histogram(_ name: String, _ labels: String...) -> Metric {
        Metric(name: name, kind: .histogram, labels: Set(labels))
    }

    private static let dataPlane = [
        counter("request_total", "direction", "service", "dst_service", "route"),
        counter("response_total", "direction", "service", "dst_service", "route", "classification"),
        counter("response_status_total", "direction", "service", "dst_service", "route", "status_code", "reason"),
        histogram("response_latency_seconds", "direction", "service", "dst_service", "route"),
        gauge("requests_in_flight", "direction", "service", "dst_service"),
        counter("request_body_bytes_total", "direction", "service", "dst_service"),
        counter("response_body_bytes_total", "direction", "service", "dst_service"),
        gauge("connections_open", "direction", "peer"), counter("connections_opened_total", "direction", "peer"),
        counter("connection_failures_total", "direction", "dst_service", "reason"),
    ]

    private static let component = [
        gauge("martlet_build_info", "component", "version", "revision"), gauge("martlet_ready"),
        counter("martlet_series_overflow_total", "family"), gauge("martlet_scrape_duration_seconds"),
        gauge("martlet_scrape_series"), counter("process_cpu_seconds_total"), gauge("process_start_time_seconds"),
        gauge("process_resident_memory_bytes"), gauge("process_open_fds"), gauge("process_max_fds"),
    ]

    private static let proxy = [
        counter("martlet_spans_recorded_total"), counter("martlet_spans_exported_total"),
        counter("martlet_spans_dropped_total", "reason"), gauge("martlet_span_queue_length"),
        gauge("martlet_span_queue_capacity"), counter("martlet_span_export_requests_total", "outcome"),
        gauge("martlet_span_export_last_success_timestamp_seconds"),
        counter("martlet_config_reloads_total", "outcome"), gauge("martlet_config_last_reload_successful"),
        gauge("martlet_config_last_reload_success_timestamp_seconds"),
        counter("martlet_loop_busy_seconds_total", "loop"), gauge("martlet_loop_lag_seconds_max", "loop"),
        counter("martlet_accept_paused_total", "reason"),
    ]

    private static let collector = [
        counter("martlet_collector_spans_received_total"), counter("martlet_collector_spans_refused_total", "reason"),
        counter("martlet_collector_spans_stored_total"), counter("martlet_collector_spans_dropped_total", "reason"),
        counter("martlet_collector_spans_duplicate_total"), counter("martlet_collector_spans_late_total"),
        counter("martlet_collector_traces_joined_total", "completeness"),
        counter("martlet_collector_orphan_spans_total"), gauge("martlet_collector_live_traces"),
        gauge("martlet_collector_live_spans"), gauge("martlet_collector_store_bytes"),
        gauge("martlet_collector_store_traces"), counter("martlet_collector_store_write_errors_total"),
        counter("martlet_collector_store_deleted_traces_total", "reason"), gauge("martlet_collector_queue_length"),
        gauge("martlet_collector_queue_capacity"), counter("martlet_collector_requests_total", "code"),
    ]

    private static let spans = [
        counter("traces_spanmetrics_calls_total", "service", "span_name", "span_kind", "status_code"),
        histogram("traces_spanmetrics_latency", "service", "span_name", "span_kind", "status_code"),
        counter("traces_service_graph_request_total", "client", "server", "connection_type"),
        counter("traces_service_graph_request_failed_total", "client", "server", "connection_type"),
        histogram("traces_service_graph_request_server_seconds", "client", "server", "connection_type"),
        histogram("traces_service_graph_request_client_seconds", "client", "server", "connection_type"),
        gauge("traces_service_in_flight", "service"),
    ]

    /// The family that a series name belongs to: `x_bucket` is part of histogram `x`.
    static func metric(ofSeries name: String) -> Metric? {
        all.first { metric in
            switch metric.kind {
            case .counter, .gauge: metric.name == name
            case .histogram: ["_bucket", "_sum", "_count"].contains { metric.name + $0 == name }
            }
        }
    }
}
