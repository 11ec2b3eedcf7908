import ArgumentParser
import TLS

/// `martlet identity token`: who may join the mesh without Kubernetes.
struct TokenCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token", abstract: "Makes, shows and revokes the join tokens that the identity service takes.",
        discussion: """
            Examples
              A token that checkout can join with once, within an hour, in a file that only its owner reads:
                martlet identity token create checkout --one-time --directory identity --output checkout.token

              One for ten instances of payment, a day long:
                martlet identity token create payment --uses 10 --ttl 1d --directory identity

              Which there are, and one less:
                martlet identity token list --directory identity
                martlet identity token revoke payment --directory identity
            """,
        subcommands: [CreateToken.self, ListTokens.self, RevokeToken.self])
}

/// The directory that `martlet identity init` filled.
struct IdentityDirectoryOption: ParsableArguments {
    @Option(
        help: ArgumentHelp("Where the trust bundle is, and the tokens in a folder of it.", valueName: "path"),
        completion: .directory)
    var directory: String

    var tokens: TokenDirectory { IdentityDirectory(directory).tokens }

    /// Whose workloads join: the first domain that the trust bundle names.
    func trustDomain() throws -> TrustDomain {
        let file = IdentityDirectory(directory).bundle
        guard StoredFile.exists(file) else {
            throw IdentityError(file, "is missing; run: martlet identity init --directory \(directory)")
        }
        let anchors = try IdentityDirectory.certificates(file)
        do throws(TrustBundleError) {
            return try TrustBundle(anchors).defaultDomain
        } catch {
            throw IdentityError(file, error.description)
        }
    }
}
