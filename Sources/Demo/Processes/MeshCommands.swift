import Dashboards

/// The command lines of everything that the demo starts, and the files that they read: the one place where the demo
/// knows how each program is run.
struct MeshCommands {
    let programs: Programs
    let ports: PortPlan
    let folder: String
    /// nil for a mesh that speaks plaintext.
    let identities: ShopIdentities?
    /// Windows of the rules are divided by this, so that a drill shows in minutes what takes hours.
    static let timeScale = 20
    static let scrapeIntervalSeconds = 1

    // MARK: Ours

    func service(_ name: ServiceName) -> Command {
        let sidecar = ports[name]
        return Command(
            name: name.rawValue, executable: programs.service,
            arguments: [
                "--role", name.rawValue, "--listen", "\(sidecar.service)", "--addressing",
                Shop.addressing(of: name).rawValue,
            ],
            environment: ["HTTP_PROXY": "http://\(sidecar.outbound)"])
    }

    func proxy(of name: ServiceName) -> Command {
        let sidecar = ports[name]
        let routes = Shop.operations(of: name).flatMap { ["--inbound-route", Self.route($0)] }
        return Command(
            name: "\(name.rawValue)-proxy", executable: programs.proxy,
            arguments: [
                "--name", name.rawValue, "--inbound", "\(sidecar.inbound)", "--forward", "\(sidecar.service)",
                "--admin", "\(sidecar.admin)", "--collector",
                "http://\(ports.collectorOTLP)", "--sampling-rate", "1", "--workers", "1", "--access-log", "none",
            ] + routes + identity(of: name) + outbound(of: name))
    }

    /// Customers have no certificate, so the entrance takes plaintext beside TLS; nobody else does.
    private func identity(of name: ServiceName) -> [String] {
        guard let identities else { return [] }
        return identities.flags(of: name) + ["--inbound-tls", name == ServiceName.entrance ? "permissive" : "required"]
    }

    /// A service that calls nobody needs no outbound side.
    private func outbound(of name: ServiceName) -> [String] {
        let dependencies = Shop.dependencies(of: name)
        guard !dependencies.isEmpty else { return [] }
        return ["--outbound", "\(ports[name].outbound)"]
            + dependencies.flatMap { dependency in
                ["--target", "\(dependency.rawValue)=\(ports[dependency].inbound)"]
                    + (identities.map { ["--target-identity", "\(dependency.rawValue)=\($0.id(dependency))"] } ?? [])
                    + Shop.operations(of: dependency).flatMap {
                        ["--target-route", "\(dependency.rawValue)/\(Self.route($0))"]
                    }
            }
    }

    private static func route(_ operation: Operation) -> String {
        "\(operation.route)=\(operation.method) \(operation.path)"
    }

    var collector: Command {
        Command(
            name: "martlet-collector", executable: programs.collector,
            arguments: [
                "--otlp", "\(ports.collectorOTLP)", "--query", "\(ports.collectorQuery)", "--metrics",
                "\(ports.collectorMetrics)", "--data", "\(folder)/traces", "--joiner-idle", "2s",
            ])
    }

    // MARK: Prometheus and Alertmanager

    var prometheus: Command {
        Command(
            name: "prometheus", executable: programs.prometheus,
            arguments: [
                "--config.file=\(folder)/prometheus.yaml", "--storage.tsdb.path=\(folder)/prometheus",
                "--web.listen-address=\(ports.prometheus)", "--enable-feature=exemplar-storage", "--log.level=warn",
                // An alert that fires before Prometheus knows its Alertmanager would be sent again a minute later.
                "--rules.alert.resend-delay=2s",
            ])
    }

    var alertmanager: Command {
        Command(
            name: "alertmanager", executable: programs.alertmanager,
            arguments: [
                "--config.file=\(folder)/alertmanager.yaml", "--storage.path=\(folder)/alertmanager",
                "--web.listen-address=\(ports.alertmanager)", "--cluster.listen-address=", "--log.level=warn",
            ])
    }

    static var ruleOptions: RuleOptions {
        var options = RuleOptions()
        options.timeScale = timeScale
        options.scrapeIntervalSeconds = scrapeIntervalSeconds
        // The demo shares a small machine with everything it starts: a busy second must not page for latency.
        options.latencyBound = LatencyBound(seconds: 1) ?? .quarterSecond
        return options
    }

    var grafanaOptions: GrafanaOptions {
        var options = GrafanaOptions()
        options.prometheusAddress = "http://\(ports.prometheus)"
        options.collectorAddress = "http://\(ports.collectorQuery)"
        options.dashboardsPath = "\(folder)/grafana/dashboards"
        options.scrapeIntervalSeconds = Self.scrapeIntervalSeconds
        return options
    }

    /// The bundle's own files; its example configurations are used as they are, but for the addresses.
    var files: [BundleFile] {
        let bundle = alertFiles(Self.ruleOptions)
        func contents(_ path: String) -> String { bundle.first { $0.path == path }?.contents ?? "" }
        let rules = ["martlet-recording.yaml", "martlet-alerts.yaml"].map {
            BundleFile(path: $0, contents: contents($0))
        }
        let prometheus = contents("prometheus.example.yaml")
            .replacing("localhost:9093", with: "\(ports.alertmanager)")
        return rules + [
            BundleFile(path: "prometheus.yaml", contents: prometheus),
            BundleFile(path: "alertmanager.yaml", contents: contents("alertmanager.example.yaml")),
            BundleFile(
                path: "targets/proxies/demo.json",
                contents: Self.discovery(ServiceName.allCases.map { "\(ports[$0].admin)" })),
            BundleFile(path: "targets/collectors/demo.json", contents: Self.discovery(["\(ports.collectorMetrics)"])),
        ] + grafanaFiles(grafanaOptions).map { BundleFile(path: "grafana/\($0.path)", contents: $0.contents) }
    }

    /// Prometheus' file discovery: a list of groups.
    private static func discovery(_ targets: [String]) -> String {
        let list = targets.map { #""\#($0)""# }.joined(separator: ", ")
        return #"[{"targets": [\#(list)], "labels": {}}]"# + "\n"
    }
}
