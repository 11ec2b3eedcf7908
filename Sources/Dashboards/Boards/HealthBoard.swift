/// Is Martlet itself well? The fleet, then what each proxy uses and drops, then the collector.
struct HealthBoard {
    var dashboard: Dashboard {
        Dashboard(
            identifier: .health, title: "Martlet / Health",
            description: "The proxies and the collector themselves: resources, event loops, telemetry, trace storage.",
            variables: [
                .datasource, .job(series: "martlet_build_info"),
                .instance(series: "martlet_build_info{job=~\"$job\"}"),
            ],
            sections: [
                Dashboard.Section("Fleet", [fleet, [versions]]),
                Dashboard.Section("Resources", [resources]),
                Dashboard.Section("Event loops and connections", [loops, [http2Faults]]),
                IdentitySection().section,
                TCPSection().section,
                Dashboard.Section("Telemetry of the proxies", [spans, exposition]),
            ] + CollectorSections().sections,
            annotations: [.versions, .restarts, .alerts(selector: #",instance=~"$instance""#)])
    }

    static let target = GoldenSignals.target

    /// A line per process from a gauge.
    static func perInstance(_ expression: String) -> Query { Query(expression, legend: "{{instance}}") }

    static func rate(_ metric: String, _ labels: String = "instance") -> String {
        "sum by (\(labels)) (rate(\(metric){\(target)}[$__rate_interval]))"
    }

    /// A rate by a label whose values appear only when something happens, over a line of zeros.
    static func rate(_ metric: String, by label: String, zeroFrom base: String) -> String {
        """
        \(rate(metric, "instance, \(label)"))
        or
        label_replace(0 * sum by (instance) (\(base){\(target)}), "\(label)", "none", "", "")
        """
    }

    // MARK: Fleet

    private var fleet: [Panel] {
        let target = Self.target
        return [
            .stat(
                "In reach", "Processes that Prometheus scrapes. Bad: fewer than you run.",
                field: .of(.count), noValue: "none", "sum(up{\(target)})"),
            .stat(
                "Out of reach", "Processes whose scrape fails. Bad: above zero.",
                field: .of(.count, thresholds: .high(warn: 1, bad: 2)), noValue: "none", "sum(1 - up{\(target)})"),
            .stat(
                "Ready", "Share of processes that report ready. Bad: below 100 % for minutes.",
                field: .share(decimals: 1, thresholds: .low(warn: 0.9, good: 1)), noValue: "none",
                "avg(martlet_ready{\(target)})"),
            .stat(
                "Configuration refused",
                "Proxies that run an old configuration because the new one is invalid. Bad: "
                    + "above zero: their next restart fails.",
                field: .of(.count, thresholds: .high(warn: 1, bad: 2)), noValue: "none",
                "sum(1 - martlet_config_last_reload_successful{\(target)}) or vector(0)"),
            .stat(
                "Restarts, 1 h", "Restarts within the last hour. Bad: more than your deployments explain.",
                field: .of(.count, thresholds: .high(warn: 1, bad: 10)), noValue: "none",
                "sum(changes(process_start_time_seconds{\(target)}[1h]))"),
            .stat(
                "Series", "Series that the proxies expose together. Bad: growing for days: a label without bound.",
                field: .of(.count), noValue: "none", "sum(martlet_scrape_series{\(target)})"),
        ]
    }

    private var versions: Panel {
        .table(
            "Versions", "Processes by version. Bad: more than one version of a component, outside a roll-out.",
            height: 5, noValue: "none",
            Table(
                keys: [
                    Table.Key(label: "component", title: "Component"), Table.Key(label: "version", title: "Version"),
                    Table.Key(label: "revision", title: "Revision"),
                ],
                columns: [
                    Table.Column(
                        title: "Processes",
                        expression: "count by (component, version, revision) (martlet_build_info{\(Self.target)})",
                        field: .of(.count))
                ],
                sortColumn: "Processes", descending: true))
    }

    // MARK: Resources

    private var resources: [Panel] {
        let target = Self.target
        return [
            .timeseries(
                "CPU", "Processor cores used. Bad: near the number of workers: the process is saturated.", width: 8,
                field: .of(.cores, decimals: 2), noValue: "none",
                [Self.perInstance(Self.rate("process_cpu_seconds_total"))]),
            .timeseries(
                "Memory", "Resident memory. Bad: rising without traffic rising.", width: 8, field: .of(.bytes),
                noValue: "none",
                [Self.perInstance("sum by (instance) (process_resident_memory_bytes{\(target)})")]),
            .timeseries(
                "File descriptors",
                "Share of the file descriptor limit in use. Bad: above 80 %: soon no connection is "
                    + "accepted.",
                width: 8, field: .share(decimals: 1, thresholds: .high(warn: 0.6, bad: 0.8)), noValue: "none",
                [
                    Self.perInstance(
                        "max by (instance) (process_open_fds{\(target)} / (process_max_fds{\(target)} > 0))")
                ]),
        ]
    }

    // MARK: Loops

    private static let noHTTP2 = "nobody broke the rules of HTTP/2"

    private var loops: [Panel] {
        let target = Self.target
        return [
            .timeseries(
                "Loop busy", "Share of time that the busiest event loop works. Bad: above 90 %: requests queue.",
                width: 6, field: .share(decimals: 1, thresholds: .high(warn: 0.7, bad: 0.9)), noValue: "none",
                [
                    Self.perInstance(
                        "max by (instance) (rate(martlet_loop_busy_seconds_total{\(target)}[$__rate_interval]))")
                ]),
            .timeseries(
                "Loop lag",
                "Longest that ready work waited for its loop. Bad: above 100 ms: something blocks the loop.",
                width: 6, field: Field(unit: .seconds, minimum: 0, thresholds: .high(warn: 0.02, bad: 0.1)),
                noValue: "none",
                [Self.perInstance("max by (instance) (martlet_loop_lag_seconds_max{\(target)})")]),
            .timeseries(
                "Open connections",
                "Connections from clients and to upstreams. Bad: upstream connections far above "
                    + "requests in flight: the pool does not reuse.",
                width: 6, field: .of(.count), noValue: "none",
                [
                    Query(
                        "sum by (instance, peer) (connections_open{\(target)})", legend: "{{instance}} {{peer}}")
                ]),
            .timeseries(
                "Accept paused",
                "Times that a proxy stopped accepting, and connections that it closed unserved, per second, by "
                    + "reason. Bad: above zero: clients wait in the backlog or are sent away.",
                width: 6, field: .of(.perSecond), noValue: "none",
                [
                    Query(
                        Self.rate("martlet_accept_paused_total", by: "reason", zeroFrom: "martlet_ready"),
                        legend: "{{instance}} paused: {{reason}}"),
                    Query(
                        Self.rate("martlet_connections_refused_total", by: "reason", zeroFrom: "martlet_ready"),
                        legend: "{{instance}} refused: {{reason}}"),
                ]),
        ]
    }

    private var http2Faults: Panel {
        .timeseries(
            "HTTP/2 faults",
            "Connections ended and streams refused, reset or malformed per second, by direction and fault. Bad: "
                + "connections that end by a flood: somebody attacks or misbehaves.",
            width: 24, field: .of(.perSecond), noValue: "none",
            [
                Query(
                    Self.rate("http2_connection_errors_total", "direction, error"),
                    legend: "connection, {{direction}}: {{error}}", emptyBecause: Self.noHTTP2),
                Query(
                    Self.rate("http2_stream_errors_total", "direction, error"),
                    legend: "stream, {{direction}}: {{error}}", emptyBecause: Self.noHTTP2),
            ])
    }

    // MARK: Telemetry

    private var spans: [Panel] {
        let target = Self.target
        return [
            .timeseries(
                "Spans recorded and exported",
                "Spans recorded and exported per second, all proxies. Bad: the lines part: spans queue or are "
                    + "lost.",
                width: 8, field: .of(.perSecond), noValue: "none",
                [
                    Query("sum(rate(martlet_spans_recorded_total{\(target)}[$__rate_interval]))", legend: "recorded"),
                    Query("sum(rate(martlet_spans_exported_total{\(target)}[$__rate_interval]))", legend: "exported"),
                ]),
            .timeseries(
                "Spans dropped",
                "Spans lost per second, by reason. Bad: above zero: traces have holes; the collector is "
                    + "slow, down, or refuses.",
                width: 8, field: .of(.perSecond), noValue: "none",
                [
                    Query(
                        Self.rate("martlet_spans_dropped_total", by: "reason", zeroFrom: "martlet_span_queue_length"),
                        legend: "{{instance}} {{reason}}")
                ]),
            .timeseries(
                "Span queue", "How full the span queue of each proxy is. Bad: above 80 %: the next burst is lost.",
                width: 8, field: .share(decimals: 1, thresholds: .high(warn: 0.5, bad: 0.8)), noValue: "none",
                [
                    Self.perInstance(
                        """
                        max by (instance) (
                          martlet_span_queue_length{\(target)} / (martlet_span_queue_capacity{\(target)} > 0)
                        )
                        """)
                ]),
        ]
    }

    private var exposition: [Panel] {
        [
            .timeseries(
                "Span exports", "Export requests per second by outcome. Bad: anything but success.", width: 8,
                field: .of(.perSecond), noValue: "none",
                [
                    Query(
                        "sum by (outcome) (rate(martlet_span_export_requests_total{\(Self.target)}[$__rate_interval]))",
                        legend: "{{outcome}}", emptyBecause: "a mesh that traces nothing exports nothing")
                ]),
            .timeseries(
                "Scrape time", "Time a proxy takes to render its metrics. Bad: above 100 ms, or rising with uptime.",
                width: 8, field: .of(.seconds), noValue: "none",
                [
                    Self.perInstance("max by (instance) (martlet_scrape_duration_seconds{\(Self.target)})")
                ]),
            .timeseries(
                "Series overflow",
                "Label sets folded into the overflow series, per second, by family. Bad: above zero: "
                    + "golden signals of rare routes or callers are merged.",
                width: 8, field: .of(.perSecond), noValue: "none",
                [
                    Query(
                        Self.rate("martlet_series_overflow_total", by: "family", zeroFrom: "martlet_scrape_series"),
                        legend: "{{instance}} {{family}}")
                ]),
        ]
    }
}
