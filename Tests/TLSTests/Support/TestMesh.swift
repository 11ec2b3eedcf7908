import TLS

/// A mesh of one trust domain with an anchor and an issuer, made in memory.
struct TestMesh {
    var anchor: CertificateAuthority
    var issuer: CertificateAuthority
    let trustDomain: TrustDomain

    /// - Parameter now: when it was made; some time ago, so that it may issue what has expired since.
    init(_ trustDomain: String = "mesh.test", at now: WallTime = .now().advanced(bySeconds: -30 * day)) throws {
        self.trustDomain = try TrustDomain(trustDomain)
        anchor = CertificateAuthority.makeAnchor(trustDomain: self.trustDomain, at: now)
        issuer = anchor.makeIssuer(at: now)
    }

    func identity(_ name: String) throws -> WorkloadIdentity {
        try WorkloadIdentity(trustDomain: trustDomain, namespace: "shop", serviceAccount: name)
    }

    func issue(
        _ name: String, lifetimeSeconds: Int64 = CertificateAuthority.leafLifetimeSeconds, at now: WallTime = .now()
    ) throws -> IssuedIdentity {
        try issuer.issue(identity(name), lifetimeSeconds: lifetimeSeconds, at: now)
    }

    var bundle: TrustBundle {
        get throws { try TrustBundle([anchor.certificate], defaultDomain: trustDomain) }
    }
}

let day: Int64 = 86_400

extension Sequence<Certificate> {
    /// One PEM text of all of them.
    var pem: [UInt8] { flatMap(\.pem) }
}
