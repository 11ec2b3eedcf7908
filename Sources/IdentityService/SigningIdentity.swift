internal import TLS

/// What the service signs with and what it hands out beside: an issuer and the trust bundle. Taken whole or not at all,
/// and only when those who trust the bundle take what the issuer signs.
struct SigningIdentity {
    let authority: CertificateAuthority
    let bundle: TrustBundle
    /// Whom the workloads find behind the service's address.
    let service: WorkloadIdentity

    /// Where it is kept.
    struct Files {
        let issuerKey: String
        let issuerChain: String
        let trustBundle: String

        var paths: Set<String> { [issuerKey, issuerChain, trustBundle] }
    }

    init(_ files: Files, at now: WallTime) throws(IdentityError) {
        authority = try IdentityDirectory.authority(key: files.issuerKey, chain: files.issuerChain)
        let anchors = try IdentityDirectory.certificates(files.trustBundle)
        do throws(TrustBundleError) {
            bundle = try TrustBundle(anchors, defaultDomain: authority.trustDomain)
        } catch {
            throw IdentityError(files.trustBundle, error.description)
        }
        do throws(WorkloadIdentityError) {
            service = try .identityService(of: authority.trustDomain)
        } catch {
            throw IdentityError(files.issuerChain, error.description)
        }
        let refusal = refusal(at: now)
        if let refusal {
            let problem = "those who trust \(files.trustBundle) refuse what it signs: \(refusal)"
            throw IdentityError(files.issuerChain, problem)
        }
    }

    private func refusal(at now: WallTime) -> String? {
        do {
            _ = try bundle.verify(authority.issue(service, at: now).chain, at: now)
            return nil
        } catch let error as PeerRefusal {
            return error.explanation
        } catch {
            return "\(error)"
        }
    }

    /// When what it signs ends at the latest.
    var issuerExpiry: WallTime { ([authority.certificate] + authority.intermediates).map(\.notAfter).min() ?? .now() }

    /// When the first anchor of the bundle expires.
    var anchorExpiry: WallTime { bundle.anchors.map(\.notAfter).min() ?? .now() }

    /// The service's own certificate, in the form that its connections use.
    func context(lifetimeSeconds: Int64, at now: WallTime) throws -> TLSContext {
        let issued = try authority.issue(service, lifetimeSeconds: lifetimeSeconds, at: now)
        let snapshot = try IdentitySnapshot(
            key: issued.key, chain: issued.chain, bundle: bundle, generation: 1, at: now)
        var settings = TLSSettings()
        // A workload that joins has none yet; one that shows a wrong one is refused.
        settings.clientCertificates = .optional
        settings.applicationProtocols = ["http/1.1"]
        return try TLSContext(.server, identity: snapshot, settings: settings)
    }

    func isSame(as other: SigningIdentity) -> Bool {
        authority.certificate == other.authority.certificate && authority.intermediates == other.authority.intermediates
            && bundle.anchors == other.bundle.anchors
    }
}
