/// Identities that end, or that could not be replaced. A proxy whose certificate has expired carries nothing, so the last
/// hour pages.
struct IdentityAlerts {
    private let options: RuleOptions
    private let factory: AlertFactory
    private let proxy: String

    init(_ options: RuleOptions) {
        self.options = options
        factory = AlertFactory(options: options)
        proxy = options.proxySelector
    }

    var rules: [AlertRule] { [expiring, expiringSoon, rotationRefused] }

    private var board: BoardLink {
        BoardLink(.health, [KeyValue("job", "job"), KeyValue("instance", "instance")])
    }

    private var left: String { "martlet_identity_expiry_time_seconds{\(proxy)} - time()" }

    /// Renewal is due when a third of the life is left, give or take a twentieth: a fifth is left where it did not happen.
    private var warningSeconds: Int { options.identityLifetimeSeconds / 5 }
    /// An hour of a day.
    private var criticalSeconds: Int { options.identityLifetimeSeconds / 24 }

    private var expiring: AlertRule {
        alert(.warning, "\(left) < \(warningSeconds) >= \(criticalSeconds)")
    }

    private var expiringSoon: AlertRule { alert(.critical, "\(left) < \(criticalSeconds)") }

    private func alert(_ severity: Severity, _ expression: String) -> AlertRule {
        factory.alert(
            "MartletIdentityExpiring", severity, pending: 300, expression: expression,
            summary: "The identity of proxy {{ $labels.instance }} expires.",
            description: "The certificate of proxy {{ $labels.instance }} has not been renewed and has "
                + "{{ $value | humanizeDuration }} left. Then its peers refuse it, and it refuses them.",
            board: board)
    }

    private var rotationRefused: AlertRule {
        let window = prometheusDuration(seconds: options.seconds(nominal: 900))
        return factory.alert(
            "MartletIdentityRotationRefused", .warning, pending: 0, keepFiring: 900,
            expression: "sum by (job, instance) "
                + #"(increase(martlet_identity_rotations_total{\#(proxy),result="failure"}[\#(window)])) > 0"#,
            summary: "Proxy {{ $labels.instance }} refused a new identity.",
            description:
                "Proxy {{ $labels.instance }} found files of a new identity in the last \(window) that it cannot "
                + "use. It keeps the old one, until that expires.",
            board: board)
    }
}
