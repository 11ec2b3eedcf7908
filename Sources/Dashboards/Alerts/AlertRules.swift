/// Every alert of the bundle, in the groups that Prometheus evaluates.
package struct AlertRules {
    private let options: RuleOptions

    package init(_ options: RuleOptions) { self.options = options }

    package var groups: [RuleGroup<AlertRule>] {
        let interval = options.evaluationIntervalSeconds
        return [
            RuleGroup(
                name: "martlet-service-alerts", intervalSeconds: interval, rules: ServiceAlerts(options).rules),
            RuleGroup(name: "martlet-edge-alerts", intervalSeconds: interval, rules: EdgeAlerts(options).rules),
            RuleGroup(name: "martlet-proxy-alerts", intervalSeconds: interval, rules: ProxyAlerts(options).rules),
            RuleGroup(name: "martlet-identity-alerts", intervalSeconds: interval, rules: IdentityAlerts(options).rules),
            RuleGroup(
                name: "martlet-collector-alerts", intervalSeconds: interval, rules: CollectorAlerts(options).rules),
            RuleGroup(name: "martlet-meta-alerts", intervalSeconds: interval, rules: [watchdog]),
        ]
    }

    private var watchdog: AlertRule {
        AlertFactory(options: options).alert(
            "MartletWatchdog", .none, pending: 0, expression: "vector(1)",
            summary: "Rules are evaluated and alerts are delivered.",
            description: "Always firing. Route it to a dead man's switch: when it stops arriving, alerting is broken.",
            board: BoardLink(.overview))
    }
}
