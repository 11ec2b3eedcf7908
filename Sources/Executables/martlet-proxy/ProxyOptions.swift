import ArgumentParser
import Configuration
import EventLoop
import Proxy

/// The command line of martlet-proxy.
struct ProxyOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet-proxy",
        abstract: "The sidecar: carries a service's calls in and out, measures and traces them.",
        discussion: """
            Examples
              Stand in front of a service that listens on 8080:
                martlet-proxy --name checkout --forward 127.0.0.1:8080

              Carry its own calls too, and send spans to a collector:
                martlet-proxy --name checkout --forward 127.0.0.1:8080 \\
                  --target cart=10.0.0.5:8080,10.0.0.6:8080 \\
                  --target payment=payment.internal:8080 \\
                  --collector http://127.0.0.1:4318 --sampling-rate 0.1

              Name a group of requests, so that it has its own metrics:
                martlet-proxy --name checkout --forward 127.0.0.1:8080 \\
                  --inbound-route 'place-order=POST /orders/*'

              Join the mesh with a token and require mutual TLS:
                martlet-proxy --name checkout --forward 127.0.0.1:8080 --inbound-tls required \\
                  --identity-service 10.0.0.2:8080 --join-token-file checkout.token \\
                  --trust-bundle trust-bundle.pem

              From a file, with a flag that wins over it; then only look for mistakes:
                martlet-proxy --config proxy.yaml --log-level debug
                martlet-proxy --config proxy.yaml --check

            Every flag is also a key of the file: docs/configuration.md. SIGHUP, or a change of the file, loads it again.
            """,
        version: Version.line(of: "martlet-proxy"))

    @Option(help: ArgumentHelp("The YAML file with the settings.", valueName: "path"), completion: .file())
    var config: String?

    @Flag(help: "Read the configuration, report every mistake in it, and end.")
    var check = false

    @OptionGroup(title: "Service") var service: ServiceOptions
    @OptionGroup(title: "Identity") var identity: IdentityOptions
    @OptionGroup(title: "TCP") var tcp: TCPOptions
    @OptionGroup(title: "Admin and logs") var operation: OperationOptions
    @OptionGroup(title: "Tracing") var tracing: TracingOptions
    @OptionGroup(title: "Timeouts") var timeouts: TimeoutOptions
    @OptionGroup(title: "Limits") var limits: LimitOptions
    @OptionGroup(title: "Forwarding") var forwarding: ForwardingOptions

    /// What the command line said, to be loaded together with the file.
    var given: [GivenFlag] {
        service.given + identity.given + tcp.given + operation.given + tracing.given + timeouts.given + limits.given
            + forwarding.given
    }

    func run() throws {
        let configuration = try load()
        if check { return print("configuration is valid") }
        SignalWatcher.block(ProxyRuntime.signals)
        let source = ConfigurationSource(configuration, path: config) {
            do throws(ConfigurationErrors) {
                return .success(try load())
            } catch {
                return .failure(error.issues.map { "\($0)" })
            }
        }
        throw ExitCode(try ProxyRuntime(source).run())
    }

    /// Reads the file, if there is one, and loads it with the flags on top. Loading again reads the file again.
    func load() throws(ConfigurationErrors) -> ProxyConfiguration {
        guard let config else { return try .load(file: nil, flags: given) }
        return try .load(file: .read(config), flags: given)
    }
}

extension Option {
    /// The option of a proxy setting.
    fileprivate init(_ flag: String) where Value == GivenFlag? { self.init(flag, of: ProxyConfiguration.schema) }

    fileprivate init(wrappedValue: [GivenFlag], repeated flag: String) where Value == [GivenFlag] {
        self.init(wrappedValue: wrappedValue, repeated: flag, of: ProxyConfiguration.schema)
    }
}

struct ServiceOptions: ParsableArguments {
    @Option("name") var name: GivenFlag?
    @Option("workers") var workers: GivenFlag?
    @Option("inbound") var inbound: GivenFlag?
    @Option("forward") var forward: GivenFlag?
    @Option(repeated: "inbound-route") var inboundRoutes: [GivenFlag] = []
    @Option("outbound") var outbound: GivenFlag?
    @Option(repeated: "target") var targets: [GivenFlag] = []
    @Option(repeated: "target-route") var targetRoutes: [GivenFlag] = []

    var given: [GivenFlag] {
        [name, workers, inbound, forward, outbound].compactMap(\.self) + inboundRoutes + targets + targetRoutes
    }
}

