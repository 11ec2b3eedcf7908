/// Do the proxies know each other, and for how long still?
struct IdentitySection {
    var section: Dashboard.Section { Dashboard.Section("Identity", [panels]) }

    private static let noIdentity = "a mesh without identities has no mutual TLS"

    private var panels: [Panel] {
        let target = GoldenSignals.target
        return [
            .timeseries(
                "Identity expires in",
                "Time until the certificate of a proxy expires. Bad: below a third of its lifetime: nobody renews it.",
                width: 6, field: .of(.seconds), noValue: "no identity",
                [
                    Query(
                        "min by (instance) (martlet_identity_expiry_time_seconds{\(target)} - time())",
                        legend: "{{instance}}", emptyBecause: Self.noIdentity)
                ]),
            .timeseries(
                "TLS handshakes",
                "Handshakes per second by direction and result. Bad: anything but done; the log says why.",
                width: 6, field: .of(.perSecond), noValue: "no identity",
                [
                    Query(
                        HealthBoard.rate("tls_handshakes_total", "direction, result"),
                        legend: "{{direction}} {{result}}",
                        emptyBecause: Self.noIdentity)
                ]),
            .timeseries(
                "Identities taken over",
                "Changes of identity files per second by result. Bad: refused: the proxy keeps the old identity until "
                    + "it expires.",
                width: 6, field: .of(.perSecond), noValue: "no identity",
                [
                    Query(
                        HealthBoard.rate("martlet_identity_rotations_total", "instance, result"),
                        legend: "{{instance}} {{result}}", emptyBecause: Self.noIdentity)
                ]),
            .timeseries(
                "Certificates from the identity service",
                "Certificates that proxies asked for, per second by result. Bad: anything but success that lasts: the "
                    + "proxy serves until its certificate expires, and no longer.",
                width: 6, field: .of(.perSecond), noValue: "no identity service",
                [
                    Query(
                        HealthBoard.rate("martlet_identity_renewals_total", "instance, result"),
                        legend: "{{instance}} {{result}}", emptyBecause: "identities may come from files")
                ]),
        ]
    }
}
