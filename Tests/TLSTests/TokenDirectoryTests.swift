import Foundation
import Testing

@testable import TLS

struct TokenDirectoryTests {
    private static let now = WallTime(secondsSinceEpoch: 2_000_000_000)
    private static let later = now.advanced(bySeconds: 60)

    /// A directory of tokens with one for `cart`.
    private func withToken(
        uses: Int? = 1, _ body: (TokenDirectory, JoinToken, WorkloadIdentity) throws -> Void
    ) throws {
        try OpenSSLTool.withDirectory { directory in
            let tokens = TokenDirectory(directory.appendingPathComponent("tokens").path)
            let cart = try TestMesh().identity("cart")
            let token = try tokens.create(name: "cart", for: cart, uses: uses, expires: Self.later)
            try body(tokens, token, cart)
        }
    }

    @Test func `a token is good for its workload, and what is stored holds no secret and is for its owner only`() throws
    {
        try withToken { tokens, token, cart in
            let shown = try #require(JoinToken(token.text))
            #expect(try tokens.check(shown, at: Self.now) == cart)
            let file = "\(tokens.path)/cart.token"
            let stored = try String(contentsOfFile: file, encoding: .utf8)
            let secret = try #require(token.text.split(separator: ".").last)
            #expect(secret.count == 64 && !stored.contains(secret))
            let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test func `a one-time token is used once, also by one who opens the directory anew`() throws {
        try withToken { tokens, token, _ in
            try tokens.redeem(token, at: Self.now)
            #expect(throws: TokenRefusal.used) { try tokens.redeem(token, at: Self.now) }
            #expect(throws: TokenRefusal.used) { try TokenDirectory(tokens.path).check(token, at: Self.now) }
            #expect(try tokens.list().map(\.usesLeft) == [0])
        }
    }

    @Test(arguments: [1, 5])
    func `many who redeem at once get as many uses as there are`(uses: Int) throws {
        try withToken(uses: uses) { tokens, token, _ in
            let outcomes = Outcomes()
            DispatchQueue.concurrentPerform(iterations: 16) { _ in
                // As another process would: with a directory of its own.
                let own = TokenDirectory(tokens.path)
                do throws(TokenRefusal) {
                    try own.redeem(token, at: Self.now)
                    outcomes.note(nil)
                } catch {
                    outcomes.note(error)
                }
            }
            #expect(outcomes.granted == uses)
            #expect(outcomes.refusals == Array(repeating: .used, count: 16 - uses))
        }
    }

    private final class Outcomes: @unchecked Sendable {
        // Sendable because every access holds the lock.
        private let lock = NSLock()
        private var all: [TokenRefusal?] = []
        func note(_ refusal: TokenRefusal?) { lock.withLock { all.append(refusal) } }
        var granted: Int { lock.withLock { all.count { $0 == nil } } }
        var refusals: [TokenRefusal] { lock.withLock { all.compactMap(\.self) } }
    }

    @Test func `a workload token is used any number of times until it expires`() throws {
        try withToken(uses: nil) { tokens, token, cart in
            for _ in 0..<3 { try tokens.redeem(token, at: Self.now) }
            #expect(try tokens.check(token, at: Self.later.advanced(bySeconds: -1)) == cart)
            #expect(throws: TokenRefusal.expired) { try tokens.redeem(token, at: Self.later) }
        }
    }

    @Test func `a wrong secret, a token that was replaced, and one that was revoked are unknown`() throws {
        try withToken { tokens, token, cart in
            #expect(throws: TokenRefusal.unknown) { try tokens.redeem(.make(name: "cart"), at: Self.now) }
            #expect(throws: TokenRefusal.unknown) { try tokens.redeem(.make(name: "none"), at: Self.now) }
            #expect(throws: IdentityError.self) {
                try tokens.create(name: "cart", for: cart, uses: 1, expires: Self.later)
            }
            let second = try tokens.create(name: "cart", for: cart, uses: 1, expires: Self.later, replaces: true)
            #expect(throws: TokenRefusal.unknown) { try tokens.redeem(token, at: Self.now) }
            try tokens.revoke("cart")
            #expect(throws: TokenRefusal.unknown) { try tokens.redeem(second, at: Self.now) }
            #expect(throws: IdentityError.self) { try tokens.revoke("cart") }
        }
    }

    @Test(arguments: ["", "martlet join token 1\n", "martlet join token 1\nidentity x\nsha256 00\nexpires 1\nuses 1\n"])
    func `a file that is no token grants nothing and is named`(text: String) throws {
        try withToken { tokens, token, _ in
            let file = "\(tokens.path)/cart.token"
            try StoredFile.write(.privateKey, Array(text.utf8), to: file, replaces: true)
            let error = IdentityError(file, "is not a join token; remove it")
            #expect(throws: TokenRefusal.unavailable(error)) { try tokens.redeem(token, at: Self.now) }
            #expect(throws: error) { try tokens.list() }
        }
    }

    @Test func `a text of another form is no token and names no file`() {
        let secret = String(repeating: "a", count: 64)
        #expect(JoinToken("martlet-join.cart.v2.\(secret)")?.name == "cart.v2")
        for text in [
            "", "cart.\(secret)", "martlet-join.cart", "martlet-join..\(secret)", "martlet-join.../cart.\(secret)",
            "martlet-join.a/b.\(secret)", "martlet-join.cart.\(secret)a", "martlet-join.cart.\(secret.uppercased())",
            "martlet-join.\(String(repeating: "a", count: 600)).\(secret)",
        ] { #expect(JoinToken(text) == nil, "\(text)") }
    }

    @Test func `what is stored comes back as it was written`() throws {
        let cart = try TestMesh().identity("cart")
        for uses in [nil, 0, 7] {
            let token = StoredToken(
                name: "cart", identity: cart, digest: [0, 1, 0xAB, 0xFF], expires: Self.now, usesLeft: uses)
            #expect(StoredToken(name: "cart", text: token.text) == token)
        }
    }
}
