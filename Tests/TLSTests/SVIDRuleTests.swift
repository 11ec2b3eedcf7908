import TLS
import Testing

/// Certificates that openssl makes for a test's authority, right but for one thing.
struct SVIDRuleTests {
    static let cart = "spiffe://mesh.test/ns/shop/sa/cart"

    struct Leaf: Sendable {
        var names = "critical,URI:\(SVIDRuleTests.cart)"
        var constraints = "critical,CA:FALSE"
        var usage: String? = "critical,digitalSignature"
        var purposes: String? = "serverAuth,clientAuth"
        var key = ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        var digest = "-sha256"
        var extra: [String] = []
        var refusal: PeerRefusal?

        var extensions: [String] {
            let lines = [
                "subjectAltName=\(names)", "basicConstraints=\(constraints)", usage.map { "keyUsage=\($0)" },
                purposes.map { "extendedKeyUsage=\($0)" },
            ]
            return (lines.compactMap(\.self) + extra).flatMap { ["-addext", $0] }
        }
    }

    static let leaves: [Leaf] = [
        Leaf(),
        Leaf(names: "critical,URI:\(cart),DNS:cart.test,IP:127.0.0.1,email:a@mesh.test"),
        Leaf(purposes: nil),
        Leaf(usage: "critical,digitalSignature,keyEncipherment"),
        Leaf(key: ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),

        Leaf(names: "critical,DNS:cart.test", refusal: .noSPIFFEID),
        Leaf(names: "critical,URI:\(cart),URI:spiffe://mesh.test/ns/shop/sa/payment", refusal: .severalURIs),
        Leaf(names: "critical,URI:\(cart),URI:\(cart)", refusal: .severalURIs),
        Leaf(names: "critical,URI:https://mesh.test/cart", refusal: .malformedSPIFFEID),
        Leaf(names: "critical,URI:spiffe://mesh.test", refusal: .malformedSPIFFEID),
        Leaf(names: "critical,URI:spiffe://mesh.test:443/ns/shop/sa/cart", refusal: .malformedSPIFFEID),
        Leaf(names: "critical,URI:spiffe://mesh.test.evil.test/ns/shop/sa/cart", refusal: .otherTrustDomain),
        Leaf(names: "critical,email:spiffe://mesh.test/ns/shop/sa/cart@x", refusal: .noSPIFFEID),
        Leaf(names: "critical,DNS:\(cart)", refusal: .noSPIFFEID),

        Leaf(constraints: "critical,CA:TRUE", refusal: .leafIsAuthority),
        Leaf(usage: nil, refusal: .keyUsage),
        Leaf(usage: "digitalSignature", refusal: .keyUsage),
        Leaf(usage: "critical,keyAgreement", refusal: .keyUsage),
        Leaf(usage: "critical,digitalSignature,cRLSign", refusal: .keyUsage),
        Leaf(purposes: "serverAuth", refusal: .extendedKeyUsage),
        Leaf(purposes: "clientAuth", refusal: .extendedKeyUsage),
        Leaf(purposes: "codeSigning", refusal: .extendedKeyUsage),
        Leaf(key: ["rsa:2048"], refusal: .keyAlgorithm),
        Leaf(key: ["rsa:1024"], refusal: .weakKey),
        Leaf(key: ["ed25519"], refusal: .keyAlgorithm),
        Leaf(key: ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"], refusal: .keyAlgorithm),
        Leaf(digest: "-sha1", refusal: .weakKey),
        Leaf(extra: ["1.2.3.4=critical,DER:05:00"], refusal: .malformedCertificate),
        Leaf(usage: "critical,digitalSignature,keyCertSign", refusal: .keyUsage),
    ]

    private func certificates(_ leaf: Leaf, by authority: CertificateAuthority) throws -> [Certificate] {
        try OpenSSLTool.withDirectory { directory in
            let certificate = try directory.write(authority.certificate.pem, as: "ca.pem")
            let key = try directory.write(authority.key.pem, as: "ca.key")
            let made = try OpenSSLTool.output(
                [
                    "req", "-x509", "-CA", certificate, "-CAkey", key, "-nodes", "-batch", "-days", "1", "-subj", "/",
                    leaf.digest, "-keyout", "/dev/null", "-newkey",
                ] + leaf.key + leaf.extensions)
            return try Certificate.all(inPEM: Array(made.utf8)) + authority.intermediates
        }
    }

    @Test(arguments: leaves)
    func `a certificate that breaks one rule is refused with its reason`(leaf: Leaf) throws {
        let mesh = try TestMesh()
        let chain = try certificates(leaf, by: mesh.issuer)
        let now = WallTime.now()
        if let refusal = leaf.refusal {
            #expect(throws: refusal) { try mesh.bundle.verify(chain, at: now) }
        } else {
            let peer = try mesh.bundle.verify(chain, at: now)
            #expect(peer.id.description == Self.cart)
            #expect(peer.notAfter == chain[0].notAfter)
        }
    }

    @Test func `an embedded NUL is part of the name`() throws {
        let mesh = try TestMesh()
        // The signature covers the name, so the name is written with a placeholder's length and the CA is ours.
        let uri = Array(Self.cart.utf8) + [0] + Array(".evil".utf8)
        let bytes = uri.map { String($0, radix: 16) }.map { $0.count == 1 ? "0\($0)" : $0 }
        // GeneralNames: SEQUENCE of one [6] IA5String.
        let length = { (count: Int) in String(count, radix: 16) }
        let der = ["30", length(uri.count + 2), "86", length(uri.count)] + bytes
        let leaf = Leaf(names: "critical,DER:" + der.joined(separator: ":"))
        #expect(throws: PeerRefusal.malformedSPIFFEID) {
            try mesh.bundle.verify(certificates(leaf, by: mesh.issuer), at: .now())
        }
    }

