/// Everything that an operator may tune in the rules without editing them.
package struct RuleOptions: Sendable {
    /// Divides every window, `for` and interval. 1 in production; a drill takes 20 to see in minutes what takes hours.
    package var timeScale = 1

    /// Seconds between two scrapes. No window is shorter than `scrapesPerWindow` scrapes, whatever the scale.
    package var scrapeIntervalSeconds = 15

    /// Share of requests that must succeed, for a service without its own `slo_objective_ratio`.
    package var successObjective = 0.999

    /// Share of requests that must be answered within `latencyBound`.
    package var latencyObjective = 0.99

    /// Where slow begins, for a service without its own `slo_latency_threshold_seconds`.
    package var latencyBound = LatencyBound.quarterSecond

    /// Bad events that a window must hold before an alert speaks: one failure among twenty requests pages nobody.
    package var minimumBadEvents = 10

    /// Error ratio above which a service pages whose objective is too low for the burn-rate alerts to be reached.
    package var fallbackErrorRatio = 0.5

    /// Error ratio above which one edge or one route opens a ticket.
    package var edgeErrorRatio = 0.05

    /// Requests per second that a service must have had before their absence means something.
    package var vanishedFloorPerSecond = 1.0

    /// Share of proxies that may be out of reach before the mesh counts as blind.
    package var missingProxyRatio = 0.1

    /// How long workload certificates are valid; alerts speak when a fifth and a twenty-fourth of it is left. Never scaled:
    /// a drill's certificates live as long.
    package var identityLifetimeSeconds = 86_400

    package var proxyJob = "martlet-proxy"
    package var collectorJob = "martlet-collector"

    /// Prefix of every `runbook_url`; the page of the alert follows. Relative to the repository unless given.
    package var runbookBase = "docs/runbooks"

    /// Address of Grafana, prefix of every `dashboard_url`.
    package var dashboardBase = "http://localhost:3000"

    package init() {}

    /// Fewest scrapes in a window: a rate needs two samples, and one missed scrape must not blank it.
    static let scrapesPerWindow = 4

    /// The first thing wrong with these options, if any, in words for the person who typed the flags.
    package func validate() throws(RuleOptionsError) {
        guard timeScale >= 1 else { throw .outOfRange("time-scale", found: "\(timeScale)", allowed: "1 or more") }
        guard (1...300).contains(scrapeIntervalSeconds) else {
            throw .outOfRange("scrape-interval", found: "\(scrapeIntervalSeconds)", allowed: "1 to 300 seconds")
        }
        guard (60...31_536_000).contains(identityLifetimeSeconds) else {
            throw .outOfRange(
                "identity-lifetime", found: "\(identityLifetimeSeconds)", allowed: "60 to 31536000 seconds")
        }
        let ratios = [
            ("success-objective", successObjective), ("latency-objective", latencyObjective),
            ("fallback-error-ratio", fallbackErrorRatio), ("edge-error-ratio", edgeErrorRatio),
            ("missing-proxy-ratio", missingProxyRatio),
        ]
        for (name, value) in ratios where !(value > 0 && value < 1) {
            throw .outOfRange(name, found: "\(value)", allowed: "a ratio above 0 and below 1, such as 0.999")
        }
        guard minimumBadEvents >= 0 else {
            throw .outOfRange("minimum-bad-events", found: "\(minimumBadEvents)", allowed: "0 or more")
        }
        for (name, value) in [("proxy-job", proxyJob), ("collector-job", collectorJob)]
        where value.isEmpty || value.contains(where: { "\"\\\n".contains($0) }) {
            throw .outOfRange(name, found: value, allowed: "a job name without quotes or backslashes")
        }
    }
}

/// An option that no rule file can be made of.
package enum RuleOptionsError: Error, Equatable, CustomStringConvertible {
    case outOfRange(String, found: String, allowed: String)

    package var description: String {
        switch self {
        case .outOfRange(let option, let found, let allowed): "--\(option): found \(found), allowed is \(allowed)"
        }
    }
}

extension RuleOptions {
    /// What a window really lasts under these options.
    func seconds(_ window: Window) -> Int { seconds(nominal: window.nominalSeconds) }

    /// The same for a window that no series is recorded over.
    func seconds(nominal: Int) -> Int {
        max(scaled(seconds: nominal), Self.scrapesPerWindow * scrapeIntervalSeconds)
    }

    /// `[5m]`, ready to stand behind a selector.
    func range(_ window: Window) -> String { "[\(duration(window))]" }

    func duration(_ window: Window) -> String { prometheusDuration(seconds: seconds(window)) }

    /// A `for`, never shorter than two evaluations: one odd sample must not page.
    func pendingSeconds(nominal: Int) -> Int {
        nominal == 0 ? 0 : max(scaled(seconds: nominal), 2 * evaluationIntervalSeconds)
    }

    /// Interval of the groups that alerts wait for.
    var evaluationIntervalSeconds: Int { max(scaled(seconds: 30), min(scrapeIntervalSeconds, 30)) }

    /// Interval of the group that tiles long windows out of five-minute steps.
    var tileIntervalSeconds: Int { seconds(.fiveMinutes) }

    private func scaled(seconds: Int) -> Int { (seconds + timeScale - 1) / timeScale }

    var proxySelector: String { #"job="\#(proxyJob)""# }
    var collectorSelector: String { #"job="\#(collectorJob)""# }
}
