import Foundation
import TLS
import Testing

struct IdentityStoreTests {
    @Test func `the files become a snapshot, and a new one only when they change`() throws {
        try OpenSSLTool.withDirectory { directory in
            let now = WallTime.now()
            let mesh = try TestMesh()
            let stored = try StoredIdentity(in: directory, mesh.issue("cart"), anchors: [mesh.anchor.certificate])
            var store = try IdentityStore(stored.files, at: now)
            let first = store.current
            #expect(try first.id == mesh.identity("cart").id)
            #expect(first.generation == 1)
            #expect(first.chain.count == 2)
            #expect(try store.reload(at: now) == false)
            #expect(store.current.generation == 1)

            try stored.put(mesh.issue("cart"))
            #expect(try store.reload(at: now))
            #expect(store.current.generation == 2)
            #expect(store.current.chain[0].serialNumber != first.chain[0].serialNumber)
            #expect(first.generation == 1)
        }
    }

    @Test func `the time until expiry is that of the first certificate to expire`() throws {
        try OpenSSLTool.withDirectory { directory in
            let start = WallTime(secondsSinceEpoch: 1_800_000_000)
            let mesh = try TestMesh(at: start)
            let issued = try mesh.issue("cart", at: start)
            let stored = try StoredIdentity(in: directory, issued, anchors: [mesh.anchor.certificate])
            let snapshot = try IdentityStore(stored.files, at: start).current
            #expect(snapshot.notAfter == start.advanced(bySeconds: day))
            #expect(snapshot.secondsUntilExpiry(at: start) == day)
            #expect(snapshot.secondsUntilExpiry(at: start.advanced(bySeconds: day + 1)) == -1)
        }
    }

    @Test func `key and chain may be one file`() throws {
        try OpenSSLTool.withDirectory { directory in
            let mesh = try TestMesh()
            let issued = try mesh.issue("cart")
            let stored = try StoredIdentity(in: directory, issued, anchors: [mesh.anchor.certificate])
            try stored.put(key: issued.key.pem + issued.chain.pem)
            var files = stored.files
            files.chain = files.key
            #expect(try IdentityStore(files, at: .now()).current.chain == issued.chain)
        }
    }

    /// Good files, and what made them.
    struct Scene {
        var stored: StoredIdentity
        var mesh: TestMesh
        var issued: IssuedIdentity
    }

    enum File: Sendable { case key, chain, bundle }

    /// What is done to good files, which file the error names, and how the error goes on.
    struct Spoiled: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var file: File
        var problem: String
        var refusal: PeerRefusal?
        var spoil: @Sendable (Scene) throws -> Void

