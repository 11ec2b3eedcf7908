internal import COpenSSL

/// A certificate with its key that signs others: the trust anchor, which signs issuers, or an issuer, which signs the
/// workloads of its trust domain.
package struct CertificateAuthority: Sendable {
    package let key: PrivateKey
    package let certificate: Certificate
    package let trustDomain: TrustDomain
    /// What a peer needs, besides an anchor, to follow a signature of this authority: nothing for the anchor itself.
    package let intermediates: [Certificate]

    package static let anchorLifetimeSeconds: Int64 = 10 * 365 * 86_400
    package static let issuerLifetimeSeconds: Int64 = 365 * 86_400
    package static let leafLifetimeSeconds: Int64 = 86_400
    /// How far a certificate is dated back, for peers whose clocks are behind.
    package static let clockSkewSeconds: Int64 = 20

    /// A new trust anchor, signed by itself.
    package static func makeAnchor(
        trustDomain: TrustDomain, lifetimeSeconds: Int64 = anchorLifetimeSeconds, at now: WallTime
    ) -> CertificateAuthority {
        let key = PrivateKey.make()
        let template = authority("trust anchor", trustDomain, pathLength: 1, lifetimeSeconds, now)
        let certificate = unsafe template.sign(publicKey: key.pointer, issuer: nil, with: key)
        return CertificateAuthority(key: key, certificate: certificate, trustDomain: trustDomain, intermediates: [])
    }

    /// A new issuer below this anchor; it expires with the anchor at the latest.
    package func makeIssuer(
        lifetimeSeconds: Int64 = issuerLifetimeSeconds, at now: WallTime
    ) -> CertificateAuthority {
        let issuerKey = PrivateKey.make()
        var template = Self.authority("issuer", trustDomain, pathLength: 0, lifetimeSeconds, now)
        template.notAfter = min(template.notAfter, certificate.notAfter)
        let made = unsafe template.sign(publicKey: issuerKey.pointer, issuer: certificate, with: key)
        return CertificateAuthority(
            key: issuerKey, certificate: made, trustDomain: trustDomain, intermediates: [made] + intermediates)
    }

    /// An authority from its files.
    /// - Parameter chain: its certificate, then those above it as far as an anchor, which is left out.
    package init(key: PrivateKey, chain: [Certificate]) throws(CertificateAuthorityError) {
        guard let certificate = chain.first, certificate.isAuthority else { throw .notAuthority }
        guard certificate.isFor(key) else { throw .otherKey }
        guard key.algorithm.isAllowed else { throw .keyAlgorithm("\(key.algorithm)") }
        guard let uri = certificate.alternativeNames.uris.first else { throw .noTrustDomain }
        do throws(SPIFFEIDError) {
            trustDomain = try SPIFFEID(bytes: uri).trustDomain
        } catch {
            throw .noTrustDomain
        }
        self.key = key
        self.certificate = certificate
        intermediates = chain.filter { $0.subject != $0.issuer }
    }

    private init(key: PrivateKey, certificate: Certificate, trustDomain: TrustDomain, intermediates: [Certificate]) {
        self.key = key
        self.certificate = certificate
        self.trustDomain = trustDomain
        self.intermediates = intermediates
    }

    /// A workload's certificate for a key made here.
    package func issue(
        _ identity: WorkloadIdentity, lifetimeSeconds: Int64 = leafLifetimeSeconds, at now: WallTime
    ) throws(CertificateAuthorityError) -> IssuedIdentity {
        let key = PrivateKey.make()
        let chain = try unsafe chain(for: identity, publicKey: key.pointer, lifetimeSeconds, now)
        return IssuedIdentity(key: key, chain: chain)
    }

    /// A workload's certificate for the key of a request, which must ask for exactly that identity.
    package func issue(
        _ identity: WorkloadIdentity, for request: borrowing CertificateRequest,
        lifetimeSeconds: Int64 = leafLifetimeSeconds, at now: WallTime
    ) throws(CertificateAuthorityError) -> [Certificate] {
        do throws(CertificateRequestError) {
            try request.check(identity)
        } catch {
            throw .request(error)
        }
        guard let publicKey = unsafe X509_REQ_get0_pubkey(request.pointer) else { throw .request(.keyUnreadable) }
        return try unsafe chain(for: identity, publicKey: publicKey, lifetimeSeconds, now)
    }

    /// The leaf, then the authorities that a peer needs to reach an anchor.
    private func chain(
        for identity: WorkloadIdentity, publicKey: OpaquePointer, _ lifetimeSeconds: Int64, _ now: WallTime
    ) throws(CertificateAuthorityError) -> [Certificate] {
        guard identity.trustDomain == trustDomain else { throw .otherTrustDomain(identity, own: trustDomain) }
        // A leaf never outlives what vouches for it: its peers would refuse it while it looks valid.
        let end = ([certificate] + intermediates).reduce(now.advanced(bySeconds: lifetimeSeconds)) {
            min($0, $1.notAfter)
        }
        guard now < end else { throw .expired(end) }
        let template = CertificateTemplate(
            subject: "", notBefore: now.advanced(bySeconds: -Self.clockSkewSeconds), notAfter: end,
            extensions: [
                .leaf, .signsHandshakes, .serverAndClient, .alternativeNames(of: identity), .subjectKey, .authorityKey,
            ])
        return [unsafe template.sign(publicKey: publicKey, issuer: certificate, with: key)] + intermediates
    }

    private static func authority(
        _ role: String, _ domain: TrustDomain, pathLength: Int, _ lifetimeSeconds: Int64, _ now: WallTime
    ) -> CertificateTemplate {
        // Two authorities of one role have different names, so that people can tell them apart in a bundle.
        let distinction = String(UInt32.random(in: .min ... .max), radix: 16)
        return CertificateTemplate(
            subject: "martlet \(role) \(distinction)", notBefore: now.advanced(bySeconds: -clockSkewSeconds),
            notAfter: now.advanced(bySeconds: lifetimeSeconds),
            extensions: [
                .authority(pathLength: pathLength), .signsCertificates, .alternativeName(of: domain), .subjectKey,
                .authorityKey,
            ])
    }
}
