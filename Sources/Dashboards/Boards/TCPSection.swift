/// What goes through the proxies without being looked at?
struct TCPSection {
    var section: Dashboard.Section { Dashboard.Section("TCP", [panels]) }

    private static let nothingOpaque = "a mesh of HTTP carries nothing as it is"
    private static let directions = ["inbound", "outbound"]

    private var panels: [Panel] {
        [
            .timeseries(
                "TCP connections", "Open connections whose bytes are carried as they are. Bad: rising without end.",
                width: 6, field: .of(.count), noValue: "none",
                Self.directions.map { direction in
                    query("sum by (dst_service) (\(Self.selected("tcp_open_connections", direction)))", direction)
                }),
            .timeseries(
                "TCP connections begun and broken",
                "Connections per second, and those that ended with a reason. Bad: any reason that is not client_closed.",
                width: 6, field: .of(.perSecond), noValue: "none",
                Self.directions.flatMap { direction in
                    [
                        query("sum by (dst_service) (\(Self.rate("tcp_open_total", direction)))", direction),
                        Query(
                            "sum by (reason) (\(Self.rate("tcp_close_total", direction, #",reason!="""#)))",
                            legend: "\(direction) {{reason}}", emptyBecause: "nothing broke"),
                    ]
                }),
            .timeseries(
                "TCP bytes", "Bytes per second from clients and to them. Bad: none while connections are open.",
                width: 6,
                field: .of(.bytesPerSecond), noValue: "none",
                Self.directions.flatMap { direction in
                    [
                        query("sum by (dst_service) (\(Self.rate("tcp_read_bytes_total", direction)))", direction),
                        query("sum by (dst_service) (\(Self.rate("tcp_write_bytes_total", direction)))", direction),
                    ]
                }),
            .timeseries(
                "TCP connections last",
                "Mean duration of the connections that ended. Bad: far from what the clients' pools are set to.",
                width: 6, field: .of(.seconds), noValue: "none",
                Self.directions.map { direction in
                    let sum = "sum by (dst_service) (\(Self.rate("tcp_connection_duration_seconds_sum", direction)))"
                    let count =
                        "sum by (dst_service) (\(Self.rate("tcp_connection_duration_seconds_count", direction)))"
                    return query("\(sum) / (\(count) > 0)", direction)
                }),
        ]
    }

    private func query(_ expression: String, _ direction: String) -> Query {
        Query(expression, legend: "\(direction) {{dst_service}}", emptyBecause: Self.nothingOpaque)
    }

    /// The client's side: what it sees is what the service's clients see.
    private static func selected(_ metric: String, _ direction: String, _ matchers: String = "") -> String {
        #"\#(metric){\#(GoldenSignals.target),direction="\#(direction)",peer="src"\#(matchers)}"#
    }

    private static func rate(_ metric: String, _ direction: String, _ matchers: String = "") -> String {
        "rate(\(selected(metric, direction, matchers))[$__rate_interval])"
    }
}
