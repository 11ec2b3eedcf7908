internal import COpenSSL

/// The anchors that are trusted, for each trust domain apart: an anchor vouches for the workloads of its own domain only
/// (X.509-SVID §5.1).
package struct TrustBundle: Sendable {
    /// In the order of the file.
    package let anchors: [Certificate]
    /// The domain of the anchors that name none.
    package let defaultDomain: TrustDomain
    private let anchorsByDomain: [TrustDomain: CertificateStack]

    /// - Parameter defaultDomain: the domain of the anchors that name none by a `spiffe://<trust domain>` of their own.
    package init(_ anchors: [Certificate], defaultDomain: TrustDomain) throws(TrustBundleError) {
        var grouped: [TrustDomain: [Certificate]] = [:]
        for (index, anchor) in anchors.enumerated() {
            let domain = try Self.domain(of: anchor, number: index + 1) ?? defaultDomain
            grouped[domain, default: []].append(anchor)
        }
        self.anchors = anchors
        self.defaultDomain = defaultDomain
        anchorsByDomain = grouped.mapValues { CertificateStack($0) }
    }

    /// For one who has no identity yet: the first domain that an anchor names is the default.
    package init(_ anchors: [Certificate]) throws(TrustBundleError) {
        for (index, anchor) in anchors.enumerated() {
            guard let domain = try Self.domain(of: anchor, number: index + 1) else { continue }
            try self.init(anchors, defaultDomain: domain)
            return
        }
        throw .noTrustDomain
    }

    package var trustDomains: Set<TrustDomain> { Set(anchorsByDomain.keys) }

    private static func domain(of anchor: Certificate, number: Int) throws(TrustBundleError) -> TrustDomain? {
        guard anchor.isAuthority else { throw .notAuthority(number: number) }
        let names = anchor.alternativeNames
        guard !names.isMalformed, names.uris.count <= 1 else { throw .severalURIs(number: number) }
        guard let uri = names.uris.first else { return nil }
        do throws(SPIFFEIDError) {
            let id = try SPIFFEID(bytes: uri)
            guard !id.namesWorkload else { throw SPIFFEIDError.pathCharacter }
            return id.trustDomain
        } catch {
            throw .malformedSPIFFEID(number: number)
        }
    }

    /// Judges a chain as its owner's peers will.
    /// - Parameters:
    ///   - chain: the leaf, then what its owner sends along to reach an anchor.
    ///   - expected: the only workload that will do, or nil for any.
    package func verify(
        _ chain: [Certificate], expecting expected: SPIFFEID? = nil, at now: WallTime
    ) throws(PeerRefusal) -> PeerIdentity {
        guard let leaf = chain.first else { throw .noCertificate }
        let intermediates = CertificateStack(Array(chain.dropFirst()))
        return try unsafe verify(leaf.pointer, intermediates.pointer, expecting: expected, at: now)
    }

    /// - Parameters:
    ///   - leaf: an X509.
    ///   - intermediates: a STACK_OF(X509), or nil.
    func verify(
        _ leaf: OpaquePointer, _ intermediates: OpaquePointer?, expecting expected: SPIFFEID?, at now: WallTime
    ) throws(PeerRefusal) -> PeerIdentity {
        let id = try unsafe SVIDRules.identify(leaf)
        guard let anchors = anchorsByDomain[id.trustDomain] else { throw .otherTrustDomain }
        let notAfter: WallTime
        do throws(PeerRefusal) {
            notAfter = try unsafe ChainValidation.verify(leaf, intermediates, anchors: anchors.pointer, at: now)
        } catch {
            // OpenSSL's strict mode finds some of what the rules below have a better word for.
            if error == .malformedCertificate { try unsafe SVIDRules.checkUse(leaf) }
            throw error
        }
        try unsafe SVIDRules.checkUse(leaf)
        guard expected == nil || expected == id else { throw .otherWorkload }
        return PeerIdentity(id: id, notAfter: notAfter)
    }
}

/// Which certificate of a bundle, counted from 1, is no anchor, and why.
package enum TrustBundleError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAuthority(number: Int)
    case severalURIs(number: Int)
    case malformedSPIFFEID(number: Int)
    case noTrustDomain

    package var description: String {
        switch self {
        case .notAuthority(let number): "certificate \(number) is not that of a certificate authority"
        case .severalURIs(let number): "certificate \(number) has more than one URI name"
        case .malformedSPIFFEID(let number):
            "certificate \(number) has a URI name that is not of the form spiffe://<trust domain>"
        case .noTrustDomain: "no certificate names its trust domain by one URI name spiffe://<trust domain>"
        }
    }
}
