/// The recording rules, from raw counters to error budgets.
///
/// Rates are taken per series and then summed, numerators and denominators apart; ratios are formed last and only
/// where there was traffic, so no recorded series ever holds NaN. Long windows are sums of recorded short ones: their
/// cost is in services, not in proxies × routes.
package struct RecordingRules {
    private let options: RuleOptions

    package init(_ options: RuleOptions) { self.options = options }

    package var groups: [RuleGroup<RecordingRule>] {
        [
            RuleGroup(
                name: "martlet-service-levels", intervalSeconds: options.evaluationIntervalSeconds,
                rules: serviceRates + objectives + shortWindows),
            RuleGroup(
                name: "martlet-error-budgets", intervalSeconds: options.tileIntervalSeconds, rules: longWindows),
            RuleGroup(
                name: "martlet-edges-and-routes", intervalSeconds: options.evaluationIntervalSeconds,
                rules: edges + routes),
        ]
    }

    /// Windows summed from one-minute rates sampled at every evaluation.
    private static let sampledWindows: [Window] = [.thirtyMinutes, .oneHour, .twoHours, .sixHours]
    /// Windows summed from five-minute tiles.
    private static let tiledWindows: [Window] = [.oneDay, .threeDays, .thirtyDays]

    // MARK: Rates

    private var inbound: String { options.proxySelector + #",direction="inbound""# }
    private var outbound: String { options.proxySelector + #",direction="outbound""# }

    private var serviceRates: [RecordingRule] {
        [Window.oneMinute, .fiveMinutes].flatMap { window in
            let range = options.range(window)
            let buckets = Recorded.serviceBuckets(window)
            let responses = "sum by (service) (rate(response_total{\(inbound)}\(range)))"
            return [
                RecordingRule(
                    Recorded.serviceRequests(window), "sum by (service) (rate(request_total{\(inbound)}\(range)))"),
                RecordingRule(
                    Recorded.eventRate(window), labels: [KeyValue("slo", ServiceLevel.success.rawValue)], responses),
                RecordingRule(
                    Recorded.badEventRate(window), labels: [KeyValue("slo", ServiceLevel.success.rawValue)],
                    """
                    sum by (service) (rate(response_total{\(inbound),classification="failure"}\(range)))
                    or
                    0 * \(responses)
                    """),
                RecordingRule(
                    buckets, "sum by (service, le) (rate(response_latency_seconds_bucket{\(inbound)}\(range)))"),
                RecordingRule(Recorded.responsesWithinBound(window), withinBound(buckets)),
                RecordingRule(
                    Recorded.eventRate(window), labels: [KeyValue("slo", ServiceLevel.latency.rawValue)],
                    "sum by (service) (rate(response_latency_seconds_count{\(inbound)}\(range)))"),
                RecordingRule(
                    Recorded.badEventRate(window), labels: [KeyValue("slo", ServiceLevel.latency.rawValue)],
                    """
                    clamp_min(
                      sum by (service) (rate(response_latency_seconds_count{\(inbound)}\(range)))
                      - \(Recorded.responsesWithinBound(window)),
                      0
                    )
                    """),
            ]
        }
    }

    /// A service's own threshold counts where its bucket exists; otherwise the default does. The label `bound` is `le`
    /// in the one spelling that an operator would write.
    private func withinBound(_ buckets: String) -> String {
        """
        sum by (service) (
          label_replace(\(buckets), "bound", "$1", "le", "(.+?)(\\\\.0)?")
          and on (service, bound)
          \(Recorded.userLatencyThreshold)
        )
        or
        sum by (service) (\(buckets){le=~"\(options.latencyBound.lePattern)"})
        """
    }

    // MARK: Objectives and windows

    /// A ratio outside 0…1 is a mistake (a percentage, most likely) and falls back to the default.
    private var objectives: [RecordingRule] {
        let defaults = ServiceLevel.allCases.map { level in
            "0 * \(Recorded.eventRate(.fiveMinutes)){\(level.selector)} + \(level.defaultObjective(options))"
        }
        let tuned = "max by (service, slo) (\(Recorded.userObjective) > 0 < 1)"
        return [RecordingRule(Recorded.objective, ([tuned] + defaults).joined(separator: "\nor\n"))]
    }

    private var shortWindows: [RecordingRule] {
        let step = options.evaluationIntervalSeconds
        let sums = Self.sampledWindows.flatMap { window in
            [
                RecordingRule(
                    Recorded.events(window),
                    "sum_over_time(\(Recorded.eventRate(.oneMinute))\(options.range(window))) * \(step)"),
                RecordingRule(
                    Recorded.badEvents(window),
                    "sum_over_time(\(Recorded.badEventRate(.oneMinute))\(options.range(window))) * \(step)"),
            ]
        }
        let fiveMinutes = [
            RecordingRule(
                Recorded.errorRatio(.fiveMinutes),
                "\(Recorded.badEventRate(.fiveMinutes)) / (\(Recorded.eventRate(.fiveMinutes)) > 0)"),
            burn(.fiveMinutes),
        ]
        return sums + fiveMinutes + Self.sampledWindows.flatMap(ratios)
    }

    /// The group's interval is the tile's length, so the tiles cover time once and their sum counts events.
    private var longWindows: [RecordingRule] {
        let tile = options.seconds(.fiveMinutes)
        let tiles = [
            RecordingRule(Recorded.events(.fiveMinutes), "\(Recorded.eventRate(.fiveMinutes)) * \(tile)"),
            RecordingRule(Recorded.badEvents(.fiveMinutes), "\(Recorded.badEventRate(.fiveMinutes)) * \(tile)"),
        ]
        let sums = Self.tiledWindows.flatMap { window in
            [
                RecordingRule(
                    Recorded.events(window),
                    "sum_over_time(\(Recorded.events(.fiveMinutes))\(options.range(window)))"),
                RecordingRule(
                    Recorded.badEvents(window),
                    "sum_over_time(\(Recorded.badEvents(.fiveMinutes))\(options.range(window)))"),
            ]
        }
        let budget = RecordingRule(Recorded.budgetRemaining, "1 - \(Recorded.burnRate(.thirtyDays))")
        return tiles + sums + Self.tiledWindows.flatMap(ratios) + [budget]
    }

    private func ratios(_ window: Window) -> [RecordingRule] {
        [
            RecordingRule(
                Recorded.errorRatio(window), "\(Recorded.badEvents(window)) / (\(Recorded.events(window)) > 0)"),
            burn(window),
        ]
    }

    /// How many times faster than allowed the error budget goes: 1 spends it exactly in its period.
    private func burn(_ window: Window) -> RecordingRule {
        RecordingRule(
            Recorded.burnRate(window), "\(Recorded.errorRatio(window)) / (1 - \(Recorded.objective))")
    }

    // MARK: Edges and routes

    private static let unreachableReasons = "connect_refused|connect_timeout|connect_failed|no_endpoint"

    private var edges: [RecordingRule] {
        let range = options.range(.fiveMinutes)
        func sum(_ selector: String) -> String { "sum by (service, dst_service) (rate(\(selector)\(range)))" }
        let responses = sum("response_total{\(outbound)}")
        return [
            RecordingRule(Recorded.edgeRequests, sum("request_total{\(outbound)}")),
            RecordingRule(Recorded.edgeResponses, responses),
            RecordingRule(
                Recorded.edgeFailures,
                sum(#"response_total{\#(outbound),classification="failure"}"#) + "\nor\n0 * \(responses)"),
            RecordingRule(
                Recorded.edgeUnreachable,
                sum(#"response_status_total{\#(outbound),reason=~"\#(Self.unreachableReasons)"}"#)
                    + "\nor\n0 * \(responses)"),
        ]
    }

    private var routes: [RecordingRule] {
        let range = options.range(.fiveMinutes)
        func sum(_ selector: String) -> String { "sum by (service, route) (rate(\(selector)\(range)))" }
        let responses = sum("response_total{\(inbound)}")
        return [
            RecordingRule(Recorded.routeResponses, responses),
            RecordingRule(
                Recorded.routeFailures,
                sum(#"response_total{\#(inbound),classification="failure"}"#) + "\nor\n0 * \(responses)"),
        ]
    }
}
