import Foundation
import TLS
import Testing

/// Coming back with a ticket: who is known again, and what makes the handshake a full one.
struct ResumptionTests {
    let mesh: TestMesh

    init() throws { mesh = try TestMesh() }

    /// A client that remembers, and the server that it calls.
    private struct Ends {
        var client: TLSContext
        var server: TLSContext
        var expected: SPIFFEID
        let place = ResumableSessions()

        func pair(serverExpects: SPIFFEID? = nil, serverName: String? = nil) throws -> SessionPair {
            try SessionPair(
                client: client, server: server, clientExpects: expected, serverExpects: serverExpects,
                serverName: serverName, resuming: place)
        }

        /// Connects, and takes the ticket in.
        func connect(serverExpects: SPIFFEID? = nil, serverName: String? = nil) throws -> SessionPair {
            let pair = try pair(serverExpects: serverExpects, serverName: serverName)
            let results = pair.handshake()
            try #require(results.client == .done && results.server == .done, "\(results)")
            try #require(pair.client.readAll().end == .wouldBlockOnRead)
            try #require(pair.client.isResumed == pair.server.isResumed)
            return pair
        }

        /// Whether the next connection resumes; either way both know each other afterwards.
        func resumes(serverExpects: SPIFFEID? = nil, serverName: String? = nil) throws -> Bool {
            let pair = try connect(serverExpects: serverExpects, serverName: serverName)
            #expect(pair.client.peer?.id == expected)
            #expect(pair.server.peer?.id == client.identity?.id)
            return pair.client.isResumed
        }
    }

    private func context(
        _ role: TLSContext.Role, _ name: String, settings: TLSSettings = .resuming, lifetimeSeconds: Int64 = day
    ) throws -> TLSContext {
        try TLSContext(
            role, identity: mesh.snapshot(mesh.issue(name, lifetimeSeconds: lifetimeSeconds)), settings: settings)
    }

    private func ends(settings: TLSSettings = .resuming) throws -> Ends {
        Ends(
            client: try context(.client, "web", settings: settings),
            server: try context(.server, "cart", settings: settings), expected: try mesh.identity("cart").id)
    }

    @Test func `whoever comes back is known as the one that was verified, as often as it comes`() throws {
        let ends = try ends(settings: .resuming(protocols: ["h2", "http/1.1"]))
        let name = try mesh.identity("cart").dnsName
        let first = try ends.connect(serverName: name)
        #expect(!first.client.isResumed)
        for _ in 0..<3 {
            let again = try ends.connect(serverName: name)
            #expect(again.client.isResumed && again.server.isResumed)
            #expect(again.client.peer == first.client.peer)
            #expect(again.server.peer == first.server.peer)
            #expect(again.client.version == "TLSv1.3")
            #expect(again.client.applicationProtocol == "h2")
            #expect(again.server.applicationProtocol == "h2")
            #expect(again.server.serverName == name)
            #expect(again.client.write("who?") == .bytes(4))
            #expect(again.server.readAll().bytes == Array("who?".utf8))
            #expect(again.server.write("you") == .bytes(3))
            #expect(again.client.readAll().bytes == Array("you".utf8))
        }
    }

    @Test func `nothing is resumed where it is not allowed on both sides, or with TLS 1.2`() throws {
        var old = TLSSettings.resuming
        old.minimumVersion = .tls12
        for (client, server) in [
            (TLSSettings(), .resuming), (.resuming, TLSSettings()), (old, .resuming), (.resuming, old),
        ] {
            var ends = try ends()
            ends.client = try context(.client, "web", settings: client)
            ends.server = try context(.server, "cart", settings: server)
            #expect(try !ends.resumes())
            #expect(ends.place.isEmpty)
            #expect(try !ends.resumes())
        }
    }

