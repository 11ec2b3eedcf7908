import Testing

@testable import TLS

/// What a session says of a peer, and for how long that holds.
struct VerifiedPeerTests {
    private static let hour: Int64 = 3600

    private func peer(provedAt proved: Int64 = 1_000_000, until end: Int64 = 1_000_000 + day) throws -> VerifiedPeer {
        VerifiedPeer(
            identity: PeerIdentity(
                id: try SPIFFEID("spiffe://mesh.test/ns/shop/sa/web"), notAfter: WallTime(secondsSinceEpoch: end)),
            proved: WallTime(secondsSinceEpoch: proved))
    }

    @Test(arguments: [
        (999_999, 0), (1_000_000, 3600), (1_000_001, 3599), (1_003_599, 1), (1_003_600, 0), (1_003_700, -100),
    ])
    func `a proof stands for its time and not a second longer, and not before it was made`(now: Int64, left: Int64)
        throws
    {
        let (peer, now) = (try peer(), WallTime(secondsSinceEpoch: now))
        #expect(peer.secondsToResume(within: Self.hour, at: now) == left)
        #expect(peer.canResume(expecting: nil, within: Self.hour, at: now) == (left > 0))
    }

    @Test(arguments: [(1_000_009, 1, nil), (1_000_010, 0, PeerRefusal.expired), (1_000_011, -1, .expired)])
    func `a proof ends with the chain`(now: Int64, left: Int64, refusal: PeerRefusal?) throws {
        let (peer, now) = (try peer(until: 1_000_010), WallTime(secondsSinceEpoch: now))
        #expect(peer.secondsToResume(within: Self.hour, at: now) == left)
        #expect(peer.refusal(expecting: nil, at: now) == refusal)
        #expect(peer.canResume(expecting: nil, within: Self.hour, at: now) == (refusal == nil))
    }

    @Test func `a proof is of one workload`() throws {
        let (peer, now) = (try peer(), WallTime(secondsSinceEpoch: 1_000_000))
        #expect(peer.canResume(expecting: peer.identity.id, within: Self.hour, at: now))
        let other = try SPIFFEID("spiffe://mesh.test/ns/shop/sa/web2")
        #expect(peer.refusal(expecting: other, at: now) == .otherWorkload)
        #expect(!peer.canResume(expecting: other, within: Self.hour, at: now))
        #expect(!peer.canResume(expecting: nil, within: 0, at: now))
    }

    @Test func `a session's data is read as it was written, and nothing else is read`() throws {
        let peer = try peer(provedAt: 0x0102_0304_0506_0708, until: -2)
        let data = peer.sessionData
        #expect(data[..<17] == [1, 255, 255, 255, 255, 255, 255, 255, 254, 1, 2, 3, 4, 5, 6, 7, 8])
        #expect(VerifiedPeer(sessionData: data) == peer)
        for count in 0...17 + "spiffe://".utf8.count {
            #expect(VerifiedPeer(sessionData: Array(data[..<count])) == nil)
        }
        #expect(VerifiedPeer(sessionData: [2] + data.dropFirst()) == nil)
        #expect(VerifiedPeer(sessionData: data + [0]) == nil)
    }

    @Test func `a scope is that of one identity, trust bundle and policy`() throws {
        let mesh = try TestMesh()
        let issued = try mesh.issue("cart")
        func scope(
            _ issued: IssuedIdentity, anchors: [Certificate], domain: String = "mesh.test",
            settings: TLSSettings = .resuming
        ) throws -> [UInt8] {
            let bundle = try TrustBundle(anchors, defaultDomain: TrustDomain(domain))
            let snapshot = try IdentitySnapshot(
                key: issued.key, chain: issued.chain, bundle: bundle, generation: 1, at: .now())
            return ResumptionScope(snapshot, bundle, settings).digest(expecting: nil)
        }
        var optional = TLSSettings.resuming
        optional.clientCertificates = .optional
        var brief = TLSSettings.resuming
        brief.resumptionSeconds = 60
        let (anchor, other) = (mesh.anchor.certificate, try TestMesh().anchor.certificate)
        let scopes = try [
            scope(issued, anchors: [anchor]), scope(mesh.issue("cart"), anchors: [anchor]),
            scope(issued, anchors: [anchor, other]), scope(issued, anchors: [other, anchor]),
            scope(issued, anchors: [anchor], domain: "other.test"),
            scope(issued, anchors: [anchor], settings: optional),
            scope(issued, anchors: [anchor], settings: brief),
            scope(issued, anchors: [anchor], settings: .resuming(protocols: ["ab", "c"])),
            scope(issued, anchors: [anchor], settings: .resuming(protocols: ["a", "bc"])),
        ]
        let own = try mesh.snapshot(issued)
        let expecting = try ["web", "cart"].map {
            try ResumptionScope(own, own.bundle, .resuming).digest(expecting: mesh.identity($0).id)
        }
        let all = scopes + expecting
        #expect(Set(all).count == all.count)
        #expect(all.allSatisfy { $0.count == 32 })
        #expect(try scope(issued, anchors: [anchor]) == scopes[0])
    }
}
