import Testing

@testable import MetricsExporter

@Suite("The metric list")
struct MetricNameTests {
    @Test("can be registered as a whole, so that no two names collide")
    func registerable() throws {
        let registry = Registry()
        let own =
            ["martlet_series_overflow_total", "martlet_latency_clamped_total", "martlet_scrape_duration_seconds"]
            + ["martlet_scrape_series"]
        for description in MetricName.all where !own.contains(description.name) {
            switch description.kind {
            case .counter: _ = try registry.counter(description)
            case .gauge: _ = try registry.gauge(description)
            case .histogram: _ = try registry.histogram(description)
            case .summary: _ = try registry.summary(description)
            }
        }
        #expect(Set(MetricName.all.map(\.name)).count == MetricName.all.count)
    }

    @Test("names the direction before the services on every data plane family")
    func labels() {
        for description in MetricName.dataPlane { #expect(description.labels.first == "direction") }
        #expect(
            MetricName.responseTotal.labels == [
                "direction", "service", "dst_service", "route", "classification", "tls", "client_id", "server_id",
                "no_tls_reason",
            ])
    }
}
