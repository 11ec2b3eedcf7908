extension ProxyConfiguration: Configurable {
    package static let schema = Schema<ProxyConfiguration>(
        generalSettings + identitySettings + inboundSettings + outboundSettings + tcpSettings + telemetrySettings
            + trafficSettings,
        rules: ProxyRules.all)

    private typealias S = Setting<ProxyConfiguration>

    private static let generalSettings: [S] = [
        S(
            "name", flag: "name", \.name, .name("a service name", example: "checkout"), required: true, fixed: true,
            "The service that this proxy stands beside: `service` in metrics, `service.name` in spans."),
        S(
            "workers", flag: "workers", \.workers, .workers, fixed: true,
            "Threads that carry traffic, each with its own listeners and connection pools."),
        S(
            "admin.listen", flag: "admin", \.admin.listen, .listener, fixed: true,
            "Where `/metrics`, `/ready`, `/live`, `/config` and the other admin endpoints answer."),
        S(
            "admin.allowShutdown", flag: "allow-shutdown", \.admin.allowShutdown, .boolean,
            "Whether `POST /shutdown` drains the proxy and ends it. Only with a loopback `admin.listen`."),
        S(
            "logging.level", flag: "log-level", \.logging.level, .choice,
            "The least severe message of the proxy's own log, which goes to standard error."),
        S(
            "metrics.seriesBudget", flag: "series-budget", \.metrics.seriesBudget,
            .integer(10...1_000_000, unit: "series"), fixed: true,
            "Series of one metric family; label sets beyond it fold into one `overflow` series."),
    ]

    private static let identitySettings: [S] = [
        S(
            "identity.key", flag: "identity-key", optional: \.identity.key, .path, fixed: true,
            "The workload's private key (PEM). With `identity.chain` and `identity.trustBundle` it turns mutual TLS on."
        ),
        S(
            "identity.chain", flag: "identity-chain", optional: \.identity.chain, .path, fixed: true,
            "The workload's certificate and those that lead to an anchor (PEM): an X.509-SVID. Read again when it changes."
        ),
        S(
            "identity.trustBundle", flag: "trust-bundle", optional: \.identity.trustBundle, .path, fixed: true,
            "The anchors that are trusted (PEM). Old and new stand here together while they are exchanged."),
        S(
            "identity.service", flag: "identity-service", optional: \.identity.service, .endpoint, fixed: true,
            "The identity service, in place of `identity.key` and `identity.chain`: it gives this proxy its certificates."
        ),
        S(
            "identity.joinTokenFile", flag: "join-token-file", optional: \.identity.joinTokenFile, .path, fixed: true,
            "The join token that the first certificate is given for; later ones are given for the certificate before."),
        S(
            "identity.resumption", flag: "tls-resumption", \.identity.resumption,
            .duration(.seconds(1)...(.seconds(86_400)), zeroMeans: "off"), fixed: true,
            "How long after a peer showed its certificate it may come back with a ticket instead, as long as nothing has changed."
        ),
    ]

    private static let inboundSettings: [S] = [
        S(
            "inbound.tls", flag: "inbound-tls", read: \.inbound?.tls, write: \.inboundOrNew.tls, .choice,
            "Whether requests in plaintext are taken beside mutual TLS, or refused with `tls_required`."),
        S(
            "inbound.protocol", flag: "inbound-protocol", optional: \.inboundOrNew.protocol, .choice,
            "What is taken for HTTP. Without it `detect` with `transparent`, else `http`."),
        S(
            "inbound.listen", flag: "inbound", read: \.inbound?.listen, write: \.inboundOrNew.listen, .listener,
            fixed: true, "Where callers reach the service through this proxy."),
        S(
            "inbound.forward", flag: "forward", read: \.inbound?.forward, write: \.inboundOrNew.forward, .endpoint,
            required: true, "The service itself, to which inbound requests go."),
        S(
            "inbound.routes", flag: "inbound-route", read: \.inbound?.routes, write: \.inboundOrNew.routes,
            .inboundRoutes,
            "Named groups of inbound requests; the rest is the route `default`. With routes, paths go on in normal form."
        ),
    ]

    private static let outboundSettings: [S] = [
        S(
            "outbound.listen", flag: "outbound", read: \.outbound?.listen, write: \.outboundOrNew.listen, .listener,
            fixed: true, "Where the service sends its own calls, by `HTTP_PROXY` or with the target's name as Host."),
        S(
            "outbound.targets", flag: "target", read: \.outbound?.targets, write: \.outboundOrNew.targets, .targets,
            required: true, "The services that this one calls."),
        S(
            "outbound.tcp", flag: "outbound-tcp", read: \.outbound?.tcp, write: \.outboundOrNew.tcp, .tcpListeners,
            fixed: true, "Ports whose connections all go to one target, as they are: for what is not HTTP."),
        S(
            flagOnly: "target-route", for: "outbound.targets[].routes",
            form: TargetRouteFlag.form, example: TargetRouteFlag.example,
            effect: "A route of a target; the first one replaces the routes that the file gives the target.",
            assign: TargetRouteFlag.assign),
        S(
            flagOnly: "target-identity", for: "outbound.targets[].identity", form: TargetIdentityFlag.form,
            example: TargetIdentityFlag.example,
            effect: "Who a target is on the mesh: it is called by mutual TLS, and nobody else will do.",
            assign: TargetIdentityFlag.assign),
    ]
}

extension ProxyConfiguration {
    /// Sections that appear with their first setting.
    fileprivate var inboundOrNew: Inbound {
        get { inbound ?? Inbound() }
        set { inbound = newValue }
    }

    fileprivate var outboundOrNew: Outbound {
        get { outbound ?? Outbound() }
        set { outbound = newValue }
    }
}
