import Dashboards
import MetricsExporter
import Testing

/// What dashboards and rules ask for must be what the mesh exposes.
@Suite("Every expression")
struct ExpressionContractTests {
    struct Source: CustomTestStringConvertible {
        let place: String
        let text: String
        var testDescription: String { place }
    }

    private static let recording = RecordingRules(RuleOptions()).groups.flatMap(\.rules)

    static let rules: [Source] =
        recording.map { Source(place: $0.record, text: $0.expression) }
        + AlertRules(RuleOptions()).groups.flatMap(\.rules).map { Source(place: $0.name, text: $0.expression) }

    static let panels: [Source] = dashboards().flatMap { dashboard in
        dashboard.panels.flatMap { panel in
            panel.queries.map { Source(place: "\(dashboard.title): \(panel.title)", text: $0.expression) }
        }
            + dashboard.variables.compactMap { variable in
                variable.seriesExpression.map { Source(place: "\(dashboard.title): $\(variable.name)", text: $0) }
            } + dashboard.annotations.map { Source(place: "\(dashboard.title): annotation", text: $0.expression) }
    }

    /// Series of Prometheus itself, and of the operator.
    private static let others: Set<String> = ["up", "ALERTS", Recorded.userObjective, Recorded.userLatencyThreshold]
    private static let targetLabels: Set<String> = ["job", "instance"]

    @Test("names only series of the metric contract or of a recording rule", arguments: rules + panels)
    func series(source: Source) {
        let records = Set(Self.recording.map(\.record))
        let selectors = Expression(source.text).selectors
        #expect(!selectors.isEmpty || source.text == "vector(1)")
        for selector in selectors {
            let name = selector.metric
            let isKnown =
                MetricContract.metric(ofSeries: name) != nil || records.contains(name) || Self.others.contains(name)
            #expect(isKnown, "\(name) is exposed by nobody")
        }
    }

    @Test("matches raw series by labels that they have", arguments: rules + panels)
    func labels(source: Source) {
        for selector in Expression(source.text).selectors {
            guard let metric = MetricContract.metric(ofSeries: selector.metric) else { continue }
            let known = Self.targetLabels.union(metric.labels).union(metric.kind == .histogram ? ["le"] : [])
            for matcher in selector.matchers {
                #expect(known.contains(matcher.label), "\(selector.metric) has no label \(matcher.label)")
            }
        }
    }

    @Test("takes the rate of a counter before anything else, and never the rate of a gauge", arguments: rules + panels)
    func counters(source: Source) {
        for selector in Expression(source.text).selectors {
            guard let metric = MetricContract.metric(ofSeries: selector.metric) else { continue }
            let isRated = ["rate", "increase"].contains(selector.function)
            switch metric.kind {
            case .counter, .histogram, .summary:
                let isVariable = source.place.contains("$")
                #expect(isRated && selector.range != nil || isVariable, "raw counter \(selector.metric)")
            case .gauge:
                #expect(!isRated, "rate of gauge \(selector.metric)")
            }
        }
    }

    @Test("keeps the two directions apart", arguments: rules + panels)
    func direction(source: Source) {
        for selector in Expression(source.text).selectors where source.place.contains("$") == false {
            guard let metric = MetricContract.metric(ofSeries: selector.metric), metric.labels.contains("service"),
                metric.labels.contains("direction")
            else { continue }
            let values = selector.matchers.filter { $0.label == "direction" }.map(\.value)
            #expect(values == ["inbound"] || values == ["outbound"], "\(selector.metric) counts both sides")
        }
    }

    @Test("of an alert stands on the job it was told, or on recorded series", arguments: rules)
    func jobs(source: Source) {
        for selector in Expression(source.text).selectors
        where MetricContract.metric(ofSeries: selector.metric) != nil || selector.metric == "up" {
            #expect(selector.matchers.contains { $0.label == "job" }, "\(selector.metric) of any job")
        }
    }

    @Test("leaves no recorded series unread")
    func unread() {
        let read = Set((Self.rules + Self.panels).flatMap { Expression($0.text).selectors.map(\.metric) })
        let written = Set(Self.recording.map(\.record))
        #expect(written.subtracting(read).sorted() == [])
    }

    /// Metrics for a person who looks closer, by the reason why no dashboard and no rule needs them.
    private static let readByHand = [
        "connections_opened_total": "connections_open says what matters; this one shows pools that do not reuse",
        "martlet_access_log_dropped_lines_total": "the access log is opt-in",
        "martlet_collector_log_bytes": "bounded; the queue and the store's size tell sooner",
        "martlet_collector_spans_replayed_total": "counts at a start only",
        "martlet_config_last_reload_success_timestamp_seconds": "the alert reads whether the last reload succeeded",
        "martlet_config_reloads_total": "the alert reads whether the last reload succeeded",
        "martlet_identity_anchor_expiry_time_seconds":
            "of the identity service, which few meshes run; docs/identity.md",
        "martlet_identity_certificates_issued_total": "the same",
        "martlet_identity_handshakes_failed_total": "the same",
        "martlet_identity_issuer_expiry_time_seconds": "the same",
        "martlet_identity_requests_refused_total": "the same; the proxies say what concerns them",
        "martlet_latency_clamped_total": "observations above 1024 s",
        "martlet_span_export_last_success_timestamp_seconds": "drops tell of a collector that is away",
        "martlet_tcp_splice_fallbacks_total": "bytes are then copied, which costs CPU and nothing else",
        "process_threads": "constant", "process_virtual_memory_bytes": "resident memory says what matters",
        "process_virtual_memory_max_bytes": "resident memory says what matters",
        "traces_service_graph_dropped_spans_total": "of the service graph from spans; the edges come from proxies",
        "traces_service_graph_request_client_seconds": "the same",
        "traces_service_graph_request_server_seconds": "the same",
        "traces_service_graph_unpaired_spans_total": "the same",
        "traces_service_in_flight": "requests_in_flight of the proxies is exact",
        "traces_spanmetrics_latency": "for services without a proxy",
    ]

    @Test("together read every metric that is exposed, but for those that a person reads")
    func unreadMetrics() {
        let read = Set(
            (Self.rules + Self.panels).flatMap { Expression($0.text).selectors }
                .compactMap { MetricContract.metric(ofSeries: $0.metric)?.name })
        #expect(Set(MetricName.all.map(\.name)).subtracting(read) == Set(Self.readByHand.keys))
    }

    @Test("is taken apart rightly")
    func parser() {
        let expression = Expression(
            #"1 - sum by (service, le) (rate(a_total{x="}(",y!~"\"b"}[5m])) / on (z) (b:c:rate5m > 0) or vector(0)"#)
        #expect(
            expression.selectors == [
                Expression.Selector(
                    metric: "a_total",
                    matchers: [
                        Expression.Matcher(label: "x", operation: "=", value: "}("),
                        Expression.Matcher(label: "y", operation: "!~", value: #"\"b"#),
                    ], range: "5m", function: "rate"),
                Expression.Selector(metric: "b:c:rate5m", function: ""),
            ])
        #expect(expression.groupingLabels == ["service", "le", "z"])
    }
}
