import Foundation
import TLS
import Testing

struct RotationTests {
    /// A connection that must still work.
    private func expectAlive(_ pair: SessionPair) {
        #expect(pair.client.write("still") == .bytes(5))
        #expect(pair.server.readAll() == (Array("still".utf8), .wouldBlockOnRead))
        #expect(pair.server.write("here") == .bytes(4))
        #expect(pair.client.readAll() == (Array("here".utf8), .wouldBlockOnRead))
    }

    private func connect(_ client: IdentityStore, _ server: IdentityStore) throws -> SessionPair {
        try SessionPair.connected(
            client: TLSContext(.client, identity: client.current), server: TLSContext(.server, identity: server.current)
        )
    }

    @Test func `leaf, issuer and anchor rotate one after the other while an old connection lives on`() throws {
        try OpenSSLTool.withDirectory { directory in
            let now = WallTime.now()
            var mesh = try TestMesh()
            let oldAnchor = mesh.anchor.certificate
            let (left, right) = (directory.appendingPathComponent("l"), directory.appendingPathComponent("r"))
            for side in [left, right] {
                try FileManager.default.createDirectory(at: side, withIntermediateDirectories: false)
            }
            let clientFiles = try StoredIdentity(in: left, mesh.issue("web"), anchors: [oldAnchor])
            let serverFiles = try StoredIdentity(in: right, mesh.issue("cart"), anchors: [oldAnchor])
            var client = try IdentityStore(clientFiles.files, at: now)
            var server = try IdentityStore(serverFiles.files, at: now)
            let old = try connect(client, server)
            expectAlive(old)

            // A new leaf on one side.
            try serverFiles.put(mesh.issue("cart"))
            #expect(try server.reload(at: now))
            expectAlive(try connect(client, server))

            // A new issuer, on one side, then on the other.
            mesh.issuer = mesh.anchor.makeIssuer(at: now)
            try serverFiles.put(mesh.issue("cart"))
            #expect(try server.reload(at: now))
            expectAlive(try connect(client, server))
            try clientFiles.put(mesh.issue("web"))
            #expect(try client.reload(at: now))
            expectAlive(try connect(client, server))

            // A new anchor is trusted beside the old one, one side after the other.
            mesh.anchor = CertificateAuthority.makeAnchor(trustDomain: mesh.trustDomain, at: now)
            mesh.issuer = mesh.anchor.makeIssuer(at: now)
            let newAnchor = mesh.anchor.certificate
            for (files, order) in [(clientFiles, [oldAnchor, newAnchor]), (serverFiles, [newAnchor, oldAnchor])] {
                try files.put(anchors: order)
                _ = try client.reload(at: now)
                _ = try server.reload(at: now)
                expectAlive(try connect(client, server))
            }

            // Then the identities change, one side after the other.
            try serverFiles.put(mesh.issue("cart"))
            #expect(try server.reload(at: now))
            expectAlive(try connect(client, server))
            try clientFiles.put(mesh.issue("web"))
            #expect(try client.reload(at: now))
            expectAlive(try connect(client, server))

            // Then the old anchor goes.
            for files in [clientFiles, serverFiles] {
                try files.put(anchors: [newAnchor])
                _ = try client.reload(at: now)
                _ = try server.reload(at: now)
                expectAlive(try connect(client, server))
            }
            #expect(client.current.generation == 5)
            #expect(server.current.generation == 6)
            expectAlive(old)
        }
    }

    @Test func `whoever still shows a certificate of the old anchor is refused once that is gone`() throws {
        let mesh = try TestMesh()
        let next = try TestMesh()
        let issued = try next.issue("cart")
        let bundle = try TrustBundle([next.anchor.certificate], defaultDomain: next.trustDomain)
        let rotated = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: 2, at: .now())
        let pair = try SessionPair(client: mesh.context(.client, "web"), server: TLSContext(.server, identity: rotated))
        #expect(pair.handshake().client == .failed(.refused(.unknownIssuer)))
    }

    @Test func `the old anchor cannot be dropped while one's own certificate hangs on it`() throws {
        try OpenSSLTool.withDirectory { directory in
            let mesh = try TestMesh()
            let stored = try StoredIdentity(in: directory, mesh.issue("cart"), anchors: [mesh.anchor.certificate])
            var store = try IdentityStore(stored.files, at: .now())
            try stored.put(anchors: [TestMesh().anchor.certificate])
            #expect(throws: IdentityError.self) { try store.reload(at: .now()) }
            #expect(store.current.generation == 1)
        }
    }

    @Test func `a rotation at every handshake loses none`() throws {
        let mesh = try TestMesh()
        for round in 0..<30 {
            let pair = try SessionPair.connected(
                client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"))
            #expect(pair.client.write("\(round)") == .bytes("\(round)".utf8.count))
            #expect(pair.server.readAll().bytes == Array("\(round)".utf8))
        }
    }
}