    @Test func `a session is good for one connection`() throws {
        let ends = try ends()
        _ = try ends.connect()
        let pairs = try [ends.pair(), ends.pair()]
        for pair in pairs { #expect(pair.handshake() == (.done, .done)) }
        #expect(pairs.map(\.client.isResumed) == [true, false])
    }

    @Test func `connections that begin at once leave a session each for the next ones, up to a limit`() throws {
        let ends = try ends()
        for expected in [0, Limits.resumableSessionsMax] {
            let pairs = try (0..<Limits.resumableSessionsMax + 2).map { _ in try ends.pair() }
            for pair in pairs {
                #expect(pair.handshake() == (.done, .done))
                #expect(pair.client.readAll().end == .wouldBlockOnRead)
            }
            #expect(pairs.count { $0.client.isResumed } == expected)
        }
    }

    // MARK: After a rotation

    @Test func `a server with a new leaf, or another context of the same, asks for the certificate again`() throws {
        var ends = try ends()
        _ = try ends.connect()
        ends.server = try TLSContext(.server, identity: #require(ends.server.identity), settings: .resuming)
        #expect(try !ends.resumes())
        #expect(try ends.resumes())
        ends.server = try context(.server, "cart")
        #expect(try !ends.resumes())
        #expect(try ends.resumes())
    }

    @Test func `a client with a new leaf shows it, and offers nothing of the old one`() throws {
        var ends = try ends()
        _ = try ends.connect()
        #expect(!ends.place.isEmpty)
        ends.client = try context(.client, "web")
        // The context before is gone, and nothing can resume what it kept.
        ends.place.sweep()
        #expect(ends.place.isEmpty)
        #expect(try !ends.resumes())
        #expect(try ends.resumes())
    }

    @Test func `a trust anchor that comes or goes ends the sessions that were before it`() throws {
        let next = try TestMesh()
        var ends = try ends()
        _ = try ends.connect()
        let identity = try #require(ends.server.identity)
        func trusting(_ anchors: [Certificate]) throws -> TLSContext {
            let issued = try mesh.issue("cart")
            let bundle = try TrustBundle(anchors, defaultDomain: mesh.trustDomain)
            let snapshot = try IdentitySnapshot(
                key: issued.key, chain: issued.chain, bundle: bundle, generation: identity.generation, at: .now())
            return try TLSContext(.server, identity: snapshot, settings: .resuming)
        }
        ends.server = try trusting([mesh.anchor.certificate, next.anchor.certificate])
        #expect(try !ends.resumes())
        #expect(try ends.resumes())
        ends.server = try trusting([mesh.anchor.certificate])
        #expect(try !ends.resumes())
        #expect(try ends.resumes())
    }

    @Test func `a client whose anchor is gone is refused, though its ticket is not an hour old`() throws {
        let next = try TestMesh()
        var ends = try ends()
        _ = try ends.connect()
        let issued = try next.issue("cart")
        // The client trusts both; the server has turned its back on the client's anchor.
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: next.bundle, generation: 2, at: .now())
        ends.server = try TLSContext(.server, identity: snapshot, settings: .resuming)
        let pair = try ends.pair()
        #expect(pair.handshake().client == .failed(.refused(.unknownIssuer)))
        #expect(!pair.server.isResumed)
        #expect(pair.server.peer == nil)
    }

    // MARK: Whom either side expects

    @Test func `a session with one workload is not offered to another, nor under another name`() throws {
        var ends = try ends()
        _ = try ends.connect(serverName: "cart.test")
        #expect(try !ends.resumes(serverName: "other.test"))
        #expect(try ends.resumes(serverName: "other.test"))
        ends.expected = try mesh.identity("payment").id
        let pair = try ends.pair(serverName: "other.test")
        #expect(pair.handshake().client == .failed(.refused(.otherWorkload)))
        #expect(!pair.client.isResumed)
    }

    @Test func `a client that expects nobody in particular resumes nothing`() throws {
        let ends = try ends()
        _ = try ends.connect()
        let pair = try SessionPair(client: ends.client, server: ends.server, resuming: ends.place)
        #expect(pair.handshake() == (.done, .done))
        #expect(!pair.client.isResumed)
    }

    @Test func `a server that expects another client now verifies and refuses the one that comes back`() throws {
        let ends = try ends()
        _ = try ends.connect()
        #expect(try !ends.resumes(serverExpects: mesh.identity("web").id))
        #expect(try ends.resumes(serverExpects: mesh.identity("web").id))
        let pair = try ends.pair(serverExpects: mesh.identity("admin").id)
        #expect(pair.handshake().server == .failed(.refused(.otherWorkload)))
        #expect(!pair.server.isResumed)
        #expect(pair.server.peer == nil)
    }

    // MARK: Time

    @Test func `a session ends with the first certificate of its chain, and then the chain is refused as ever`()
        async throws
    {
        var ends = try ends()
        ends.client = try context(.client, "web", lifetimeSeconds: 4)
        _ = try ends.connect()
        try await until(#require(ends.client.identity?.notAfter))
        let pair = try ends.pair()
        #expect(pair.handshake().server == .failed(.refused(.expired)))
        #expect(!pair.server.isResumed)
    }

    @Test func `a client forgets a server whose certificate has expired`() async throws {
        var ends = try ends()
        ends.server = try context(.server, "cart", lifetimeSeconds: 4)
        _ = try ends.connect()
        #expect(!ends.place.isEmpty)
        try await until(#require(ends.server.identity?.notAfter))
        ends.place.sweep()
        #expect(ends.place.isEmpty)
        let pair = try ends.pair()
        #expect(pair.handshake().client == .failed(.refused(.expired)))
    }

    @Test(arguments: [TLSContext.Role.client, .server])
    func `resuming does not put off the next full handshake`(limited: TLSContext.Role) async throws {
        var settings = TLSSettings.resuming
        settings.resumptionSeconds = 2
        var ends = try ends()
        ends.client = try context(.client, "web", settings: limited == .client ? settings : .resuming)
        ends.server = try context(.server, "cart", settings: limited == .server ? settings : .resuming)
        let begun = WallTime.now()
        _ = try ends.connect()
        let latest = WallTime.now().advanced(bySeconds: 3)
        // Each of them brings a new ticket, which is no better than the one before.
        while try ends.resumes() {
            try #require(WallTime.now() < latest)
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(begun.seconds(until: .now()) >= 2)
    }

    // MARK: The wire

    @Test func `a client that is gone before it has its ticket is heard all the same`() throws {
        let ends = try ends()
        let sockets = try socketPair()
        let server = Endpoint(ends.server, socket: sockets.1)
        do {
            let client = Endpoint(ends.client, socket: sockets.0, expecting: ends.expected, resuming: ends.place)
            #expect(client.session.handshake() == .wantsRead)
            #expect(server.session.handshake() == .wantsRead)
            #expect(client.session.handshake() == .done)
            #expect(client.write("farewell") == .bytes(8))
            #expect(client.session.shutdown() == .sent)
        }
        #expect(server.session.handshake() == .done)
        #expect(server.readAll() == (Array("farewell".utf8), .end))
    }

    @Test func `many threads resume over one pair of contexts`() async throws {
        let client = try context(.client, "web")
        let server = try context(.server, "cart")
        let expected = try mesh.identity("cart").id
        let resumed = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let ends = Ends(client: client, server: server, expected: expected)
                    return try (0..<10).count { _ in try ends.resumes() }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(resumed == 8 * 9)
    }
}

extension TLSSettings {
    static let resuming = resuming(protocols: [])

    static func resuming(protocols: [String]) -> TLSSettings {
        var settings = TLSSettings(protocols: protocols)
        settings.resumptionSeconds = 3600
        return settings
    }
}
