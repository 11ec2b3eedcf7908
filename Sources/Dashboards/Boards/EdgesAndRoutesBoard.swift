/// Which call, which route? Edges are seen by the caller's proxy, routes by the callee's; the difference between the two
/// is the way between them.
struct EdgesAndRoutesBoard {
    var dashboard: Dashboard {
        Dashboard(
            identifier: .edgesAndRoutes, title: "Martlet / Edges and routes",
            description: "Calls between services as the caller sees them, and routes as the callee sees them.",
            variables: [
                .datasource, .job(series: "request_total"), .instance(series: "request_total{job=~\"$job\"}"), client,
                server, route,
            ],
            sections: [
                Dashboard.Section("Edges", [[edgeTable], edgeLines, [unreachable, connectionFailures, wayBetween]]),
                Dashboard.Section("Routes", [[routeTable], routeLines]),
                Dashboard.Section("The same edges, from spans", [tracedEdges]),
            ],
            annotations: [.versions, .restarts, .alerts(selector: #",service=~"$server""#)])
    }

    private static let target = GoldenSignals.target
    private static let outbound =
        #"\#(target),direction="outbound",service=~"$client",dst_service=~"$server""#
    private static let inbound = #"\#(target),direction="inbound",service=~"$server",route=~"$route""#

    private let edges = GoldenSignals(EdgesAndRoutesBoard.outbound, by: ["service", "dst_service"])
    private let routes = GoldenSignals(EdgesAndRoutesBoard.inbound, by: ["service", "route"])
    private let edgeLegend = "{{service}} → {{dst_service}}"
    private let routeLegend = "{{service}} {{route}}"

    // MARK: Variables

    private var client: Variable {
        Variable(
            name: "client", label: "Caller", description: "Services that call.",
            kind: .labelValues(series: #"request_total{direction="outbound",job=~"$job"}"#, label: "service"),
            choice: .many(allValue: ".+"))
    }

    private var server: Variable {
        Variable(
            name: "server", label: "Callee", description: "Services that are called.",
            kind: .labelValues(
                series: #"request_total{direction="outbound",job=~"$job",service=~"$client"}"#, label: "dst_service"),
            choice: .many(allValue: ".+"))
    }

    /// `.*` and not `.+`: a request that matched no route has an empty one.
    private var route: Variable {
        Variable(
            name: "route", label: "Route", description: "Routes of the callee.",
            kind: .labelValues(
                series: #"request_total{direction="inbound",job=~"$job",service=~"$server"}"#, label: "route"),
            choice: .many(allValue: ".*"))
    }

    // MARK: Edges

    private var edgeTable: Panel {
        .table(
            "Edges",
            "Calls from one service to another, seen by the caller's proxy. Bad: a red success; a p99 far above "
                + "the p99 of the same service's routes below (the way between is slow); mTLS below 100 % between two "
                + "services of the mesh.",
            Table(
                keys: [
                    Table.Key(
                        label: "service", title: "From",
                        links: [.edge(client: "${__data.fields.From}", server: "${__data.fields.To}")]),
                    Table.Key(label: "dst_service", title: "To", links: [.service("${__data.fields.To}")]),
                ],
                columns: Table.Column.goldenSignals(edges) + [mutualTLS], sortColumn: "Requests", descending: true))
    }

    /// The lock of an edge: the target has an identity, so nothing goes to it in plaintext.
    private var mutualTLS: Table.Column {
        Table.Column(
            title: "mTLS",
            expression: """
                (\(edges.sum("request_total", #",tls="true""#)) or 0 * \(edges.requests))
                / (\(edges.requests) > 0)
                """,
            field: .share(decimals: 0, thresholds: .low(warn: 0.5, good: 1)))
    }

    private var edgeLines: [Panel] { lines(edges, legend: edgeLegend, noun: "edge") }

    private var unreachable: Panel {
        .timeseries(
            "Failures by reason",
            "Calls that the caller's proxy had to fail itself, by reason. Bad: anything above "
                + "zero; no_endpoint is discovery, connect_* the callee, response_timeout a slow callee.",
            width: 8, style: .stacked, field: .requestRate,
            [Query(GoldenSignals(Self.outbound).failuresByReason, legend: "{{reason}}")])
    }

    private var connectionFailures: Panel {
        let selector = #"\#(Self.target),direction="outbound",dst_service=~"$server""#
        let calls = #"request_total{\#(selector)}[$__rate_interval]"#
        return .timeseries(
            "Failed connections",
            "Connections to the callee that could not be opened, per second. Bad: above zero: "
                + "refused is a dead process, timeout a lost packet or a full backlog.",
            width: 8, style: .stacked, field: .of(.perSecond),
            [
                Query(
                    """
                    sum by (dst_service, reason) (rate(connection_failures_total{\(selector)}[$__rate_interval]))
                    or
                    label_replace(0 * sum by (dst_service) (rate(\(calls))), "reason", "none", "", "")
                    """, legend: "{{dst_service}} {{reason}}")
            ])
    }

    private var wayBetween: Panel {
        let callee = #"\#(Self.target),direction="inbound",service=~"$server""#
        return .timeseries(
            "p95: caller and callee",
            "The same calls timed by the caller's proxy and by the callee's. Bad: the lines "
                + "part: time is lost between the proxies (network, connecting, queueing).",
            width: 8, field: .latency,
            [
                Query(GoldenSignals(Self.outbound).latency(quantile: 0.95), legend: "caller", exemplars: true),
                Query(GoldenSignals(callee).latency(quantile: 0.95), legend: "callee"),
            ])
    }

    // MARK: Routes

    private var routeTable: Panel {
        .table(
            "Routes",
            "Requests by route, seen by the callee's proxy. Bad: one route red or slow while the others are "
                + "well: a fault in its handler.",
            Table(
                keys: [
                    Table.Key(label: "service", title: "Service", links: [.service("${__data.fields.Service}")]),
                    Table.Key(
                        label: "route", title: "Route",
                        links: [.route(service: "${__data.fields.Service}", route: "${__data.fields.Route}")]),
                ],
                columns: Table.Column.goldenSignals(routes), sortColumn: "Requests", descending: true))
    }

    private var routeLines: [Panel] { lines(routes, legend: routeLegend, noun: "route") }

    private func lines(_ signals: GoldenSignals, legend: String, noun: String) -> [Panel] {
        [
            .timeseries(
                "Requests by \(noun)",
                "Requests per second by \(noun). Bad: one line falls to zero, or multiplies "
                    + "(retries).",
                width: 8, field: .requestRate, [Query(signals.requests, legend: legend)]),
            .timeseries(
                "Success by \(noun)",
                "Share of responses that succeeded, by \(noun). Bad: one line below the others. A "
                    + "gap is no traffic.",
                width: 8, field: .successRatio, [Query(signals.successRatio, legend: legend)]),
            .timeseries(
                "p95 latency by \(noun)",
                "One request in twenty is slower, by \(noun); each dot opens a trace. Bad: one "
                    + "line rises alone.",
                width: 8, field: .latency,
                [Query(signals.latency(quantile: 0.95), legend: legend, exemplars: true)]),
        ]
    }

    // MARK: Spans

    private static let untraced = "sampling may have kept no trace of these edges yet"

    private var tracedEdges: [Panel] {
        let selector = #"client=~"$client",server=~"$server""#
        func sum(_ metric: String) -> String {
            "sum by (client, server) (rate(\(metric){\(selector)}[$__rate_interval]))"
        }
        return [
            .timeseries(
                "Calls seen in spans",
                "Edges that the collector finds in the spans it receives. Bad: an edge of the "
                    + "table above is missing although it is sampled: its trace headers are not forwarded.",
                width: 12, field: .requestRate,
                [
                    Query(
                        sum("traces_service_graph_request_total"), legend: "{{client}} → {{server}}",
                        emptyBecause: Self.untraced)
                ]),
            .timeseries(
                "Failed calls seen in spans",
                "Failed calls among them. Bad: an edge that fails here and not above: the "
                    + "application marks errors that its status code hides.",
                width: 12, field: .requestRate,
                [
                    Query(
                        "\(sum("traces_service_graph_request_failed_total")) or 0 * "
                            + sum("traces_service_graph_request_total"),
                        legend: "{{client}} → {{server}}", emptyBecause: Self.untraced)
                ]),
        ]
    }
}
