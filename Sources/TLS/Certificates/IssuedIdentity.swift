/// What an authority made for a workload: a new key, and the chain that starts with its certificate.
package struct IssuedIdentity: Sendable {
    package let key: PrivateKey
    package let chain: [Certificate]
}

/// Why an authority could not be used, or did not issue.
package enum CertificateAuthorityError: Error, Equatable, Sendable, CustomStringConvertible {
    case notAuthority, otherKey, noTrustDomain
    case keyAlgorithm(String)
    case expired(WallTime)
    case otherTrustDomain(WorkloadIdentity, own: TrustDomain)
    case request(CertificateRequestError)

    package var description: String {
        switch self {
        case .notAuthority: "the first certificate is not that of a certificate authority"
        case .otherKey: "the private key is not that of the first certificate"
        case .noTrustDomain:
            "the first certificate does not name its trust domain by one URI name spiffe://<trust domain>"
        case .keyAlgorithm(let algorithm): "the private key is \(algorithm), allowed are ECDSA P-256 and P-384"
        case .expired(let end): "the authority expired at \(end)"
        case .otherTrustDomain(let identity, let own): "\(identity) is not in the trust domain \(own) of this authority"
        case .request(let error): error.description
        }
    }
}
