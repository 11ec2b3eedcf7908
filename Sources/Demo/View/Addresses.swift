import EventLoop

/// Where everything is, for the person who wants to look further.
struct Addresses {
    let ports: PortPlan
    let folder: String

    var lines: [String] {
        [
            "shop          http://\(ports.entrance)/", "Prometheus    http://\(ports.prometheus)/",
            "Alertmanager  http://\(ports.alertmanager)/",
            "traces        http://\(ports.collectorQuery)/ (Jaeger API: a Grafana source of type Jaeger)",
            "dashboards    grafana/dashboards; with provisioning for these ports: \(folder)/grafana",
            "break, mend   \(CommandLine.arguments[0]) set checkout --failure-rate 0.5\(portBase)",
        ]
    }

    /// For a terminal of 24 lines and 80 columns.
    var briefLines: [String] {
        [
            "127.0.0.1 :\(ports.entrance.port) shop :\(ports.prometheus.port) Prometheus "
                + ":\(ports.alertmanager.port) Alertmanager :\(ports.collectorQuery.port) traces",
            "dashboards grafana/dashboards, provisioned \(folder)/grafana",
        ]
    }

    /// `set` looks for the demo at the usual ports.
    private var portBase: String { ports.base == PortPlan.usualBase ? "" : " --port-base \(ports.base)" }
}
