/// Where does it hurt? Every service in one table, worst budget first. Reads recorded series only, so that it costs the
/// same for three proxies and for three thousand.
struct MeshOverview {
    let options: GrafanaOptions

    var dashboard: Dashboard {
        Dashboard(
            identifier: .overview, title: "Martlet / Mesh overview",
            description: "Traffic, errors, latency and error budgets of every service in the mesh.",
            variables: [.datasource, service],
            sections: [
                Dashboard.Section("The mesh now", [stats]),
                Dashboard.Section("Services", [[services]]),
                Dashboard.Section("Traffic, errors, latency", [[requests, successRatio, latency]]),
                Dashboard.Section("Error budgets", [[successBurn, latencyBurn]]),
                Dashboard.Section("Edges that fail most", [[edges]]),
                Dashboard.Section("Alerts", [[alertTimeline, alertTable]]),
            ],
            annotations: [.versions, .restarts, .alerts(selector: "")])
    }

    private var service: Variable {
        Variable(
            name: "service", label: "Service", description: "Services to show.",
            kind: .labelValues(series: Recorded.serviceRequests(.fiveMinutes), label: "service"),
            choice: .many(allValue: ".+"))
    }

    private let selected = #"service=~"$service""#

    private func recorded(_ series: String, _ level: ServiceLevel? = nil) -> String {
        guard let level else { return "\(series){\(selected)}" }
        return "\(series){\(selected),\(level.selector)}"
    }

    private func quantile(_ quantile: Double, by label: String) -> String {
        let buckets = recorded(Recorded.serviceBuckets(.fiveMinutes))
        return "histogram_quantile(\(quantile), sum by (\(label)) (\(buckets))) >= 0"
    }

    // MARK: Stats

