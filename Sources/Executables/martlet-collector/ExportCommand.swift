import ArgumentParser
import Dashboards
import Glibc

/// `martlet-collector export`: writes what Grafana and Prometheus are provisioned with.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the Grafana dashboards or the Prometheus rules.",
        discussion: """
            Examples
              martlet-collector export grafana --output /etc/grafana/martlet
              martlet-collector export alerts --output /etc/prometheus/martlet

            Files of the same name are replaced; others are left alone.
            """,
        subcommands: [ExportGrafana.self, ExportAlerts.self])
}

struct ExportGrafana: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grafana", abstract: "Writes dashboards and provisioning files.",
        discussion: """
            Examples
              martlet-collector export grafana --output /etc/grafana/martlet
              martlet-collector export grafana --output ./grafana \\
                --prometheus http://prometheus:9090 --collector http://collector:16686 \\
                --dashboards-path /etc/grafana/martlet/dashboards

            Grafana reads provisioning/ when it lies in /etc/grafana/provisioning, or where GF_PATHS_PROVISIONING says.
            """)

    @Option(
        help: ArgumentHelp("The directory to write to; made when missing.", valueName: "path"), completion: .directory)
    var output = "grafana"
    @Option(help: ArgumentHelp("Where Grafana reaches Prometheus.", valueName: "URL"))
    var prometheus = GrafanaOptions().prometheusAddress
    @Option(help: ArgumentHelp("Where Grafana reaches the collector's Jaeger API.", valueName: "URL"))
    var collector = GrafanaOptions().collectorAddress
    @Option(
        help: ArgumentHelp(
            "Where the dashboard files lie on Grafana's machine. (default: the folder dashboards of --output)",
            valueName: "path"))
    var dashboardsPath: String?
    @Option(help: ArgumentHelp("The scrape job of the proxies.", valueName: "name"))
    var proxyJob = GrafanaOptions().proxyJob
    @Option(help: ArgumentHelp("Seconds between two scrapes, 1 to 300.", valueName: "seconds"))
    var scrapeInterval = GrafanaOptions().scrapeIntervalSeconds

    func run() throws {
        guard (1...300).contains(scrapeInterval) else {
            throw ValidationError("--scrape-interval: found \(scrapeInterval), allowed is 1 to 300 seconds")
        }
        var options = GrafanaOptions()
        options.prometheusAddress = prometheus
        options.collectorAddress = collector
        options.dashboardsPath = dashboardsPath ?? "\(Self.absolute(output))/dashboards"
        options.proxyJob = proxyJob
        options.scrapeIntervalSeconds = scrapeInterval
        try writeBundle(grafanaFiles(options), to: output)
    }

    /// Grafana is started elsewhere, so a path that begins here would lead it nowhere.
    private static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let here = unsafe getcwd(nil, 0) else { return path }
        defer { unsafe free(here) }
        return unsafe "\(String(cString: here))/\(path)"
    }
}

struct ExportAlerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Writes recording rules, alerts, and examples for Prometheus and Alertmanager.",
        discussion: """
            Examples
              martlet-collector export alerts --output /etc/prometheus/martlet
              martlet-collector export alerts --output rules --success-objective 0.995 \\
                --latency-bound 0.5 --scrape-interval 10

            For a drill that runs in minutes, every window and wait can be divided:
              martlet-collector export alerts --output drill --time-scale 20 \\
                --scrape-interval 1
            """)

    @Option(
        help: ArgumentHelp("The directory to write to; made when missing.", valueName: "path"), completion: .directory)
    var output = "alerts"
    @Option(help: ArgumentHelp("Divides every window and wait; for drills.", valueName: "factor"))
    var timeScale = RuleOptions().timeScale
    @Option(help: ArgumentHelp("Seconds between two scrapes, 1 to 300.", valueName: "seconds"))
    var scrapeInterval = RuleOptions().scrapeIntervalSeconds
    @Option(help: ArgumentHelp("Share of requests that must succeed.", valueName: "ratio"))
    var successObjective = RuleOptions().successObjective
    @Option(help: ArgumentHelp("Share of requests that must be answered within the latency bound.", valueName: "ratio"))
    var latencyObjective = RuleOptions().latencyObjective
    @Option(
        help: ArgumentHelp(
            "Where slow begins: a bucket of the histogram, a power of two from 2⁻¹¹ to 16 seconds.",
            valueName: "seconds"))
    var latencyBound = RuleOptions().latencyBound.seconds
    @Option(help: ArgumentHelp("Bad events that a window must hold before an alert speaks.", valueName: "count"))
    var minimumBadEvents = RuleOptions().minimumBadEvents
    @Option(help: ArgumentHelp("How long the certificates of workloads are valid.", valueName: "seconds"))
    var identityLifetime = RuleOptions().identityLifetimeSeconds
    @Option(help: ArgumentHelp("The scrape job of the proxies.", valueName: "name"))
    var proxyJob = RuleOptions().proxyJob
    @Option(help: ArgumentHelp("The scrape job of the collector.", valueName: "name"))
    var collectorJob = RuleOptions().collectorJob
    @Option(help: ArgumentHelp("Prefix of every runbook_url.", valueName: "URL"))
    var runbookBase = RuleOptions().runbookBase
    @Option(help: ArgumentHelp("Address of Grafana, prefix of every dashboard_url.", valueName: "URL"))
    var dashboardBase = RuleOptions().dashboardBase

    func run() throws {
        var options = RuleOptions()
        options.timeScale = timeScale
        options.scrapeIntervalSeconds = scrapeInterval
        options.successObjective = successObjective
        options.latencyObjective = latencyObjective
        guard let bound = LatencyBound(seconds: latencyBound) else {
            throw ValidationError(
                "--latency-bound: found \(latencyBound), allowed is a power of two from 0.00048828125 to 16 seconds, such as "
                    + "0.125, 0.5 or 2")
        }
        options.latencyBound = bound
        options.minimumBadEvents = minimumBadEvents
        options.identityLifetimeSeconds = identityLifetime
        options.proxyJob = proxyJob
        options.collectorJob = collectorJob
        options.runbookBase = runbookBase
        options.dashboardBase = dashboardBase
        try options.validate()
        try writeBundle(alertFiles(options), to: output)
    }
}

private func writeBundle(_ files: [BundleFile], to directory: String) throws {
    try BundleWriter(directory: directory).write(files)
    for file in files { print("\(directory)/\(file.path)") }
}
