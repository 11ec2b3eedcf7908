import ArgumentParser
import Configuration
import EventLoop
import IdentityService

/// The command line of `martlet-controller identity`.
struct IdentityServiceOptions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Gives workloads their certificates, for join tokens.",
        discussion: """
            Examples
              With what `martlet identity init` and `martlet identity token create` wrote:
                martlet-controller identity --listen 0.0.0.0:8080 \\
                  --issuer-key identity/issuer.key --issuer-chain identity/issuer.pem \\
                  --trust-bundle identity/trust-bundle.pem --tokens identity/tokens

              From a file; then only look for mistakes:
                martlet-controller identity --config controller.yaml
                martlet-controller identity --config controller.yaml --check

            Every flag is also a key of the file: docs/configuration.md.
            """)

    @Option(help: ArgumentHelp("The YAML file with the settings.", valueName: "path"), completion: .file())
    var config: String?

    @Flag(help: "Read the configuration, report every mistake in it, and end.")
    var check = false

    @Option("listen") var listen: GivenFlag?
    @Option("admin") var admin: GivenFlag?
    @Option("issuer-key") var issuerKey: GivenFlag?
    @Option("issuer-chain") var issuerChain: GivenFlag?
    @Option("trust-bundle") var trustBundle: GivenFlag?
    @Option("tokens") var tokens: GivenFlag?
    @Option("lifetime") var lifetime: GivenFlag?
    @Option("max-requests-per-second") var requestsPerSecond: GivenFlag?
    @Option("max-connections") var connections: GivenFlag?
    @Option("log-level") var logLevel: GivenFlag?

    /// What the command line said, to be loaded together with the file.
    var given: [GivenFlag] {
        [
            listen, admin, issuerKey, issuerChain, trustBundle, tokens, lifetime, requestsPerSecond, connections,
            logLevel,
        ].compactMap(\.self)
    }

    func run() throws {
        let settings = try load()
        if check { return print("configuration is valid") }
        SignalWatcher.block(IdentityServiceRuntime.signals)
        try IdentityServiceRuntime(settings).run()
    }

    func load() throws(ConfigurationErrors) -> IdentityServiceSettings {
        guard let config else { return try .load(file: nil, flags: given) }
        return try .load(file: .read(config), flags: given)
    }
}

extension Option {
    /// The option of a setting of the service.
    fileprivate init(_ flag: String) where Value == GivenFlag? {
        self.init(flag, of: IdentityServiceSettings.schema)
    }
}
