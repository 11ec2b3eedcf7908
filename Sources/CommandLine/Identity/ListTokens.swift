import ArgumentParser
import TLS

/// `martlet identity token list`.
struct ListTokens: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Shows every join token, without its secret, and who is denied.",
        discussion: """
            Examples
              martlet identity token list --directory identity
            """)

    @OptionGroup var place: IdentityDirectoryOption

    func run() throws {
        let now = WallTime.now()
        let tokens = try place.tokens.list()
        let denied = try place.tokens.denied()
        if tokens.isEmpty { print("no tokens") }
        for token in tokens { print(Self.line(token, at: now)) }
        for id in denied { print("denied  \(id)") }
    }

    static func line(_ token: StoredToken, at now: WallTime) -> String {
        let state = token.hasExpired(at: now) ? "expired" : token.isUsed ? "used" : "usable"
        return "\(token.name)  \(state)  \(token.identity.id)  uses left: \(TokenUses(token.usesLeft))  "
            + "until \(token.expires)"
    }
}
