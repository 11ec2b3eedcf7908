import TLS

/// Who is who in the shop's mesh: a trust anchor, an issuer, and an identity for each service, made for one run and kept
/// in a private folder of it.
struct ShopIdentities {
    let directory: IdentityDirectory
    private let domain: TrustDomain
    private let issuer: CertificateAuthority
    let anchor: Certificate

    static let trustDomain = "shop.demo"
    private static let namespace = "shop"
    /// The authorities are valid since a day ago, so that a check can have a leaf that has expired.
    private static let authorityAgeSeconds: Int64 = 86_400

    /// - Parameters:
    ///   - path: of a folder that is not there yet.
    ///   - trustDomain: another one than the shop's for those whom the shop must refuse.
    init(_ path: String, trustDomain: String = Self.trustDomain) throws(DemoError) {
        directory = IdentityDirectory(path)
        do {
            domain = try TrustDomain(trustDomain)
            let begin = WallTime.now().advanced(bySeconds: -Self.authorityAgeSeconds)
            let anchor = CertificateAuthority.makeAnchor(trustDomain: domain, at: begin)
            self.anchor = anchor.certificate
            issuer = anchor.makeIssuer(at: begin)
            try directory.write(anchor: anchor, issuer: issuer, replaces: false)
        } catch {
            throw .start("cannot make the identities of the mesh: \(error)")
        }
    }

    /// Writes the key and the certificate of each service.
    func issueAll() throws(DemoError) {
        for name in ServiceName.allCases {
            let issued = try issue(name)
            do throws(IdentityError) {
                try directory.write(issued, name: name.rawValue, replaces: false)
            } catch {
                throw .start("\(error)")
            }
        }
    }

    /// An identity that is in no file.
    /// - Parameter now: when it is issued; its life may be over by now.
    func issue(
        _ name: ServiceName, lifetimeSeconds: Int64 = CertificateAuthority.leafLifetimeSeconds,
        at now: WallTime = .now()
    ) throws(DemoError) -> IssuedIdentity {
        do throws(CertificateAuthorityError) {
            return try issuer.issue(workload(name), lifetimeSeconds: lifetimeSeconds, at: now)
        } catch {
            throw .start("cannot issue an identity for \(name.rawValue): \(error)")
        }
    }

    func workload(_ name: ServiceName) -> WorkloadIdentity {
        do throws(WorkloadIdentityError) {
            return try WorkloadIdentity(trustDomain: domain, namespace: Self.namespace, serviceAccount: name.rawValue)
        } catch {
            preconditionFailure("the shop's names make an identity: \(error)")
        }
    }

    func id(_ name: ServiceName) -> String { workload(name).id.description }

    /// What gives a proxy the identity of a service.
    func flags(of name: ServiceName) -> [String] {
        let files = directory.files(of: name.rawValue)
        return ["--identity-key", files.key, "--identity-chain", files.chain, "--trust-bundle", files.bundle]
    }
}
