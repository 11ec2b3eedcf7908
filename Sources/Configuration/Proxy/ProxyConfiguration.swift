/// Everything that one proxy is told: the value behind its file, its flags and `/config`.
///
/// The initial values here are the defaults; `ProxyConfiguration.schema` gives each setting its key, flag and range.
package struct ProxyConfiguration: Equatable, Sendable {
    /// The workload that this proxy stands beside: `service` in metrics, `service.name` in spans.
    package var name = ""
    package var workers = Workers.count(1)
    /// nil: nothing is accepted on behalf of the workload.
    package var inbound: Inbound?
    /// nil: the workload's own calls do not pass here.
    package var outbound: Outbound?
    package var admin = Admin()
    package var tracing = Tracing()
    package var accessLog = AccessLog()
    package var timeouts = Timeouts()
    package var limits = Limits()
    package var forwarding = Forwarding()
    package var logging = Logging()
    package var metrics = Metrics()
    package var identity = Identity()
    package var tcp = TCP()
    /// Whether connections are redirected here by the packet filter, for both listeners.
    package var transparent = false

    package init() {}

    /// Who the workload is on the mesh and whom it trusts: by files, which are read again when they change, or by the
    /// identity service, which gives certificates for a join token. One of the two, whole, or neither.
    package struct Identity: Equatable, Sendable {
        /// The private key, PEM.
        package var key: String?
        /// The certificate, then those that lead from it towards an anchor, PEM.
        package var chain: String?
        /// The anchors that are trusted, PEM.
        package var trustBundle: String?
        /// The identity service.
        package var service: HostPort?
        /// The token that the first certificate is given for.
        package var joinTokenFile: String?
        /// For how long a peer that comes back need not show its certificate again; zero: it always must.
        package var resumption = Duration.seconds(3600)

        /// Whether the workload has, or will have, an identity.
        package var isGiven: Bool { key != nil || service != nil }

        package init() {}
    }

    /// How many loops, each a thread with its own listeners and pools.
    package enum Workers: Equatable, Sendable {
        case count(Int)
        /// One per core that the process may run on.
        case auto
    }

    package struct Inbound: Equatable, Sendable {
        package var listen = HostPort(ipv4: "0.0.0.0", port: 4143)
        /// The workload itself. Required: no loaded configuration holds this initial value.
        package var forward = HostPort(ipv4: "127.0.0.1", port: 0)
        package var routes: [RouteConfiguration] = []
        package var tls = InboundTLS.permissive
        /// nil: `detect` where connections are redirected here, and `http` otherwise.
        package var `protocol`: InboundProtocol?

        package init() {}
    }

    package enum InboundTLS: String, CaseIterable, Sendable {
        /// Mutual TLS and plaintext, told apart by the first bytes.
        case permissive
        /// Requests without mutual TLS are refused with `tls_required`.
        case required
    }

    package struct Outbound: Equatable, Sendable {
        package var listen = HostPort(ipv4: "127.0.0.1", port: 4140)
        /// Required and never empty in a loaded configuration; names are unique, ignoring case.
        package var targets: [TargetConfiguration] = []
        package var tcp: [TCPListenerConfiguration] = []

        package init() {}
    }

    package struct Admin: Equatable, Sendable {
        package var listen = HostPort(ipv4: "127.0.0.1", port: 4191)
        /// Whether `POST /shutdown` drains the proxy. Only true while `listen` is loopback.
        package var allowShutdown = false

        package init() {}
    }

    package struct Logging: Equatable, Sendable {
        package var level = LogLevel.info

        package init() {}
    }

    package struct Metrics: Equatable, Sendable {
        /// Series of one family before further label sets fold into `overflow`.
        package var seriesBudget = 10_000

        package init() {}
    }
}

/// The least severe message that is written.
package enum LogLevel: String, CaseIterable, Sendable {
    case error, warning, info, debug, trace
}
