/// What is wrong with this service? Its own side first, then its promises, its callers, its routes, what it calls.
struct ServiceBoard {
    var dashboard: Dashboard {
        Dashboard(
            identifier: .service, title: "Martlet / Service",
            description: "One service: traffic, errors, latency, error budgets, callers, routes and dependencies.",
            variables: [
                .datasource, .job(series: "request_total"), .instance(series: "request_total{job=~\"$job\"}"), service,
            ],
            sections: [
                Dashboard.Section("Now", [stats]),
                Dashboard.Section(
                    "Traffic, errors, latency", [[requests, successRatio, latency], [heatmap, statuses, reasons]]),
                Dashboard.Section(
                    "Service levels (all instances)", [budgets, [burn(.success), burn(.latency), alerts]]),
                Dashboard.Section("Who calls it", [[callers]]),
                Dashboard.Section("Its routes", [[routes]]),
                Dashboard.Section("What it calls", [[dependencies]]),
                Dashboard.Section("Saturation", [[inFlight, bodies]]),
            ],
            annotations: [.versions, .restarts, .alerts(selector: #",service="$service""#)])
    }

    private var service: Variable {
        Variable(
            name: "service", label: "Service", description: "The service to look at.",
            kind: .labelValues(series: #"request_total{direction="inbound",job=~"$job"}"#, label: "service"),
            choice: .one)
    }

    private static let inbound = #"\#(GoldenSignals.target),direction="inbound",service="$service""#
    private static let towards = #"\#(GoldenSignals.target),direction="outbound",dst_service="$service""#
    private static let from = #"\#(GoldenSignals.target),direction="outbound",service="$service""#
    private let signals = GoldenSignals(ServiceBoard.inbound)

    // MARK: Now

    private var stats: [Panel] {
        [
            .stat(
                "Requests", "Requests per second received. Bad: zero, or far from its usual value.",
                field: .requestRate, signals.requests),
            .stat(
                "Success", "Share of responses that succeeded. Bad: below the objective.", field: .successRatio,
                signals.successRatio),
            .stat(
                "p50 latency", "The median request, head read to last byte sent. Bad: a step up: everything is slow.",
                field: .latency, signals.latency(quantile: 0.5)),
            .stat(
                "p95 latency", "One request in twenty is slower. Bad: above the latency threshold of the service.",
                field: .latency, signals.latency(quantile: 0.95)),
            .stat(
                "p99 latency",
                "One request in a hundred is slower. Bad: far from p95: a few requests wait for something.",
                field: .latency, signals.latency(quantile: 0.99)),
            .stat(
                "In flight", "Requests being served now. Bad: growing while requests per second do not.",
                field: .of(.count), "sum(requests_in_flight{\(Self.inbound)})"),
        ]
    }

    // MARK: Signals

    private var requests: Panel {
        .timeseries(
            "Requests and failures",
            "Requests received and responses that failed, per second. Bad: failures that "
                + "follow requests upwards (overload) or that rise alone (a fault).",
            width: 8, field: .requestRate,
            [Query(signals.requests, legend: "requests"), Query(signals.failures, legend: "failures")])
    }

    private var successRatio: Panel {
        .timeseries(
            "Success and objective",
            "Share of responses that succeeded, and the objective. Bad: below the objective. A gap is no "
                + "traffic.",
            width: 8, field: .successRatio,
            [
                Query(signals.successRatio, legend: "success"),
                Query(
                    #"max(\#(Recorded.objective){service="$service",slo="success"})"#, legend: "objective"),
            ])
    }

    private var latency: Panel {
        .timeseries(
            "Latency",
            "p50, p95 and p99; each dot is one request and opens its trace. Bad: p99 leaving p50 (a slow "
                + "few) or all three rising (slow service).",
            width: 8, field: .latency,
            [0.5, 0.95, 0.99].map { quantile in
                Query(
                    signals.latency(quantile: quantile), legend: "p\(Int(quantile * 100))", exemplars: quantile == 0.99)
            })
    }

    private var heatmap: Panel {
        Panel(
            "Latency distribution",
            "Requests per second by latency. Bad: a second band above the first: two kinds of "
                + "requests, or a dependency that times out.",
            .heatmap, width: 8, field: .latency,
            queries: [Query(signals.buckets, legend: "{{le}}", shape: .heatmap, exemplars: true)])
    }

    private var statuses: Panel {
        .timeseries(
            "Responses by status", "Responses per second by status code. Bad: 5xx, or 4xx taking over.", width: 8,
            style: .stacked, field: .requestRate,
            [
                Query(
                    GoldenSignals(Self.inbound, by: ["status_code"]).sum("response_status_total"),
                    legend: "{{status_code}}")
            ])
    }

    private var reasons: Panel {
        .timeseries(
            "Failures made by the proxy",
            "Responses that the proxy had to make itself, by reason. Bad: anything above "
                + "zero; connect_* and no_endpoint mean that the service is not there.",
            width: 8, style: .stacked, field: .requestRate,
            [Query(signals.failuresByReason, legend: "{{reason}}")])
    }

    // MARK: Service levels

    private var budgets: [Panel] {
        ServiceLevel.allCases.flatMap { level -> [Panel] in
            let selector = #"{service="$service",\#(level.selector)}"#
            return [
                .stat(
                    "\(level.title) budget left",
                    "What is left of the 30-day error budget. Bad: below zero: the promise "
                        + "is broken.",
                    field: .errorBudget, "max(\(Recorded.budgetRemaining)\(selector))"),
                .stat(
                    "\(level.title) objective",
                    "Share of requests promised to be good; record \(Recorded.userObjective) "
                        + "to change it. Bad: an objective nobody chose.",
                    field: .share(decimals: 3), "max(\(Recorded.objective)\(selector))"),
                .stat(
                    "\(level.title) burn, 1 h", "How many times faster than allowed the budget goes. Bad: above 1.",
                    field: .burnRate, "max(\(Recorded.burnRate(.oneHour))\(selector))"),
            ]
        }
    }

    private func burn(_ level: ServiceLevel) -> Panel {
        .timeseries(
            "\(level.title) budget burn",
            "Burn rate over 5 minutes, 1 hour and 6 hours. Bad: 5 m and 1 h both above "
                + "14.4, or 6 h above 6: someone is paged.",
            width: 8, field: .of(.count, decimals: 2, thresholds: .high(warn: 6, bad: 14.4)),
            [Window.fiveMinutes, .oneHour, .sixHours].map { window in
                Query(
                    #"max(\#(Recorded.burnRate(window)){service="$service",\#(level.selector)})"#, legend: window.name)
            })
    }

    private var alerts: Panel {
        Panel(
            "Alerts", "Alerts of this service over time. Bad: red. The line of zeros is the quiet state.",
            .stateTimeline, width: 8, field: .of(.count, thresholds: .high(warn: 1, bad: 1)), noValue: "no alerts",
            queries: [
                Query(
                    #"count by (alertname) (ALERTS{alertstate="firing",service="$service"}) or vector(0)"#,
                    legend: "{{alertname}}")
            ])
    }

    // MARK: Neighbours

    private var callers: Panel {
        signalTable(
            "Callers",
            "Calls seen by each caller's proxy: includes the network and failures that never reached the "
                + "service. Bad: one caller failing alone.",
            GoldenSignals(Self.towards, by: ["service"]),
            emptyBecause: "a service at the entrance is called from outside of the mesh",
            key: Table.Key(
                label: "service", title: "Caller",
                links: [.edge(client: "${__data.fields.Caller}", server: "${service}")]))
    }

    private var routes: Panel {
        signalTable(
            "Routes",
            "Requests by route, seen by the service's proxy. Bad: one route failing or slow alone: a fault in "
                + "its handler.",
            GoldenSignals(Self.inbound, by: ["route"]),
            key: Table.Key(
                label: "route", title: "Route",
                links: [.route(service: "${service}", route: "${__data.fields.Route}")]))
    }

    private var dependencies: Panel {
        signalTable(
            "Dependencies",
            "Calls that the service makes, by callee. Bad: a callee failing while this service fails: "
                + "the fault is there.",
            GoldenSignals(Self.from, by: ["dst_service"]),
            emptyBecause: "a service at the end of the chain calls nobody",
            key: Table.Key(
                label: "dst_service", title: "Callee", links: [.service("${__data.fields.Callee}")]))
    }

    private func signalTable(
        _ title: String, _ description: String, _ signals: GoldenSignals, emptyBecause: String? = nil, key: Table.Key
    ) -> Panel {
        .table(
            title, description, height: 7,
            Table(
                keys: [key], columns: Table.Column.goldenSignals(signals, emptyBecause: emptyBecause),
                sortColumn: "Requests", descending: true))
    }

    // MARK: Saturation

    private var inFlight: Panel {
        .timeseries(
            "Requests in flight",
            "Requests being served, by instance. Bad: one instance far above the others, or a "
                + "line that only rises.",
            width: 12, field: .of(.count),
            [Query("sum by (instance) (requests_in_flight{\(Self.inbound)})", legend: "{{instance}}")])
    }

    private var bodies: Panel {
        .timeseries(
            "Bytes", "Body bytes received and sent per second. Bad: sent bytes falling while requests do not.",
            width: 12,
            field: .of(.bytesPerSecond),
            [
                Query(signals.sum("request_body_bytes_total"), legend: "received"),
                Query(signals.sum("response_body_bytes_total"), legend: "sent"),
            ])
    }
}

extension ServiceLevel {
    var title: String {
        switch self {
        case .success: "Success"
        case .latency: "Latency"
        }
    }
}

extension Table.Column {
    /// Requests, success, p50, p95 and p99: the same five columns wherever requests are listed.
    static func goldenSignals(_ signals: GoldenSignals, emptyBecause: String? = nil) -> [Table.Column] {
        [
            Table.Column(
                title: "Requests", expression: signals.requests, field: .requestRate, emptyBecause: emptyBecause),
            Table.Column(
                title: "Success", expression: signals.successRatio, field: .successRatio, emptyBecause: emptyBecause),
        ]
            + [0.5, 0.95, 0.99].map { quantile in
                Table.Column(
                    title: "p\(Int(quantile * 100))", expression: signals.latency(quantile: quantile), field: .latency,
                    emptyBecause: emptyBecause)
            }
    }
}
