/// What users of a service feel: it fails, it is slow, it cannot be reached, nobody calls it any more.
struct ServiceAlerts {
    private let options: RuleOptions
    private let factory: AlertFactory

    init(_ options: RuleOptions) {
        self.options = options
        factory = AlertFactory(options: options)
    }

    var rules: [AlertRule] {
        BurnRate.ladder.map(successBurn) + BurnRate.ladder.map(latencyBurn) + [successLow, unreachable, vanished]
    }

    private func successBurn(_ burn: BurnRate) -> AlertRule {
        burnAlert(
            "MartletServiceSuccessRateBurn", .success, burn,
            summary: "{{ $labels.service }} fails too many requests.",
            failing: "of the requests to {{ $labels.service }} failed")
    }

    private func latencyBurn(_ burn: BurnRate) -> AlertRule {
        burnAlert(
            "MartletServiceLatencyBurn", .latency, burn,
            summary: "{{ $labels.service }} answers too many requests late.",
            failing: "of the answers of {{ $labels.service }} came later than its latency threshold")
    }

    /// The long window says that enough budget is gone to act, the short one that it is still going. The value is the
    /// error ratio of the short window: a share of requests says more to a person than a burn rate.
    private func burnAlert(
        _ name: String, _ level: ServiceLevel, _ burn: BurnRate, summary: String, failing: String
    ) -> AlertRule {
        let slo = level.selector
        return factory.alert(
            name, burn.severity, pending: burn.pendingSeconds,
            keepFiring: burn.keepFiringSeconds,
            labels: [KeyValue("window", options.duration(burn.long))],
            expression: """
                \(Recorded.errorRatio(burn.short)){\(slo)}
                and
                \(Recorded.burnRate(burn.short)){\(slo)} > \(burn.factorText)
                and
                \(Recorded.burnRate(burn.long)){\(slo)} > \(burn.factorText)
                and
                \(Recorded.badEvents(burn.long)){\(slo)} >= \(options.minimumBadEvents)
                """,
            summary: summary,
            description: "{{ $value | humanizePercentage }} \(failing) in the last \(options.duration(burn.short)). "
                + "Over \(options.duration(burn.short)) and \(options.duration(burn.long)) the error budget burns more "
                + "than \(burn.factorText) times as fast as its objective allows.",
            board: BoardLink(.service, [KeyValue("service", "service")]))
    }

    /// At an objective of 93 % even a total outage burns less than 14.4 times too fast. Where the fast alert is out of
    /// reach, or nearly, this one stands in.
    private var successLow: AlertRule {
        let slo = ServiceLevel.success.selector
        let ratio = options.fallbackErrorRatio
        return factory.alert(
            "MartletServiceSuccessRateLow", .critical, pending: 300, keepFiring: 300,
            expression: """
                \(Recorded.errorRatio(.fiveMinutes)){\(slo)} > \(ratio)
                and
                \(BurnRate.ladder[0].factorText) * (1 - \(Recorded.objective){\(slo)}) > \(ratio)
                and
                \(Recorded.badEventRate(.fiveMinutes)){\(slo)} * \(options.seconds(.fiveMinutes)) \
                >= \(options.minimumBadEvents)
                """,
            summary: "{{ $labels.service }} fails most requests.",
            description:
                "{{ $value | humanizePercentage }} of the requests to {{ $labels.service }} failed in the last "
                + "\(options.duration(.fiveMinutes)). Its objective is too low for the burn-rate alert to fire.",
            board: BoardLink(.service, [KeyValue("service", "service")]))
    }

    /// A service whose proxy is gone has no inbound series to fail in: only its callers see it.
    private var unreachable: AlertRule {
        let window = options.duration(.fiveMinutes)
        let unreachable = "sum by (dst_service) (\(Recorded.edgeUnreachable))"
        return factory.alert(
            "MartletServiceUnreachable", .critical, pending: 120, keepFiring: 300,
            expression: """
                sum by (service) (
                  label_replace(
                    \(unreachable)
                    / (sum by (dst_service) (\(Recorded.edgeResponses)) > 0)
                    > \(options.fallbackErrorRatio)
                    and
                    \(unreachable) * \(options.seconds(.fiveMinutes)) >= \(options.minimumBadEvents),
                    "service", "$1", "dst_service", "(.*)"
                  )
                )
                """,
            summary: "{{ $labels.service }} cannot be reached.",
            description:
                "{{ $value | humanizePercentage }} of the calls to {{ $labels.service }} in the last \(window) "
                + "found no endpoint that accepts a connection.",
            board: BoardLink(.edgesAndRoutes, [KeyValue("server", "service")]))
    }

    /// A sum and not an average: of a service that lived for ten minutes of that hour, the average would say too much.
    private var vanished: AlertRule {
        let requests = Recorded.serviceRequests(.oneMinute)
        let hour = options.duration(.oneHour)
        let fiveMinutes = options.duration(.fiveMinutes)
        return factory.alert(
            "MartletServiceTrafficVanished", .warning, pending: 300,
            expression: """
                sum_over_time(\(requests)[\(hour)] offset \(hour))
                * \(options.evaluationIntervalSeconds) / \(options.seconds(.oneHour))
                > \(options.vanishedFloorPerSecond)
                unless
                avg_over_time(\(requests)[\(fiveMinutes)]) > 0
                """,
            summary: "{{ $labels.service }} gets no requests any more.",
            description: "{{ $labels.service }} received no request in the last \(fiveMinutes); \(hour) earlier it "
                + "received {{ printf \"%.0f\" $value }} a second.",
            board: BoardLink(.service, [KeyValue("service", "service")]))
    }
}

/// One step of the multi-window ladder of the SRE Workbook (chapter 5), for a 30-day budget.
struct BurnRate {
    let severity: Severity
    let long: Window
    let short: Window
    /// Burn rate times ten, so that it prints exactly.
    let tenths: Int
    let pendingSeconds: Int
    let keepFiringSeconds: Int

    var factorText: String { tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)" }

    static let ladder = [
        BurnRate(
            severity: .critical, long: .oneHour, short: .fiveMinutes, tenths: 144, pendingSeconds: 120,
            keepFiringSeconds: 300),
        BurnRate(
            severity: .critical, long: .sixHours, short: .thirtyMinutes, tenths: 60, pendingSeconds: 900,
            keepFiringSeconds: 0),
        BurnRate(
            severity: .warning, long: .oneDay, short: .twoHours, tenths: 30, pendingSeconds: 3_600,
            keepFiringSeconds: 0),
        BurnRate(
            severity: .warning, long: .threeDays, short: .sixHours, tenths: 10, pendingSeconds: 10_800,
            keepFiringSeconds: 0),
    ]
}