    @Test func `a chain without its issuer, or with another one, reaches no anchor`() throws {
        let mesh = try TestMesh()
        let leaf = try mesh.issue("cart").chain[0]
        let stranger = mesh.anchor.makeIssuer(at: .now())
        for chain in [[leaf], [leaf, stranger.certificate], [leaf, mesh.anchor.certificate]] {
            #expect(throws: PeerRefusal.unknownIssuer) { try mesh.bundle.verify(chain, at: .now()) }
        }
        #expect(throws: PeerRefusal.noCertificate) { try mesh.bundle.verify([], at: .now()) }
    }

    @Test func `an issuer cannot make issuers`() throws {
        let mesh = try TestMesh()
        let third = mesh.issuer.makeIssuer(at: .now())
        let chain = try third.issue(mesh.identity("cart"), at: .now()).chain
        #expect(chain.count == 3)
        #expect(throws: PeerRefusal.issuerNotAuthority) { try mesh.bundle.verify(chain, at: .now()) }
    }

    @Test func `a leaf cannot issue`() throws {
        let mesh = try TestMesh()
        let leaf = try mesh.issue("cart")
        let forged = try OpenSSLTool.withDirectory { directory in
            let made = try OpenSSLTool.output(
                [
                    "req", "-x509", "-CA", try directory.write(leaf.chain[0].pem, as: "ca.pem"), "-CAkey",
                    try directory.write(leaf.key.pem, as: "ca.key"), "-nodes", "-batch", "-days", "1", "-subj", "/",
                    "-keyout", "/dev/null", "-newkey",
                ] + Leaf().key + Leaf().extensions)
            return try Certificate.all(inPEM: Array(made.utf8))
        }
        #expect(throws: PeerRefusal.self) { try mesh.bundle.verify(forged + leaf.chain, at: .now()) }
    }

    @Test func `the chain is valid while all of it is`() throws {
        let start = WallTime(secondsSinceEpoch: 1_800_000_000)
        let mesh = try TestMesh(at: start)
        let chain = try mesh.issue("cart", lifetimeSeconds: 100, at: start).chain
        let verify = { (seconds: Int64) in try mesh.bundle.verify(chain, at: start.advanced(bySeconds: seconds)) }
        #expect(throws: PeerRefusal.notYetValid) { try verify(-21) }
        #expect(try verify(-20).notAfter == start.advanced(bySeconds: 100))
        #expect(try verify(99).id == mesh.identity("cart").id)
        #expect(throws: PeerRefusal.expired) { try verify(101) }
    }

    @Test func `each trust domain has its own anchors`() throws {
        let mesh = try TestMesh()
        let other = try TestMesh("other.test")
        let both = try TrustBundle(
            [mesh.anchor.certificate, other.anchor.certificate], defaultDomain: mesh.trustDomain)
        #expect(both.trustDomains == [mesh.trustDomain, other.trustDomain])
        #expect(try both.verify(other.issue("cart").chain, at: .now()).id == other.identity("cart").id)
        // The other domain's issuer names a workload of ours.
        let forged = try certificates(Leaf(), by: other.issuer)
        #expect(throws: PeerRefusal.unknownIssuer) { try both.verify(forged, at: .now()) }
    }

    @Test func `only the certificates of authorities are anchors`() throws {
        let mesh = try TestMesh()
        let leaf = try mesh.issue("cart").chain[0]
        #expect(throws: TrustBundleError.notAuthority(number: 2)) {
            try TrustBundle([mesh.anchor.certificate, leaf], defaultDomain: mesh.trustDomain)
        }
    }

    @Test func `the words are stable`() {
        #expect(
            PeerRefusal.allCases.map(\.word) == [
                "no_certificate", "other_trust_domain", "other_workload", "expired", "not_yet_valid", "no_spiffe_id",
                "several_uris", "malformed_spiffe_id", "leaf_is_ca", "key_usage", "extended_key_usage", "key_algorithm",
                "unknown_issuer", "bad_signature", "issuer_not_ca", "chain_too_long", "name_constraint", "weak_key",
                "malformed_certificate",
            ])
    }
}
