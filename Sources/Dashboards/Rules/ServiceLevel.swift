/// What a service promises. Both promises are kept or broken by the inbound side of the service's own proxies.
package enum ServiceLevel: String, CaseIterable, Sendable {
    /// Share of responses classified as success.
    case success
    /// Share of responses sent whole within the latency bound.
    case latency

    func defaultObjective(_ options: RuleOptions) -> Double {
        switch self {
        case .success: options.successObjective
        case .latency: options.latencyObjective
        }
    }

    var selector: String { #"slo="\#(rawValue)""# }
}

/// Names of the recorded series that alerts and dashboards read.
package enum Recorded {
    package static func serviceRequests(_ window: Window) -> String { "service:request:rate\(window.name)" }
    package static func serviceBuckets(_ window: Window) -> String {
        "service_le:response_latency_seconds_bucket:rate\(window.name)"
    }
    package static func responsesWithinBound(_ window: Window) -> String {
        "service:response_within_bound:rate\(window.name)"
    }
    package static func eventRate(_ window: Window) -> String { "service_slo:events:rate\(window.name)" }
    package static func badEventRate(_ window: Window) -> String { "service_slo:events_bad:rate\(window.name)" }
    package static func events(_ window: Window) -> String { "service_slo:events:increase\(window.name)" }
    package static func badEvents(_ window: Window) -> String { "service_slo:events_bad:increase\(window.name)" }
    package static func errorRatio(_ window: Window) -> String { "service_slo:error:ratio\(window.name)" }
    package static func burnRate(_ window: Window) -> String { "service_slo:burn:ratio\(window.name)" }
    package static let objective = "service_slo:objective:ratio"
    package static let budgetRemaining = "service_slo:budget_remaining:ratio"

    package static let edgeRequests = "edge:request:rate5m"
    package static let edgeResponses = "edge:response:rate5m"
    package static let edgeFailures = "edge:response_failure:rate5m"
    package static let edgeUnreachable = "edge:response_unreachable:rate5m"
    package static let routeResponses = "route:response:rate5m"
    package static let routeFailures = "route:response_failure:rate5m"

    /// Series that an operator records to tune a service; nothing in the bundle writes them.
    package static let userObjective = "slo_objective_ratio"
    package static let userLatencyThreshold = "slo_latency_threshold_seconds"
}
