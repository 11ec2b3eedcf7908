/// Everything that an operator may tell the identity service. The initial values are the defaults.
package struct IdentityServiceSettings: Equatable, Sendable {
    package var listen = HostPort(ipv4: "127.0.0.1", port: 8080)
    package var admin = Admin()
    package var issuer = Issuer()
    /// What workloads trust; it goes to them with every certificate.
    package var trustBundle = ""
    /// The directory of `martlet identity token`.
    package var tokens = ""
    /// Of a certificate, within the issuer's own time.
    package var lifetime = Duration.seconds(86_400)
    package var limits = Limits()
    package var logging = ProxyConfiguration.Logging()

    package init() {}

    package struct Admin: Equatable, Sendable {
        package var listen = HostPort(ipv4: "127.0.0.1", port: 9990)
    }

    package struct Issuer: Equatable, Sendable {
        package var key = ""
        package var chain = ""
    }

    package struct Limits: Equatable, Sendable {
        /// Of one client address; its tenfold may come at once.
        package var requestsPerSecond = 20
        package var connectionsMax = 1_024
    }
}

extension IdentityServiceSettings: Configurable {
    private typealias S = Setting<IdentityServiceSettings>

    package static let schema = Schema<IdentityServiceSettings>(
        [
            S("listen", flag: "listen", \.listen, .listener, "Where workloads ask for certificates, by HTTPS."),
            S(
                "admin.listen", flag: "admin", \.admin.listen, .listener,
                "Where `/metrics`, `/ready` and `/live` answer."),
            S(
                "issuer.key", flag: "issuer-key", \.issuer.key, .path, required: true,
                "The private key that signs certificates (PEM). Read again when it changes."),
            S(
                "issuer.chain", flag: "issuer-chain", \.issuer.chain, .path, required: true,
                "The issuer's certificate and those that lead to an anchor (PEM). Read again when it changes."),
            S(
                "trustBundle", flag: "trust-bundle", \.trustBundle, .path, required: true,
                "The anchors that workloads trust (PEM), sent with every certificate. Read again when it changes."),
            S(
                "tokens", flag: "tokens", \.tokens, .path, required: true,
                "The directory of join tokens that `martlet identity token create` fills."),
            S(
                "lifetime", flag: "lifetime", \.lifetime, .duration(.seconds(5)...(.seconds(90 * 86_400))),
                "How long a certificate is valid; it never outlives the issuer."),
            S(
                "limits.requestsPerSecond", flag: "max-requests-per-second", \.limits.requestsPerSecond,
                .integer(1...100_000, unit: "requests/s"),
                "Of one client address, ten times as many at once; more get 429 and `rate_limited`."),
            S(
                "limits.connectionsMax", flag: "max-connections", \.limits.connectionsMax,
                .integer(1...1_000_000, unit: "connections"),
                "Accepted connections. More are closed at once and counted."),
            S(
                "logging.level", flag: "log-level", \.logging.level, .choice,
                "The least severe message of the log, which goes to standard error."),
        ], rules: [listenersAreDistinct])

    @Sendable
    private static func listenersAreDistinct(
        _ settings: IdentityServiceSettings, _ path: String, _ reading: inout ConfigurationReading
    ) {
        reading.reportSharedListeners([("listen", settings.listen), ("admin.listen", settings.admin.listen)])
    }

    /// Pure: what the file's bytes and the flags say together, or everything that is wrong with them.
    package static func load(
        file: ConfigurationFile?, flags: [GivenFlag]
    ) throws(ConfigurationErrors) -> IdentityServiceSettings {
        try schema.load(file: file, flags: flags)
    }
}
