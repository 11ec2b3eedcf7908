import ArgumentParser
import Configuration
import TLS

/// `martlet identity token create`.
struct CreateToken: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a join token for one workload and shows it, once.",
        discussion: """
            Examples
              For one join of the workload checkout of the namespace shop:
                martlet identity token create checkout --namespace shop --one-time --directory identity \\
                  --output checkout.token

              For any number of joins within eight hours, so that a proxy may restart:
                martlet identity token create checkout --ttl 8h --directory identity --output checkout.token

            Whoever has the token can become that workload, and no other. Only a digest of it is kept.
            """)

    @Argument(help: "What the token is called.")
    var name: String

    @Option(help: ArgumentHelp("The workload's namespace.", valueName: "name"))
    var namespace = "default"

    @Option(help: ArgumentHelp("The service account that the workload runs as (default: NAME).", valueName: "name"))
    var serviceAccount: String?

    @Flag(help: "Good for one certificate.")
    var oneTime = false

    @Option(help: ArgumentHelp("Good for so many certificates (default: any number).", valueName: "count"))
    var uses: Int?

    @Option(
        help: ArgumentHelp("How long it can be used.", valueName: "duration"), transform: DurationArgument.init)
    var ttl = DurationArgument(seconds: 3_600)

    @Option(
        help: ArgumentHelp(
            "Where to write it, readable by its owner only (default: to standard output).", valueName: "file"),
        completion: .file())
    var output: String?

    @Flag(help: "Replace a token, and an output file, that is there already.")
    var force = false

    @OptionGroup var place: IdentityDirectoryOption

    func validate() throws {
        guard !(oneTime && uses != nil) else { throw ValidationError("--one-time and --uses exclude each other") }
        if let uses, !(1...1_000_000).contains(uses) {
            throw ValidationError("--uses: found \(uses), allowed is 1 to 1000000")
        }
        try ttl.require("--ttl", in: DurationArgument(seconds: 1)...DurationArgument(seconds: 365 * 86_400))
        guard IdentityDirectory.isWorkloadName(name) else {
            throw ValidationError(
                "NAME: found '\(name)', allowed are a-z, 0-9, dash and dot, other than \(IdentityDirectory.ownNames)")
        }
    }

    func run() throws {
        let domain = try place.trustDomain()
        let identity = try WorkloadIdentity(
            trustDomain: domain, namespace: namespace, serviceAccount: serviceAccount ?? name)
        guard try identity != .identityService(of: domain) else {
            throw ValidationError("NAME: \(identity.id) is the identity service's own; no token is made for it")
        }
        if let output, !force, StoredFile.exists(output) { throw IdentityError(output, "exists; --force replaces it") }
        let expires = WallTime.now().advanced(bySeconds: ttl.seconds)
        let token = try place.tokens.create(
            name: name, for: identity, uses: oneTime ? 1 : uses, expires: expires, replaces: force)
        guard let output else { return print(token.text) }
        try StoredFile.write(.privateKey, Array("\(token.text)\n".utf8), to: output, replaces: force)
        print(
            """
            token         \(output), valid until \(expires)
            identity      \(identity.id)
            uses          \(TokenUses(oneTime ? 1 : uses))
            """)
    }
}

/// How often a token can still be used, for people.
struct TokenUses: CustomStringConvertible {
    private let left: Int?

    init(_ left: Int?) { self.left = left }

    var description: String { left.map { "\($0)" } ?? "any number" }
}
