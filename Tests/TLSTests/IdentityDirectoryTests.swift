import Foundation
import TLS
import Testing

struct IdentityDirectoryTests {
    private func mode(_ path: String) throws -> Int {
        try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
    }

    @Test func `what was written comes back and is an identity`() throws {
        try OpenSSLTool.withDirectory { parent in
            let mesh = try TestMesh()
            let directory = IdentityDirectory(parent.appendingPathComponent("new").path)
            try directory.write(anchor: mesh.anchor, issuer: mesh.issuer, replaces: false)
            let issued = try directory.issuer().issue(mesh.identity("cart"), at: .now())
            try directory.write(issued, name: "cart", replaces: false)
            let store = try IdentityStore(directory.files(of: "cart"), at: .now())
            #expect(try store.current.id == mesh.identity("cart").id)
            let output = try OpenSSLTool.output([
                "verify", "-CAfile", directory.bundle, "-untrusted", directory.issuerCertificate,
                directory.files(of: "cart").chain,
            ])
            #expect(output == "\(directory.files(of: "cart").chain): OK\n")
        }
    }

    @Test func `private keys are for their owner only, whatever the umask`() throws {
        try OpenSSLTool.withDirectory { parent in
            let mesh = try TestMesh()
            let directory = IdentityDirectory(parent.appendingPathComponent("new").path)
            try directory.write(anchor: mesh.anchor, issuer: mesh.issuer, replaces: false)
            try directory.write(mesh.issue("cart"), name: "cart", replaces: false)
            #expect(try mode(directory.path) == 0o700)
            for key in [directory.anchorKey, directory.issuerKey, directory.files(of: "cart").key] {
                #expect(try mode(key) == 0o600)
            }
            for certificate in [directory.anchorCertificate, directory.bundle, directory.files(of: "cart").chain] {
                #expect(try mode(certificate) == 0o644)
            }
            let names = try FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()
            #expect(
                names == [
                    "cart.key", "cart.pem", "issuer.key", "issuer.pem", "trust-anchor.key", "trust-anchor.pem",
                    "trust-bundle.pem",
                ])
        }
    }

    @Test func `nothing is overwritten unless it may be, and one file that is there keeps the others unwritten`() throws
    {
        try OpenSSLTool.withDirectory { parent in
            let mesh = try TestMesh()
            let directory = IdentityDirectory(parent.path)
            try parent.write([1, 2, 3], as: "issuer.pem")
            let error = IdentityError(directory.issuerCertificate, "exists; --force replaces it")
            #expect(throws: error) { try directory.write(anchor: mesh.anchor, issuer: mesh.issuer, replaces: false) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["issuer.pem"])
            try directory.write(anchor: mesh.anchor, issuer: mesh.issuer, replaces: true)
            #expect(try directory.issuer().certificate == mesh.issuer.certificate)
        }
    }

    @Test func `a file that appears meanwhile is kept`() throws {
        try OpenSSLTool.withDirectory { parent in
            let path = try parent.write([1], as: "a.pem")
            #expect(throws: IdentityError(path, "exists; --force replaces it")) {
                try StoredFile.write(.certificates, [2], to: path, replaces: false)
            }
            #expect(try StoredFile.read(.certificates, from: path) == [1])
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["a.pem"])
        }
    }

    @Test func `what cannot be written is said, and leaves nothing behind`() throws {
        try OpenSSLTool.withDirectory { parent in
            let path = parent.appendingPathComponent("missing/a.pem").path
            #expect(throws: IdentityError(path, "cannot be written: No such file or directory")) {
                try StoredFile.write(.certificates, [2], to: path, replaces: true)
            }
            let directory = parent.appendingPathComponent("d")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
            #expect(throws: IdentityError(directory.path, "cannot be written: Is a directory")) {
                try StoredFile.write(.certificates, [2], to: directory.path, replaces: true)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: parent.path) == ["d"])
        }
    }
}
