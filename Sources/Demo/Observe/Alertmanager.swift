import HTTPTransport

/// The HTTP API of Alertmanager, as far as the demo looks through it.
struct Alertmanager {
    let source: JSONSource

    struct Alert: Decodable, Sendable {
        struct Status: Decodable, Sendable {
            /// `active`, or `suppressed` when a stronger alert speaks for it.
            let state: String
        }

        let labels: [String: String]
        let annotations: [String: String]
        let status: Status

        var name: String { labels["alertname"] ?? "" }
        var service: String? { labels["service"] }
        var isActive: Bool { status.state == "active" }
        /// The alert that always fires, to prove that alerting works.
        var isWatchdog: Bool { name.hasSuffix("Watchdog") }
        var isPage: Bool { labels["severity"] == "critical" }
    }

    /// The alerts that fire now, without the watchdog.
    func alerts() async throws(ObservationError) -> [Alert] { try await all().filter { !$0.isWatchdog } }

    func all() async throws(ObservationError) -> [Alert] { try await source.get("/api/v2/alerts", as: [Alert].self) }
}
