import ArgumentParser
import TLS

/// `martlet identity token revoke`.
struct RevokeToken: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Makes a join token useless from now on.",
        discussion: """
            Examples
              martlet identity token revoke checkout --directory identity

            Certificates that were given for it stay valid and can be renewed; `martlet identity deny` ends that too.
            """)

    @Argument(help: "The token's name.")
    var name: String

    @OptionGroup var place: IdentityDirectoryOption

    func run() throws {
        try place.tokens.revoke(name)
        print("revoked \(name)")
    }
}