        init(
            _ description: String, _ file: File, _ problem: String, _ refusal: PeerRefusal? = nil,
            spoil: @escaping @Sendable (Scene) throws -> Void
        ) {
            testDescription = description
            self.file = file
            self.problem = problem
            self.refusal = refusal
            self.spoil = spoil
        }
    }

    static func pemBlock(_ content: String) -> [UInt8] {
        Array("-----BEGIN CERTIFICATE-----\n\(content)\n-----END CERTIFICATE-----\n".utf8)
    }

    static let unreadable: [Spoiled] = [
        Spoiled("truncated chain", .chain, "certificate 1 is unreadable: ") {
            try $0.stored.put(chain: Array($0.issued.chain.pem.prefix(300)))
        },
        Spoiled("truncated second certificate", .chain, "certificate 2 is unreadable: ") {
            try $0.stored.put(chain: $0.issued.chain[0].pem + $0.issued.chain[1].pem.prefix(300))
        },
        Spoiled("no base64", .chain, "certificate 1 is unreadable: ") { try $0.stored.put(chain: pemBlock("!!!!")) },
        Spoiled("no DER", .chain, "certificate 1 is unreadable: ") { try $0.stored.put(chain: pemBlock("AAAA")) },
        Spoiled("empty chain", .chain, "has no PEM block with a certificate") { try $0.stored.put(chain: []) },
        Spoiled("too many certificates", .chain, "has more than 128 PEM blocks") {
            let pem = $0.issued.chain[0].pem
            try $0.stored.put(chain: (0..<129).flatMap { _ in pem })
        },
        Spoiled("a file of zeros", .chain, "is larger than 1048576 bytes") {
            try $0.stored.put(chain: [UInt8](repeating: 0, count: (1 << 20) + 1))
        },
        Spoiled("missing chain", .chain, "cannot be read: No such file") {
            try FileManager.default.removeItem(atPath: $0.stored.files.chain)
        },
        Spoiled("directory", .bundle, "is not a file") {
            try FileManager.default.removeItem(atPath: $0.stored.files.bundle)
            try FileManager.default.createDirectory(
                atPath: $0.stored.files.bundle, withIntermediateDirectories: false)
        },
        Spoiled("empty bundle", .bundle, "has no PEM block with a certificate") { try $0.stored.put(anchors: []) },
        Spoiled("leaf in the bundle", .bundle, "certificate 2 is not that of a certificate authority") {
            try $0.stored.put(anchors: [$0.mesh.anchor.certificate, $0.issued.chain[0]])
        },
    ]

    static let wrongKey: [Spoiled] = [
        Spoiled("key of another leaf", .key, "is not the private key of the first certificate of ") {
            try $0.stored.put(key: $0.mesh.issue("cart").key.pem)
        },
        Spoiled("truncated key", .key, "private key 1 is unreadable: ") {
            try $0.stored.put(key: Array($0.issued.key.pem.prefix(100)))
        },
        Spoiled("certificate for a key", .key, "has no PEM block with a private key") {
            try $0.stored.put(key: $0.issued.chain.pem)
        },
        Spoiled("encrypted key", .key, "has an encrypted private key; store it without a passphrase") {
            let options = ["pkcs8", "-topk8", "-v2", "aes-128-cbc", "-passout", "pass:secret"]
            try $0.stored.put(key: OpenSSLTool.outputBytes(options, input: $0.issued.key.pem))
        },
        Spoiled("RSA key", .key, "has a key of RSA with 2048 bits, allowed are ECDSA P-256 and P-384") {
            let options = ["genpkey", "-quiet", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"]
            try $0.stored.put(key: OpenSSLTool.outputBytes(options))
        },
        Spoiled("key for everyone", .key, "has mode 0644, a secret may have 0640 at most; run: chmod 0600 ") {
            #expect(unsafe chmod($0.stored.files.key, 0o644) == 0)
        },
        Spoiled("key that its group may write", .key, "has mode 0660, a secret may have 0640 at most") {
            #expect(unsafe chmod($0.stored.files.key, 0o660) == 0)
        },
    ]

    static let refused: [Spoiled] = [
        Spoiled("chain without issuer", .chain, "peers that trust ", .unknownIssuer) {
            try $0.stored.put(chain: $0.issued.chain[0].pem)
        },
        Spoiled("issuer for a leaf", .chain, "peers refuse this identity: ", .malformedSPIFFEID) {
            try $0.stored.put(chain: $0.mesh.issuer.certificate.pem)
            try $0.stored.put(key: $0.mesh.issuer.key.pem)
        },
        Spoiled("bundle of another domain", .chain, "peers that trust ", .otherTrustDomain) {
            try $0.stored.put(anchors: [TestMesh("other.test").anchor.certificate])
        },
        Spoiled("expired leaf", .chain, "peers that trust ", .expired) {
            try $0.stored.put($0.mesh.issue("cart", at: WallTime.now().advanced(bySeconds: -2 * day)))
        },
        Spoiled("leaf of tomorrow", .chain, "peers that trust ", .notYetValid) {
            try $0.stored.put($0.mesh.issue("cart", at: WallTime.now().advanced(bySeconds: day)))
        },
    ]

    @Test(arguments: unreadable + wrongKey + refused)
    func `a bad set changes nothing, and the error names the file and what is wrong`(spoiled: Spoiled) throws {
        try OpenSSLTool.withDirectory { directory in
            let mesh = try TestMesh()
            let issued = try mesh.issue("cart")
            let stored = try StoredIdentity(in: directory, issued, anchors: [mesh.anchor.certificate])
            var store = try IdentityStore(stored.files, at: .now())
            try spoiled.spoil(Scene(stored: stored, mesh: mesh, issued: issued))
            do {
                _ = try store.reload(at: .now())
                Issue.record("took \(spoiled.testDescription)")
            } catch let error as IdentityError {
                #expect(error.file == stored.path(of: spoiled.file))
                #expect(error.problem.hasPrefix(spoiled.problem), "\(error)")
                #expect(error.refusal == spoiled.refusal)
                #expect(!error.description.contains("\n"))
            }
            #expect(store.current.generation == 1)
            #expect(store.current.chain == issued.chain)
            #expect(throws: IdentityError.self) { try IdentityStore(stored.files, at: .now()) }
        }
    }

    @Test func `a group may read a key`() throws {
        try OpenSSLTool.withDirectory { directory in
            let mesh = try TestMesh()
            let stored = try StoredIdentity(in: directory, mesh.issue("cart"), anchors: [mesh.anchor.certificate])
            #expect(unsafe chmod(stored.files.key, 0o440) == 0)
            #expect(try IdentityStore(stored.files, at: .now()).current.id == mesh.identity("cart").id)
        }
    }
}

extension StoredIdentity {
    fileprivate func path(of file: IdentityStoreTests.File) -> String {
        switch file {
        case .key: files.key
        case .chain: files.chain
        case .bundle: files.bundle
        }
    }
}
