import COpenSSL
import Foundation
import Testing

@testable import TLS

/// Clients that come back with what they should not have, or at a server that is not the one they came from. None of them
/// resumes, and none is treated better or worse than one that comes for the first time.
struct HostileTicketTests {
    let mesh: TestMesh
    let web: IssuedIdentity

    init() throws {
        mesh = try TestMesh()
        web = try mesh.issue("web")
    }

    private struct Visit {
        let server: Endpoint
        let client: RawClient
        let result: HandshakeResult
        let socket: Int32
    }

    private func visit(
        _ context: TLSContext, showing identity: IssuedIdentity?, resuming ticket: RawTicket? = nil
    ) throws -> Visit {
        let sockets = try socketPair()
        let server = Endpoint(context, socket: sockets.0)
        let client = try RawClient(socket: sockets.1, showing: identity, resuming: ticket)
        var result = HandshakeResult.wantsRead
        for _ in 0..<4 {
            client.handshake()
            result = server.session.handshake()
        }
        return Visit(server: server, client: client, result: result, socket: sockets.1)
    }

    /// - Returns: whether the session was resumed; the client must have been taken for `web` either way.
    private func resumes(_ context: TLSContext, _ ticket: RawTicket) throws -> Bool {
        let visit = try visit(context, showing: web, resuming: ticket)
        defer { close(visit.socket) }
        #expect(visit.result == .done)
        #expect(try visit.server.peer?.id == mesh.identity("web").id)
        #expect(visit.client.isResumed == visit.server.isResumed)
        return visit.server.isResumed
    }

    private func ticket(of context: TLSContext, showing identity: IssuedIdentity?) throws -> RawTicket {
        let visit = try visit(context, showing: identity)
        defer { close(visit.socket) }
        try #require(visit.result == .done)
        return try visit.client.ticket()
    }

    private func server(_ settings: TLSSettings = .resuming) throws -> TLSContext {
        try mesh.context(.server, "cart", settings: settings)
    }

    @Test func `a ticket lives as long as it is good, and allows no early data`() throws {
        let server = try server()
        let ticket = try ticket(of: server, showing: web)
        #expect((3590...3600).contains(ticket.lifetimeSeconds))
        #expect(ticket.earlyDataBytesMax == 0)
        let brief = try self.ticket(of: server, showing: mesh.issue("web", lifetimeSeconds: 600))
        #expect((500...600).contains(brief.lifetimeSeconds))
        #expect(try resumes(server, ticket))
    }

    @Test func `a ticket that was changed anywhere is worth nothing`() throws {
        let server = try server()
        let ticket = try ticket(of: server, showing: web)
        // A number, and nothing of the session.
        #expect(ticket.byteCount == 32)
        for position in [0, 1, 15, 16, 31] {
            ticket.spoil(position)
            #expect(try !resumes(server, ticket), "byte \(position)")
            ticket.spoil(position)
            #expect(try resumes(server, ticket))
        }
    }

    @Test func `a client that lies about the age of its ticket does not make it younger`() async throws {
        var settings = TLSSettings.resuming
        settings.resumptionSeconds = 1
        let server = try server(settings)
        let ticket = try ticket(of: server, showing: web)
        try await until(WallTime.now().advanced(bySeconds: 1))
        ticket.becomeYoung()
        #expect(try !resumes(server, ticket))
    }

    @Test func `a client that lies about the age of its ticket cannot outlive its certificate`() async throws {
        let server = try server()
        let leaf = try mesh.issue("web", lifetimeSeconds: 4)
        let ticket = try ticket(of: server, showing: leaf)
        try await until(leaf.chain[0].notAfter)
        ticket.becomeYoung()
        let visit = try visit(server, showing: leaf, resuming: ticket)
        defer { close(visit.socket) }
        #expect(visit.result == .failed(.refused(.expired)))
        #expect(!visit.server.isResumed && visit.server.peer == nil)
    }

