import ArgumentParser
import TLS

/// The workload that `deny` and `allow` are about.
struct WorkloadOptions: ParsableArguments {
    @Argument(help: "The service account that the workload runs as.")
    var name: String

    @Option(help: ArgumentHelp("The workload's namespace.", valueName: "name"))
    var namespace = "default"

    @OptionGroup var place: IdentityDirectoryOption

    func workload() throws -> WorkloadIdentity {
        try WorkloadIdentity(trustDomain: place.trustDomain(), namespace: namespace, serviceAccount: name)
    }
}

/// `martlet identity deny`.
struct DenyIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deny", abstract: "Has the identity service give a workload nothing from now on.",
        discussion: """
            Examples
              A host was lost, and with it the certificate and the token of checkout:
                martlet identity deny checkout --directory identity

            Neither a token nor its certificate buys the workload another. What it has stays valid until it expires, 24 \
            hours at most unless the service was told otherwise.
            """)

    @OptionGroup var options: WorkloadOptions

    func run() throws {
        let workload = try options.workload()
        try options.place.tokens.deny(workload)
        print("denied \(workload.id)")
    }
}

/// `martlet identity allow`.
struct AllowIdentity: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "allow", abstract: "Takes back what `martlet identity deny` said of a workload.",
        discussion: """
            Examples
              martlet identity allow checkout --directory identity
            """)

    @OptionGroup var options: WorkloadOptions

    func run() throws {
        let workload = try options.workload()
        let wasDenied = try options.place.tokens.allow(workload)
        print(wasDenied ? "allowed \(workload.id)" : "\(workload.id) was not denied")
    }
}
