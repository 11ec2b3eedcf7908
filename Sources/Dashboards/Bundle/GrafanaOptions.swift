/// What the Grafana bundle must know of its surroundings.
package struct GrafanaOptions: Sendable {
    /// Where Grafana reaches Prometheus.
    package var prometheusAddress = "http://localhost:9090"
    /// Where Grafana reaches the collector's Jaeger query API.
    package var collectorAddress = "http://localhost:16686"
    /// Folder on Grafana's machine that holds the dashboard files.
    package var dashboardsPath = "/etc/grafana/dashboards/martlet"
    /// Must equal Prometheus' own setting: Grafana derives `$__rate_interval` from it.
    package var scrapeIntervalSeconds = 15
    package var proxyJob = "martlet-proxy"

    package init() {}
}
