/// Why a peer's certificate is refused. The words stand in metrics, spans, logs and runbooks and do not change.
package enum PeerRefusal: String, Error, CaseIterable, Sendable {
    // Who it is
    case noCertificate = "no_certificate"
    case otherTrustDomain = "other_trust_domain"
    case otherWorkload = "other_workload"
    // When
    case expired
    case notYetValid = "not_yet_valid"
    // Whether it is an X.509-SVID (X.509-SVID §2 to §5)
    case noSPIFFEID = "no_spiffe_id"
    case severalURIs = "several_uris"
    case malformedSPIFFEID = "malformed_spiffe_id"
    case leafIsAuthority = "leaf_is_ca"
    case keyUsage = "key_usage"
    case extendedKeyUsage = "extended_key_usage"
    case keyAlgorithm = "key_algorithm"
    // Who vouches for it (RFC 5280 §6)
    case unknownIssuer = "unknown_issuer"
    case badSignature = "bad_signature"
    case issuerNotAuthority = "issuer_not_ca"
    case chainTooLong = "chain_too_long"
    case nameConstraint = "name_constraint"
    case weakKey = "weak_key"
    case malformedCertificate = "malformed_certificate"

    package var word: String { rawValue }

    /// For people: completes "refused, because …".
    package var explanation: String {
        switch self {
        case .noCertificate: "it shows no certificate"
        case .otherTrustDomain: "its trust domain is not in the trust bundle"
        case .otherWorkload: "it is not the workload that was asked for"
        case .expired: "a certificate of its chain has expired"
        case .notYetValid: "a certificate of its chain is not valid yet"
        case .noSPIFFEID: "its certificate has no URI name"
        case .severalURIs: "its certificate has more than one URI name"
        case .malformedSPIFFEID: "the URI name of its certificate is not the SPIFFE ID of a workload"
        case .leafIsAuthority: "its certificate is that of a certificate authority"
        case .keyUsage: "its key usage must be critical, with digitalSignature, without keyCertSign and cRLSign"
        case .extendedKeyUsage: "its extended key usage must have both serverAuth and clientAuth"
        case .keyAlgorithm: "its key is not ECDSA on P-256 or P-384"
        case .unknownIssuer: "no anchor of the trust bundle stands behind it"
        case .badSignature: "a signature of its chain is wrong"
        case .issuerNotAuthority: "an issuer of its chain may not issue it"
        case .chainTooLong: "its chain is longer than allowed"
        case .nameConstraint: "an issuer of its chain may not issue that name"
        case .weakKey: "a key or digest of its chain is too weak"
        case .malformedCertificate: "a certificate of its chain breaks RFC 5280"
        }
    }
}
