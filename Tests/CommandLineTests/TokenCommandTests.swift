import Foundation
import Programs
import TLS
import Testing

struct TokenCommandTests {
    private func withMesh(_ body: (String) throws -> Void) throws {
        try Martlet.withDirectory { path in
            try Martlet.output(["identity", "init", "--directory", path, "--trust-domain", "mesh.test"])
            try body(path)
        }
    }

    private func token(_ arguments: [String], _ path: String) throws -> String {
        try Martlet.output(["identity", "token"] + arguments + ["--directory", path])
    }

    @Test func `a token is shown once, listed without its secret, and useless when it is revoked`() throws {
        try withMesh { path in
            let text = try token(["create", "cart", "--namespace", "shop", "--uses", "3"], path)
            let shown = try #require(JoinToken(String(text.dropLast())))
            let tokens = IdentityDirectory(path).tokens
            #expect(try tokens.check(shown, at: .now()).id.description == "spiffe://mesh.test/ns/shop/sa/cart")
            let listed = try token(["list"], path)
            #expect(listed.hasPrefix("cart  usable  spiffe://mesh.test/ns/shop/sa/cart  uses left: 3  until "))
            #expect(!listed.contains(text.suffix(20)))
            #expect(try token(["revoke", "cart"], path) == "revoked cart\n")
            #expect(try token(["list"], path) == "no tokens\n")
            #expect(throws: TokenRefusal.unknown) { try tokens.check(shown, at: .now()) }
        }
    }

    @Test func `a token in a file is for its owner only, and a used one is listed as such`() throws {
        try withMesh { path in
            let file = "\(path)/cart.token"
            let said = try token(["create", "cart", "--one-time", "--ttl", "2h", "--output", file], path)
            #expect(said.contains("identity      spiffe://mesh.test/ns/default/sa/cart\nuses          1\n"))
            let text = String(decoding: try StoredFile.read(.privateKey, from: file), as: UTF8.self)
            let tokens = IdentityDirectory(path).tokens
            let stored = try tokens.list()
            #expect(stored.map(\.usesLeft) == [1])
            #expect((7_100...7_200).contains(WallTime.now().seconds(until: stored[0].expires)))
            try tokens.redeem(try #require(JoinToken(String(text.dropLast()))), at: .now())
            #expect(try token(["list"], path).hasPrefix("cart  used  "))
        }
    }

    @Test(arguments: [
        (
            ["create", "cart", "--one-time", "--uses", "2"],
            "--one-time and --uses exclude each other; see martlet --help"
        ),
        (["create", "cart", "--uses", "0"], "--uses: found 0, allowed is 1 to 1000000; see martlet --help"),
        (["create", "cart", "--ttl", "0"], "--ttl: found 0, allowed is 1s to 365d; see martlet --help"),
        (
            ["create", "identity", "--namespace", "martlet"],
            "NAME: spiffe://mesh.test/ns/martlet/sa/identity is the identity service's own; no token is made for it; "
                + "see martlet --help"
        ),
        (["revoke", "cart"], "DIR/tokens/cart.token: is missing: there is no token cart"),
    ])
    func `a mistake is one line on standard error`(arguments: [String], line: String) throws {
        try withMesh { path in
            let result = try Martlet.run(["identity", "token"] + arguments + ["--directory", path])
            #expect(result.errors == "martlet: \(line.replacing("DIR", with: path))\n")
            #expect(result.output == "" && result.status != 0)
        }
    }

    @Test func `a workload is denied, listed as such, and allowed again`() throws {
        try withMesh { path in
            let id = "spiffe://mesh.test/ns/shop/sa/cart"
            let workload = ["cart", "--namespace", "shop", "--directory", path]
            let said = try Martlet.output(["identity", "deny"] + workload)
            #expect(said == "denied \(id)\n")
            #expect(try token(["list"], path) == "no tokens\ndenied  \(id)\n")
            #expect(try Martlet.output(["identity", "allow"] + workload) == "allowed \(id)\n")
            #expect(try Martlet.output(["identity", "allow"] + workload) == "\(id) was not denied\n")
        }
    }

    @Test func `a second token of a name replaces the first by --force only`() throws {
        try withMesh { path in
            _ = try token(["create", "cart"], path)
            let refused = try Martlet.run(["identity", "token", "create", "cart", "--directory", path])
            #expect(refused.errors == "martlet: \(path)/tokens/cart.token: exists; --force replaces it\n")
            _ = try token(["create", "cart", "--force"], path)
            #expect(try IdentityDirectory(path).tokens.list().count == 1)
        }
    }

    @Test func `each command's help has examples`() throws {
        for command in [
            ["token"], ["token", "create"], ["token", "list"], ["token", "revoke"], ["deny"], ["allow"],
        ] {
            let help = try Martlet.output(["identity"] + command + ["--help"])
            #expect(help.contains("Examples\n") && help.contains("martlet identity \(command[0]) "))
        }
    }
}
