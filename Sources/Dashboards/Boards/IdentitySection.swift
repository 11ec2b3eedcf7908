/// Do the proxies know each other, and for how long still?
struct IdentitySection {
    var section: Dashboard.Section { Dashboard.Section("Identity", [panels, [callers]]) }

    private static let noIdentity = "a mesh without identities has no mutual TLS"

    private var callers: Panel {
        let signals = GoldenSignals(
            #"\#(GoldenSignals.target),direction="inbound""#, by: ["service", "client_id", "no_tls_reason"])
        return .table(
            "Callers by identity",
            "Who calls each service, as the caller's certificate proves, or why there is none. Bad: a caller that should "
                + "not be there; one without mTLS where all should have it.",
            Table(
                keys: [
                    Table.Key(label: "service", title: "Service", links: [.service("${__data.fields.Service}")]),
                    Table.Key(label: "client_id", title: "Caller"),
                    Table.Key(label: "no_tls_reason", title: "Without mTLS because"),
                ],
                columns: [
                    Table.Column(title: "Requests", expression: "\(signals.requests) > 0", field: .requestRate),
                    Table.Column(title: "Success", expression: signals.successRatio, field: .successRatio),
                ], sortColumn: "Requests", descending: true))
    }

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
                "Handshakes per second by direction and result. Bad: anything but done and resumed; the log says why.",
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
