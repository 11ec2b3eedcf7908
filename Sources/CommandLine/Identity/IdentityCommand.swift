import ArgumentParser

/// `martlet identity`: makes the certificates of a small mesh, and shows any.
struct IdentityCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identity", abstract: "Makes and shows the certificates that workloads know each other by.",
        discussion: """
            Examples
              A trust anchor, an issuer, and certificates for two workloads:
                martlet identity init --directory identity --trust-domain mesh.local
                martlet identity issue checkout --namespace shop --directory identity
                martlet identity issue payment --namespace shop --directory identity

              A certificate again, as its 24 hours end; a proxy takes it without a restart:
                martlet identity issue checkout --namespace shop --directory identity --force

              Who a certificate names, who signed it, how long it is valid:
                martlet identity show identity/checkout.pem
            """,
        subcommands: [
            InitialiseIdentity.self, IssueIdentity.self, ShowIdentity.self, TokenCommand.self, DenyIdentity.self,
            AllowIdentity.self,
        ])
}

/// The directory that `init` fills and `issue` uses.
struct DirectoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where the trust anchor, the issuer and the certificates are.", valueName: "path"),
        completion: .directory)
    var directory: String

    @Flag(help: "Replace files that are there already.")
    var force = false
}
