/// Routing and inhibition for Alertmanager: who is told, and what stays silent because its cause already speaks.
struct AlertmanagerConfiguration {
    static let header = [
        "Routing and inhibition. Receivers are empty: give pager, tickets and dead-mans-switch their integrations.",
        "An inhibited alert stays visible as suppressed.",
    ]

    private let options: RuleOptions

    init(_ options: RuleOptions) { self.options = options }

    var document: Document {
        [
            "route": route,
            "receivers": .array(
                ["none", "dead-mans-switch", "pager", "tickets"].map { ["name": .string($0)] }),
            "inhibit_rules": .array(inhibitions),
        ]
    }

    private func time(_ nominalSeconds: Int) -> Document {
        .string(prometheusDuration(seconds: max(1, nominalSeconds / options.timeScale)))
    }

    private var route: Document {
        [
            "receiver": "none",
            "group_by": ["alertname", "service"],
            "group_wait": time(30), "group_interval": time(300), "repeat_interval": time(14_400),
            "routes": [
                [
                    "receiver": "dead-mans-switch", "matchers": [#"alertname = "MartletWatchdog""#],
                    "group_wait": "0s", "group_interval": time(60), "repeat_interval": time(60),
                ],
                [
                    "receiver": "pager", "matchers": [#"severity = "critical""#], "group_wait": time(10),
                    "repeat_interval": time(3_600),
                ],
                [
                    "receiver": "tickets", "matchers": [#"severity = "warning""#], "repeat_interval": time(43_200),
                ],
            ],
        ]
    }

    private static let servicePages =
        "MartletServiceSuccessRateBurn|MartletServiceSuccessRateLow|MartletServiceLatencyBurn|MartletServiceUnreachable"
    private static let processTickets =
        "MartletProxyNotReady|MartletFileDescriptorsNearLimit|MartletProxyAcceptPaused|MartletProxyLoopLag"
        + "|MartletProxySpansDropped|MartletProxySeriesOverflow|MartletCollectorSpansRefused"
        + "|MartletCollectorSpansDropped|MartletCollectorQueueNearlyFull"

    /// Labels that are missing on both sides count as equal, so every rule that compares a label also asks for it.
    private var inhibitions: [Document] {
        let aService = #"service =~ ".+""#
        return [
            inhibition(
                source: [#"alertname =~ "\#(Self.servicePages)""#, #"severity = "critical""#, aService],
                target: [#"alertname =~ "MartletEdgeFailing|MartletRouteFailing""#, aService], equal: ["service"]),
            inhibition(
                source: [#"severity = "critical""#, #"slo =~ ".+""#, aService],
                target: [#"severity = "warning""#, #"slo =~ ".+""#, aService], equal: ["service", "slo"]),
            inhibition(
                source: [#"alertname = "MartletServiceUnreachable""#, aService],
                target: [#"alertname = "MartletServiceTrafficVanished""#, aService], equal: ["service"]),
            inhibition(
                source: [#"alertname =~ "MartletProxiesMissing|MartletProxiesAbsent""#],
                target: [#"alertname =~ "MartletProxyDown|MartletServiceTrafficVanished""#], equal: []),
            inhibition(
                source: [#"alertname = "MartletCollectorDown""#],
                target: [#"alertname =~ "MartletProxySpansDropped|MartletCollectorTracesPartial""#], equal: []),
            inhibition(
                source: [#"alertname =~ "MartletProxyDown|MartletRestartLoop""#, #"instance =~ ".+""#],
                target: [#"alertname =~ "\#(Self.processTickets)""#, #"instance =~ ".+""#], equal: ["instance"]),
        ]
    }

    private func inhibition(source: [String], target: [String], equal: [String]) -> Document {
        .compact([
            "source_matchers": .strings(source), "target_matchers": .strings(target),
            "equal": equal.isEmpty ? nil : .strings(equal),
        ])
    }
}
