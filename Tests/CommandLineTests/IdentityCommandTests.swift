import Foundation
import Programs
import TLS
import Testing

struct IdentityCommandTests {
    @Test func `init and issue make an identity that a proxy can load`() throws {
        try Martlet.withDirectory { parent in
            let path = "\(parent)/identity"
            let made = try Martlet.output(["identity", "init", "--directory", path, "--trust-domain", "mesh.test"])
            #expect(made.contains("trust domain  mesh.test\n"))
            let issued = try Martlet.output([
                "identity", "issue", "checkout", "--namespace", "shop", "--directory", path,
            ])
            #expect(issued.hasPrefix("identity      spiffe://mesh.test/ns/shop/sa/checkout\n"))
            let store = try IdentityStore(IdentityDirectory(path).files(of: "checkout"), at: .now())
            #expect(store.current.id.description == "spiffe://mesh.test/ns/shop/sa/checkout")
            let left = store.current.secondsUntilExpiry(at: .now())
            #expect((86_400 - 300...86_400).contains(left))
        }
    }

    @Test func `two instances of one workload have one identity and two keys`() throws {
        try Martlet.withDirectory { path in
            try Martlet.output(["identity", "init", "--directory", path])
            for name in ["web-1", "web-2"] {
                try Martlet.output(["identity", "issue", name, "--service-account", "web", "--directory", path])
            }
            let stores = try ["web-1", "web-2"].map {
                try IdentityStore(IdentityDirectory(path).files(of: $0), at: .now())
            }
            #expect(stores.map(\.current.id.path) == ["/ns/default/sa/web", "/ns/default/sa/web"])
            #expect(stores[0].current.chain[0] != stores[1].current.chain[0])
        }
    }

    @Test func `a certificate is replaced by --force only`() throws {
        try Martlet.withDirectory { path in
            try Martlet.output(["identity", "init", "--directory", path])
            let issue = ["identity", "issue", "web", "--directory", path]
            try Martlet.output(issue)
            var store = try IdentityStore(IdentityDirectory(path).files(of: "web"), at: .now())
            let refused = try Martlet.run(issue)
            #expect(refused.status == 1)
            #expect(refused.errors == "martlet: \(path)/web.key: exists; --force replaces it\n")
            #expect(try store.reload(at: .now()) == false)
            try Martlet.output(issue + ["--force"])
            #expect(try store.reload(at: .now()))
        }
    }

    @Test func `lifetimes are chosen, and the issuer's ends what it issues`() throws {
        try Martlet.withDirectory { path in
            try Martlet.output([
                "identity", "init", "--directory", path, "--anchor-lifetime", "2h", "--issuer-lifetime", "1h",
            ])
            try Martlet.output(["identity", "issue", "long", "--directory", path])
            try Martlet.output(["identity", "issue", "short", "--directory", path, "--lifetime", "10m"])
            let left = try ["long", "short"].map {
                try IdentityStore(IdentityDirectory(path).files(of: $0), at: .now()).current
                    .secondsUntilExpiry(at: .now())
            }
            #expect((3_300...3_600).contains(left[0]))
            #expect((300...600).contains(left[1]))
        }
    }

    @Test func `show tells of every certificate of a file`() throws {
        try Martlet.withDirectory { path in
            try Martlet.output(["identity", "init", "--directory", path, "--trust-domain", "mesh.test"])
            try Martlet.output(["identity", "issue", "web", "--namespace", "shop", "--directory", path])
            let text = try Martlet.output(["identity", "show", "\(path)/web.pem"])
            let lines = text.split(separator: "\n").map(String.init)
            #expect(lines[0] == "certificate 1 of 2")
            #expect(lines[1] == "  identity  spiffe://mesh.test/ns/shop/sa/web")
            #expect(lines[2] == "  name      web.shop.serviceaccount.identity.mesh.test")
            #expect(lines.contains("  kind      workload"))
            #expect(lines.contains("certificate 2 of 2"))
            #expect(lines.contains("  kind      certificate authority"))
            #expect(lines.filter { $0 == "  key       ECDSA P-256" }.count == 2)
        }
    }