struct IdentityOptions: ParsableArguments {
    @Option("identity-key") var key: GivenFlag?
    @Option("identity-chain") var chain: GivenFlag?
    @Option("trust-bundle") var trustBundle: GivenFlag?
    @Option("identity-service") var service: GivenFlag?
    @Option("join-token-file") var joinTokenFile: GivenFlag?
    @Option("tls-resumption") var resumption: GivenFlag?
    @Option("inbound-tls") var inboundTLS: GivenFlag?
    @Option(repeated: "target-identity") var targetIdentities: [GivenFlag] = []

    var given: [GivenFlag] {
        [key, chain, trustBundle, service, joinTokenFile, resumption, inboundTLS].compactMap(\.self)
            + targetIdentities
    }
}

struct TCPOptions: ParsableArguments {
    @Option("transparent") var transparent: GivenFlag?
    @Option("inbound-protocol") var inboundProtocol: GivenFlag?
    @Option(repeated: "outbound-tcp") var outbound: [GivenFlag] = []
    @Option("opaque-ports") var opaquePorts: GivenFlag?
    @Option("detect-timeout") var detect: GivenFlag?
    @Option("tcp-idle-timeout") var idle: GivenFlag?
    @Option("tcp-keep-alive") var keepAlive: GivenFlag?
    @Option("tcp-spans") var spans: GivenFlag?

    var given: [GivenFlag] {
        [transparent, inboundProtocol, opaquePorts, detect, idle, keepAlive, spans].compactMap(\.self) + outbound
    }
}

struct OperationOptions: ParsableArguments {
    @Option("admin") var admin: GivenFlag?
    @Option("allow-shutdown") var allowShutdown: GivenFlag?
    @Option("log-level") var logLevel: GivenFlag?
    @Option("access-log") var accessLog: GivenFlag?
    @Option("access-log-path") var accessLogPath: GivenFlag?
    @Option("series-budget") var seriesBudget: GivenFlag?

    var given: [GivenFlag] {
        [admin, allowShutdown, logLevel, accessLog, accessLogPath, seriesBudget].compactMap(\.self)
    }
}

struct TracingOptions: ParsableArguments {
    @Option("collector") var collector: GivenFlag?
    @Option("otlp-protocol") var otlpProtocol: GivenFlag?
    @Option("sampling-rate") var samplingRate: GivenFlag?
    @Option("keep-errors") var keepErrors: GivenFlag?
    @Option("propagation") var propagation: GivenFlag?
    @Option("span-queue") var spanQueue: GivenFlag?
    @Option("span-batch") var spanBatch: GivenFlag?

    var given: [GivenFlag] {
        [collector, otlpProtocol, samplingRate, keepErrors, propagation, spanQueue, spanBatch].compactMap(\.self)
    }
}

struct TimeoutOptions: ParsableArguments {
    @Option("connect-timeout") var connect: GivenFlag?
    @Option("head-timeout") var head: GivenFlag?
    @Option("idle-timeout") var idle: GivenFlag?
    @Option("request-timeout") var request: GivenFlag?
    @Option("response-timeout") var response: GivenFlag?
    @Option("body-idle-timeout") var bodyIdle: GivenFlag?
    @Option("drain-timeout") var drain: GivenFlag?

    var given: [GivenFlag] { [connect, head, idle, request, response, bodyIdle, drain].compactMap(\.self) }
}

struct LimitOptions: ParsableArguments {
    @Option("max-head-bytes") var headBytes: GivenFlag?
    @Option("max-head-fields") var headFields: GivenFlag?
    @Option("max-target-bytes") var targetBytes: GivenFlag?
    @Option("max-body-bytes") var bodyBytes: GivenFlag?
    @Option("max-connections") var connections: GivenFlag?
    @Option("max-idle-per-endpoint") var idlePerEndpoint: GivenFlag?
    @Option("max-pending") var pending: GivenFlag?

    var given: [GivenFlag] {
        [headBytes, headFields, targetBytes, bodyBytes, connections, idlePerEndpoint, pending].compactMap(\.self)
    }
}

struct ForwardingOptions: ParsableArguments {
    @Option("via") var via: GivenFlag?
    @Option("strict-host-mismatch") var strictHostMismatch: GivenFlag?
    @Option("connect-ports") var connectPorts: GivenFlag?

    var given: [GivenFlag] { [via, strictHostMismatch, connectPorts].compactMap(\.self) }
}