    @Test func `who showed no certificate is not known by its ticket, and not let in by it`() throws {
        var lenient = TLSSettings.resuming
        lenient.clientCertificates = .optional
        let (lax, strict) = (try server(lenient), try server())
        let first = try visit(lax, showing: nil)
        defer { close(first.socket) }
        #expect(first.result == .done)
        let nobody = try first.client.ticket()
        #expect(nobody.lifetimeSeconds == 0)
        #expect(lax.sessionCount == 0)
        try add(first, to: lax)
        try add(first, to: strict)
        for (context, expected) in [(lax, HandshakeResult.done), (strict, .failed(.refused(.noCertificate)))] {
            #expect(context.sessionCount == 1)
            nobody.becomeYoung()
            let visit = try visit(context, showing: nil, resuming: nobody)
            defer { close(visit.socket) }
            #expect(visit.result == expected)
            #expect(!visit.server.isResumed && visit.server.peer == nil)
        }
    }

    @Test func `a session is of no use at a server that asks for more, trusts others, or is another`() throws {
        let server = try server()
        let identity = try #require(server.identity)
        let first = try visit(server, showing: web)
        defer { close(first.socket) }
        let ticket = try first.client.ticket()
        // CVE-2022-21654, CVE-2025-23419: sessions that went on under another policy, where servers shared them.
        func resumes(_ identity: IdentitySnapshot, _ settings: TLSSettings = .resuming) throws -> Bool {
            let twin = try TLSContext(.server, identity: identity, settings: settings)
            #expect(try !self.resumes(twin, ticket))
            try add(first, to: twin)
            return try self.resumes(twin, ticket)
        }
        #expect(try resumes(identity))
        var lenient = TLSSettings.resuming
        lenient.clientCertificates = .optional
        #expect(try !resumes(identity, lenient))
        #expect(try !resumes(identity, .resuming(protocols: ["h2"])))
        #expect(try !resumes(mesh.snapshot(mesh.issue("cart"))))
        let bundle = try TrustBundle(
            [mesh.anchor.certificate, TestMesh().anchor.certificate], defaultDomain: mesh.trustDomain)
        let trusting = try IdentitySnapshot(
            key: identity.key, chain: identity.chain, bundle: bundle, generation: 1, at: .now())
        #expect(try !resumes(trusting))
    }

    @Test func `a session without what it was verified as ends the connection, whoever put it there`() throws {
        let server = try server()
        let first = try visit(server, showing: web)
        defer { close(first.socket) }
        let ticket = try first.client.ticket()
        server.forgetSessions()
        #expect(try !resumes(server, ticket))
        server.forgetSessions()
        for data in [[], Array("spiffe://mesh.test/ns/shop/sa/admin".utf8), try forged()] {
            server.forgetSessions()
            try add(first, to: server, saying: data)
            let visit = try visit(server, showing: web, resuming: ticket)
            defer { close(visit.socket) }
            #expect(visit.result == .failed(.internal))
            #expect(visit.server.peer == nil)
        }
    }

    /// Says of `web` that it is the administrator.
    private func forged() throws -> [UInt8] {
        let identity = PeerIdentity(
            id: try mesh.identity("admin").id, notAfter: WallTime.now().advanced(bySeconds: day))
        return VerifiedPeer(identity: identity, proved: .now()).sessionData
    }

    @Test func `a server forgets what it is told to forget, and keeps no more than its limit`() throws {
        let server = try server()
        let ticket = try ticket(of: server, showing: web)
        for _ in 0..<Limits.sessionsMax + 10 { #expect(try resumes(server, ticket) || server.sessionCount > 1000) }
        #expect((Limits.sessionsMax - 1...Limits.sessionsMax).contains(server.sessionCount))
        server.forgetSessions()
        #expect(server.sessionCount == 0)
        #expect(try !resumes(server, ticket))
    }

    /// Puts the session that `visit` began into the cache of another server, as no code of ours does.
    private func add(_ visit: Visit, to context: TLSContext, saying data: [UInt8]? = nil) throws {
        let session = try unsafe RawTicket(copying: #require(unsafe SSL_get_session(visit.server.session.session)))
        unsafe SSL_SESSION_set_timeout(session.pointer, 3600)
        if let data { unsafe SSL_SESSION_set1_ticket_appdata(session.pointer, data, data.count) }
        #expect(unsafe SSL_CTX_add_session(context.pointer, session.pointer) == 1)
    }
}

/// Waits until the clock, which certificates are valid by, has reached `moment`.
func until(_ moment: WallTime) async throws {
    try #require(WallTime.now().seconds(until: moment) < 10)
    while WallTime.now() < moment { try await Task.sleep(for: .milliseconds(20)) }
}