    private var stats: [Panel] {
        let bad = recorded(Recorded.badEventRate(.fiveMinutes), .success)
        let all = recorded(Recorded.eventRate(.fiveMinutes), .success)
        return [
            .stat(
                "Requests",
                "Requests per second received by all services; a request through three hops counts "
                    + "three times. Bad: a sudden fall, or zero.",
                field: .requestRate, "sum(\(recorded(Recorded.serviceRequests(.fiveMinutes))))"),
            .stat(
                "Success", "Share of responses that succeeded over five minutes, every hop counted. Bad: below 99.9 %.",
                field: .successRatio, "1 - sum(\(bad)) / (sum(\(all)) > 0)"),
            .stat(
                "p99 latency",
                "Ninety-nine of a hundred requests were answered faster, all services together. Bad: "
                    + "much above its usual value; open the service that is slow.",
                field: .latency, quantile(0.99, by: "le")),
            .stat(
                "Services burning budget",
                "Services that spend an error budget faster than allowed over the last hour. "
                    + "Bad: anything above zero that does not go away.",
                field: .of(.count, thresholds: .high(warn: 1, bad: 2)),
                "count(max by (service) (\(recorded(Recorded.burnRate(.oneHour)))) > 1) or vector(0)"),
            .stat(
                "Firing alerts", "Pages and tickets firing now. Bad: anything above zero; the table below names them.",
                field: .of(.count, thresholds: .high(warn: 1, bad: 3)),
                #"count(ALERTS{alertstate="firing",severity=~"critical|warning"}) or vector(0)"#),
            .stat(
                "Proxies in reach",
                "Share of proxies that Prometheus can scrape. Bad: below 100 %; the services behind "
                    + "the others are not seen.",
                field: .share(decimals: 1, thresholds: .low(warn: 0.9, good: 1)), noValue: "no proxies",
                #"avg(up{job="\#(options.proxyJob)"})"#),
        ]
    }

    // MARK: Services

    private var services: Panel {
        let bad = recorded(Recorded.badEventRate(.fiveMinutes), .success)
        let all = recorded(Recorded.eventRate(.fiveMinutes), .success)
        func level(_ series: String, _ level: ServiceLevel) -> String {
            "sum by (service) (\(recorded(series, level)))"
        }
        return .table(
            "Services",
            "One line per service, the one with the least success budget first. Bad: budget below zero, "
                + "success below its objective, burn above 1. A click opens the service.",
            height: 11,
            Table(
                keys: [Table.Key(label: "service", title: "Service", links: [.service("${__data.fields.Service}")])],
                columns: [
                    Table.Column(
                        title: "Requests",
                        expression: "sum by (service) (\(recorded(Recorded.serviceRequests(.fiveMinutes))))",
                        field: .requestRate),
                    Table.Column(
                        title: "Success",
                        expression: "1 - sum by (service) (\(bad)) / (sum by (service) (\(all)) > 0)",
                        field: .successRatio),
                    Table.Column(title: "p50", expression: quantile(0.5, by: "service, le"), field: .latency),
                    Table.Column(title: "p95", expression: quantile(0.95, by: "service, le"), field: .latency),
                    Table.Column(title: "p99", expression: quantile(0.99, by: "service, le"), field: .latency),
                    Table.Column(
                        title: "Success budget left", expression: level(Recorded.budgetRemaining, .success),
                        field: .errorBudget),
                    Table.Column(
                        title: "Latency budget left", expression: level(Recorded.budgetRemaining, .latency),
                        field: .errorBudget),
                    Table.Column(
                        title: "Success burn, 1 h", expression: level(Recorded.burnRate(.oneHour), .success),
                        field: .burnRate),
                    Table.Column(
                        title: "Latency burn, 1 h", expression: level(Recorded.burnRate(.oneHour), .latency),
                        field: .burnRate),
                ],
                sortColumn: "Success budget left", descending: false))
    }

    private var requests: Panel {
        .timeseries(
            "Requests by service", "Requests per second received. Bad: a cliff, or one service's share changing.",
            width: 8, field: .requestRate,
            [Query("sum by (service) (\(recorded(Recorded.serviceRequests(.fiveMinutes))))", legend: "{{service}}")])
    }

    private var successRatio: Panel {
        let bad = recorded(Recorded.badEventRate(.fiveMinutes), .success)
        let all = recorded(Recorded.eventRate(.fiveMinutes), .success)
        return .timeseries(
            "Success by service",
            "Share of responses that succeeded. Bad: a line that leaves the top. A gap is a "
                + "service without traffic.",
            width: 8, field: .successRatio,
            [
                Query(
                    "1 - sum by (service) (\(bad)) / (sum by (service) (\(all)) > 0)", legend: "{{service}}")
            ])
    }

    private var latency: Panel {
        .timeseries(
            "p95 latency by service",
            "Ninety-five of a hundred requests were answered faster. Bad: a step up that "
                + "stays; the lowest service in the call graph that rose is where to look.",
            width: 8, field: .latency, [Query(quantile(0.95, by: "service, le"), legend: "{{service}}")])
    }

    private var successBurn: Panel { burn(.success, "Success budget burn") }
    private var latencyBurn: Panel { burn(.latency, "Latency budget burn") }

    private func burn(_ level: ServiceLevel, _ title: String) -> Panel {
        .timeseries(
            title,
            "How many times faster than allowed each service spends its \(level.rawValue) error budget, over one "
                + "hour. Bad: above 1 the budget will not last; above 14.4 someone is paged.",
            width: 12, field: .of(.count, decimals: 2, thresholds: .high(warn: 1, bad: 14.4)),
            [Query("sum by (service) (\(recorded(Recorded.burnRate(.oneHour), level)))", legend: "{{service}}")])
    }

    // MARK: Edges and alerts

    private var edges: Panel {
        // The services chosen may be at either end: a service that calls nobody fails its callers' edges.
        func calls(_ series: String) -> String {
            "sum by (service, dst_service) (\(series){\(selected)} or \(series){dst_\(selected)})"
        }
        let worst = "topk(10, \(calls(Recorded.edgeFailures)) / (\(calls(Recorded.edgeResponses)) > 0))"
        return .table(
            "Edges that fail most",
            "The ten edges to or from the services chosen with the largest share of failed calls, seen by the caller. "
                + "Bad: one caller far above the others of the same callee. A click opens the edge.",
            Table(
                keys: [
                    Table.Key(
                        label: "service", title: "From",
                        links: [.edge(client: "${__data.fields.From}", server: "${__data.fields.To}")]),
                    Table.Key(label: "dst_service", title: "To", links: [.service("${__data.fields.To}")]),
                ],
                columns: [
                    Table.Column(
                        title: "Failed", expression: worst,
                        field: .share(decimals: 3, thresholds: .high(warn: 0.01, bad: 0.05))),
                    Table.Column(
                        title: "Calls", expression: "\(calls(Recorded.edgeRequests)) and \(worst)",
                        field: .requestRate),
                ],
                sortColumn: "Failed", descending: true))
    }

    private static let quiet = "no alert is firing in a healthy mesh"

    private var alertTimeline: Panel {
        Panel(
            "Alerts over time", "Services with a page or a ticket firing. Bad: red.", .stateTimeline, width: 12,
            field: .of(.count, thresholds: .high(warn: 1, bad: 2)), noValue: "no alerts",
            queries: [
                Query(
                    """
                    (
                      count by (service) (ALERTS{alertstate="firing",severity=~"critical|warning",\(selected)})
                      or
                      0 * sum by (service) (\(recorded(Recorded.serviceRequests(.fiveMinutes))))
                    )
                    """, legend: "{{service}}")
            ])
    }

    private var alertTable: Panel {
        .table(
            "What fires now", "Pages and tickets by name. Bad: any line; the runbook of each alert says what to do.",
            width: 12,
            height: 8, noValue: "no alerts",
            Table(
                keys: [
                    Table.Key(label: "alertname", title: "Alert"), Table.Key(label: "severity", title: "Severity"),
                    Table.Key(label: "service", title: "Service", links: [.service("${__data.fields.Service}")]),
                    Table.Key(label: "instance", title: "Instance"),
                ],
                columns: [
                    Table.Column(
                        title: "Alerts",
                        expression: """
                            count by (alertname, severity, service, instance) \
                            (ALERTS{alertstate="firing",severity=~"critical|warning"})
                            """,
                        field: .of(.count), emptyBecause: Self.quiet)
                ],
                sortColumn: "Severity", descending: false))
    }
}
