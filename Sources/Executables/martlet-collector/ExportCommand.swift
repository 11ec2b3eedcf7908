import ArgumentParser
import Dashboards
import Glibc

/// `martlet-collector export`: writes what Grafana and Prometheus are provisioned with.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes the Grafana dashboards or the Prometheus rules.",
        subcommands: [ExportGrafana.self, ExportAlerts.self])
}

struct ExportGrafana: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grafana", abstract: "Writes dashboards and provisioning files.",
        discussion: """
            Examples
              martlet-collector export grafana --output /etc/grafana
              martlet-collector export grafana --output ./grafana --prometheus http://prometheus:9090 \\
                --collector http://collector:16686
            """)

    @Option(help: "The directory to write to; made when missing.") var output = "grafana"
    @Option(help: "Where Grafana reaches Prometheus.") var prometheus = GrafanaOptions().prometheusAddress
    @Option(help: "Where Grafana reaches the collector's Jaeger API.") var collector = GrafanaOptions().collectorAddress
    @Option(help: "Where the dashboard files lie on Grafana's machine.")
    var dashboardsPath = GrafanaOptions().dashboardsPath
    @Option(help: "Seconds between two scrapes.") var scrapeInterval = GrafanaOptions().scrapeIntervalSeconds

    func run() throws {
        var options = GrafanaOptions()
        options.prometheusAddress = prometheus
        options.collectorAddress = collector
        options.dashboardsPath = dashboardsPath
        options.scrapeIntervalSeconds = scrapeInterval
        try writeBundle(grafanaFiles(options), to: output)
    }
}

struct ExportAlerts: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts", abstract: "Writes recording rules, alerts, and an Alertmanager example.",
        discussion: """
            Examples
              martlet-collector export alerts --output /etc/prometheus/martlet
              martlet-collector export alerts --output rules --success-objective 0.995 --scrape-interval 10

            For a drill that runs in minutes, every window and `for` can be divided:
              martlet-collector export alerts --output drill --time-scale 20 --scrape-interval 1
            """)

    @Option(help: "The directory to write to; made when missing.") var output = "alerts"
    @Option(help: "Divides every window and `for`; for drills.") var timeScale = RuleOptions().timeScale
    @Option(help: "Seconds between two scrapes.") var scrapeInterval = RuleOptions().scrapeIntervalSeconds
    @Option(help: "Share of requests that must succeed.") var successObjective = RuleOptions().successObjective
    @Option(help: "Share of requests that must be fast.") var latencyObjective = RuleOptions().latencyObjective
    @Option(help: "Prefix of every runbook_url.") var runbookBase = RuleOptions().runbookBase
    @Option(help: "Address of Grafana, prefix of every dashboard_url.") var dashboardBase = RuleOptions().dashboardBase

    func run() throws {
        var options = RuleOptions()
        options.timeScale = timeScale
        options.scrapeIntervalSeconds = scrapeInterval
        options.successObjective = successObjective
        options.latencyObjective = latencyObjective
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
