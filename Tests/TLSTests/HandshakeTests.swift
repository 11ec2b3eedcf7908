import Foundation
import TLS
import Testing

struct HandshakeTests {
    let mesh: TestMesh

    init() throws { mesh = try TestMesh() }

    @Test func `two workloads of one mesh know each other afterwards`() throws {
        let cart = try mesh.identity("cart")
        let pair = try SessionPair(
            client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"), clientExpects: cart.id,
            serverExpects: mesh.identity("web").id, serverName: cart.dnsName)
        #expect(pair.handshake() == (.done, .done))
        #expect(pair.client.peer?.id == cart.id)
        #expect(try pair.server.peer?.id == mesh.identity("web").id)
        #expect(pair.client.version == "TLSv1.3")
        #expect(pair.server.serverName == cart.dnsName)
        #expect(pair.client.applicationProtocol == nil)
        let notAfter = try #require(pair.client.peer?.notAfter)
        #expect((day - 60...day).contains(WallTime.now().seconds(until: notAfter)))
    }

    @Test func `a server of another name is refused before it gets any data`() throws {
        let pair = try SessionPair(
            client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"),
            clientExpects: mesh.identity("payment").id)
        let results = pair.handshake()
        #expect(results.client == .failed(.refused(.otherWorkload)))
        #expect(results.server == .failed(.alert(.badCertificate)))
        #expect(pair.client.peer == nil)
        #expect(pair.client.write("secret") == .failed(.refused(.otherWorkload)))
    }

    @Test func `a client of another name is refused, and learns it from its first read`() throws {
        let pair = try SessionPair(
            client: mesh.context(.client, "web"), server: mesh.context(.server, "cart"),
            serverExpects: mesh.identity("admin").id)
        let results = pair.handshake()
        #expect(results.server == .failed(.refused(.otherWorkload)))
        #expect(pair.client.readAll().end == .failed(.alert(.badCertificate)))
        #expect(pair.server.peer == nil)
    }

    struct Wrong: Sendable {
        var validFrom: Int64 = 0
        var trustDomain = "mesh.test"
        var refusal: PeerRefusal
        var alert: TLSAlert
    }

    static let wrongs = [
        Wrong(validFrom: -2 * day, refusal: .expired, alert: .certificateExpired),
        Wrong(validFrom: day, refusal: .notYetValid, alert: .badCertificate),
        Wrong(trustDomain: "other.test", refusal: .otherTrustDomain, alert: .unknownAuthority),
        Wrong(refusal: .unknownIssuer, alert: .unknownAuthority),
    ]