    struct Mistake: Sendable {
        var arguments: [String]
        var line: String
        var status: Int32 = 1
    }

    static let mistakes = [
        Mistake(
            arguments: ["identity", "issue", "web", "--directory", "DIR"],
            line: "martlet: DIR/issuer.key: is missing; run: martlet identity init --directory DIR"),
        Mistake(
            arguments: ["identity", "show", "DIR/none.pem"],
            line: "martlet: DIR/none.pem: cannot be read: No such file or directory"),
        Mistake(arguments: ["identity", "show", "DIR"], line: "martlet: DIR: is not a file"),
        Mistake(
            arguments: ["identity", "init", "--directory", "DIR/no/such"],
            line: "martlet: DIR/no/such: cannot be made: No such file or directory"),
        Mistake(
            arguments: ["identity", "init", "--directory", "DIR", "--trust-domain", "Mesh"],
            line: "martlet: --trust-domain: found 'Mesh', but the trust domain may hold a-z, 0-9, dot, dash and "
                + "underscore only; see martlet --help", status: 64),
        Mistake(
            arguments: ["identity", "init", "--directory", "DIR", "--issuer-lifetime", "5s"],
            line: "martlet: --issuer-lifetime: found 5s, allowed is 1m to 18250d; see martlet --help", status: 64),
        Mistake(
            arguments: ["identity", "issue", "web", "--directory", "DIR", "--lifetime", "24"],
            line: "martlet: The value '24' is invalid for '--lifetime <duration>': a number with its unit, for example "
                + "24h; units are ms, s, m, h, d; see martlet --help", status: 64),
        Mistake(
            arguments: ["identity", "issue", "trust-bundle", "--directory", "DIR", "--force"],
            line: "martlet: NAME: found 'trust-bundle', allowed are a-z, 0-9, dash and dot, other than trust-anchor, "
                + "issuer, trust-bundle; see martlet --help", status: 64),
        Mistake(
            arguments: ["identity", "issue", "../web", "--directory", "DIR"],
            line: "martlet: NAME: found '../web', allowed are a-z, 0-9, dash and dot, other than trust-anchor, issuer, "
                + "trust-bundle; see martlet --help", status: 64),
    ]

    @Test(arguments: mistakes)
    func `a mistake is one line on standard error`(mistake: Mistake) throws {
        try Martlet.withDirectory { path in
            let fill = { (text: String) in text.replacing("DIR", with: path) }
            let result = try Martlet.run(mistake.arguments.map(fill))
            #expect(result.errors == fill(mistake.line) + "\n")
            #expect(result.output == "")
            #expect(result.status == mistake.status)
            #expect(try FileManager.default.contentsOfDirectory(atPath: path) == [])
        }
    }

    @Test func `an issuer whose anchor is not in the trust bundle issues nothing`() throws {
        try Martlet.withDirectory { path in
            try Martlet.output(["identity", "init", "--directory", path])
            let other = try Martlet.withDirectory { path in
                try Martlet.output(["identity", "init", "--directory", path])
                return try StoredFile.read(.certificates, from: IdentityDirectory(path).bundle)
            }
            try StoredFile.write(.certificates, other, to: IdentityDirectory(path).bundle, replaces: true)
            let result = try Martlet.run(["identity", "issue", "web", "--directory", path])
            #expect(
                result.errors == "martlet: \(path)/issuer.pem: peers would refuse its certificates: no anchor of the "
                    + "trust bundle stands behind it\n")
            #expect(try !FileManager.default.contentsOfDirectory(atPath: path).contains("web.key"))
        }
    }

    @Test func `each command's help has examples`() throws {
        for command in [["identity"], ["identity", "init"], ["identity", "issue"], ["identity", "show"]] {
            let help = try Martlet.output(command + ["--help"])
            #expect(help.contains("Examples\n"))
            #expect(help.contains("martlet identity "))
        }
    }
}