    /// A context whose own certificate is wrong for the peers, but which trusts them.
    private func context(_ role: TLSContext.Role, _ wrong: Wrong) throws -> TLSContext {
        let then = WallTime.now().advanced(bySeconds: wrong.validFrom)
        // The stranger's own anchor, unless it is only the time that is wrong.
        let stranger = wrong.validFrom == 0 ? try TestMesh(wrong.trustDomain) : mesh
        let issued = try stranger.issue("cart", at: then)
        let bundle = try TrustBundle(
            [stranger.anchor.certificate, mesh.anchor.certificate], defaultDomain: stranger.trustDomain)
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: 1, at: issued.chain[0].notBefore)
        return try TLSContext(role, identity: snapshot)
    }

    @Test(arguments: wrongs)
    func `a wrong server is refused with the reason`(wrong: Wrong) throws {
        let pair = try SessionPair(client: mesh.context(.client, "web"), server: context(.server, wrong))
        let results = pair.handshake()
        #expect(results.client == .failed(.refused(wrong.refusal)))
        #expect(results.server == .failed(.alert(wrong.alert)))
    }

    @Test(arguments: wrongs)
    func `a wrong client is refused with the reason`(wrong: Wrong) throws {
        let pair = try SessionPair(client: context(.client, wrong), server: mesh.context(.server, "cart"))
        #expect(pair.handshake().server == .failed(.refused(wrong.refusal)))
        #expect(pair.client.readAll().end == .failed(.alert(wrong.alert)))
    }

    @Test(arguments: [
        (["h2", "http/1.1"], ["http/1.1", "h2"], "h2"),
        (["h2", "http/1.1"], ["http/1.1"], "http/1.1"),
        (["a-longer-name/1", "h2"], ["x", "h2", "a-longer-name/1"], "a-longer-name/1"),
    ])
    func `the server's dearest protocol of the client's offer is spoken`(
        served: [String], offered: [String], spoken: String
    ) throws {
        let pair = try SessionPair.connected(
            client: mesh.context(.client, "web", settings: .init(protocols: offered)),
            server: mesh.context(.server, "cart", settings: .init(protocols: served)))
        #expect(pair.client.applicationProtocol == spoken)
        #expect(pair.server.applicationProtocol == spoken)
    }

    @Test func `an offer without a common protocol ends the handshake`() throws {
        let pair = try SessionPair(
            client: mesh.context(.client, "web", settings: .init(protocols: ["http/1.1", "h2c"])),
            server: mesh.context(.server, "cart", settings: .init(protocols: ["h2"])))
        let results = pair.handshake()
        #expect(results.client == .failed(.alert(.noApplicationProtocol)))
        #expect(results.server == .failed(.applicationProtocol))
    }

    @Test func `a peer without ALPN negotiates nothing`() throws {
        let pair = try SessionPair.connected(
            client: mesh.context(.client, "web"),
            server: mesh.context(.server, "cart", settings: .init(protocols: ["h2"])))
        #expect(pair.client.applicationProtocol == nil)
        #expect(pair.server.applicationProtocol == nil)
    }

    @Test(arguments: ["", String(repeating: "p", count: 256)])
    func `a protocol's name has 1 to 255 bytes`(name: String) {
        #expect(throws: TLSContextError.applicationProtocol(name)) {
            try mesh.context(.client, "web", settings: .init(protocols: [name]))
        }
    }

    @Test func `many threads handshake over one pair of contexts`() async throws {
        let client = try mesh.context(.client, "web")
        let server = try mesh.context(.server, "cart")
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    for round in 0..<10 {
                        let pair = try SessionPair.connected(client: client, server: server)
                        let text = "\(thread) \(round)"
                        guard case .bytes = pair.client.write(text) else { return 0 }
                        guard pair.server.readAll().bytes == Array(text.utf8) else { return 0 }
                    }
                    return 10
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(count == 80)
    }

    @Test func `an anchor may have an RSA key`() throws {
        let chain = try OpenSSLTool.withDirectory { directory in
            let root = directory.appendingPathComponent("root")
            let common = ["req", "-x509", "-nodes", "-batch", "-days", "1", "-newkey"]
            try OpenSSLTool.output(
                common + [
                    "rsa:2048", "-subj", "/CN=root", "-addext", "keyUsage=critical,keyCertSign", "-keyout",
                    "\(root.path).key", "-out", "\(root.path).pem",
                ])
            let leaf = SVIDRuleTests.Leaf()
            let made = try OpenSSLTool.output(
                common + leaf.key + leaf.extensions + [
                    "-subj", "/", "-CA", "\(root.path).pem", "-CAkey", "\(root.path).key", "-keyout",
                    "\(root.path).leaf",
                ])
            let pem = Array(made.utf8) + [UInt8](try Data(contentsOf: URL(filePath: "\(root.path).leaf")))
            return (pem: pem, anchor: try IdentityDirectory.certificates("\(root.path).pem"))
        }
        let snapshot = try IdentitySnapshot(
            key: PrivateKey(pem: chain.pem), chain: Certificate.all(inPEM: chain.pem),
            bundle: TrustBundle(chain.anchor, defaultDomain: mesh.trustDomain), generation: 1, at: .now())
        let pair = try SessionPair.connected(
            client: TLSContext(.client, identity: snapshot), server: TLSContext(.server, identity: snapshot))
        #expect(pair.client.peer?.id.description == SVIDRuleTests.cart)
    }

    @Test func `no handshake is a resumption unless the settings allow it`() throws {
        let client = try mesh.context(.client, "web")
        let server = try mesh.context(.server, "cart")
        for _ in 0..<3 {
            let pair = try SessionPair.connected(client: client, server: server)
            #expect(!pair.client.isResumed)
            #expect(!pair.server.isResumed)
        }
    }
}

extension TLSSettings {
    init(protocols: [String]) {
        self.init()
        applicationProtocols = protocols
    }
}
