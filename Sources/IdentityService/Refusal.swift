internal import TLS

/// Why a certificate was not given. One closed list: the same word stands in the metric label, the log and the response
/// header `martlet-reason`.
enum Refusal: String, CaseIterable, Error {
    // Who asks
    case noCredential = "no_credential"
    case malformedToken = "malformed_token"
    case unknownToken = "unknown_token"
    case expiredToken = "expired_token"
    case usedToken = "used_token"
    case expiredCertificate = "expired_certificate"
    // For what
    case identityNotAllowed = "identity_not_allowed"
    case deniedWorkload = "denied_workload"
    case malformedRequest = "malformed_request"
    case requestSignature = "request_signature"
    case requestKey = "request_key"
    case otherIdentity = "other_identity"
    case otherNames = "other_names"
    // The service itself
    case rateLimited = "rate_limited"
    case issuerExpired = "issuer_expired"
    case tokensUnavailable = "tokens_unavailable"
    // HTTP
    case noSuchEndpoint = "no_such_endpoint"
    case method
    case transport

    var word: String { rawValue }

    /// 4xx where asking again the same way is useless, but for 429; 503 where it may help.
    var status: Int {
        switch self {
        case .noCredential, .malformedToken, .unknownToken, .expiredToken, .usedToken, .expiredCertificate: 401
        case .identityNotAllowed, .deniedWorkload, .otherIdentity, .otherNames: 403
        case .malformedRequest, .requestSignature, .requestKey, .transport: 400
        case .rateLimited: 429
        case .issuerExpired, .tokensUnavailable: 503
        case .noSuchEndpoint: 404
        case .method: 405
        }
    }

    /// What the client is told beside the word.
    var explanation: String {
        switch self {
        case .noCredential:
            "show a join token (Authorization: Bearer …), or the certificate that is to be renewed, by mutual TLS"
        case .malformedToken: "the join token is not of the form martlet-join.NAME.SECRET"
        case .unknownToken: "there is no such join token"
        case .expiredToken: "the join token has expired; make a new one"
        case .usedToken: "the join token has been used as often as it may be; make a new one"
        case .expiredCertificate: "the certificate has expired; show a join token"
        case .identityNotAllowed: "the credential is not that of a workload of this mesh"
        case .deniedWorkload: "this workload is given no certificate any more"
        case .malformedRequest: "the body is not a certificate request in PEM"
        case .requestSignature: "the certificate request is not signed by its own key"
        case .requestKey: "the key of the certificate request is not ECDSA P-256"
        case .otherIdentity: "the certificate request asks for another identity than the credential's"
        case .otherNames: "the certificate request asks for names beside the identity's own"
        case .rateLimited: "too many requests from this address"
        case .issuerExpired: "the issuer's certificate has expired"
        case .tokensUnavailable: "the join tokens cannot be read or written"
        case .noSuchEndpoint: "there is only POST /v1/certificate"
        case .method: "only POST is allowed here"
        case .transport: "the request is not understood"
        }
    }

    init(_ refusal: TokenRefusal) {
        switch refusal {
        case .unknown: self = .unknownToken
        case .expired: self = .expiredToken
        case .used: self = .usedToken
        case .unavailable: self = .tokensUnavailable
        }
    }

    init(_ error: CertificateAuthorityError) {
        switch error {
        case .request(let error): self.init(error)
        case .otherTrustDomain: self = .identityNotAllowed
        case .expired, .notAuthority, .otherKey, .noTrustDomain, .keyAlgorithm: self = .issuerExpired
        }
    }

    private init(_ error: CertificateRequestError) {
        switch error {
        case .keyUnreadable, .keyAlgorithm: self = .requestKey
        case .badSignature: self = .requestSignature
        case .otherNames: self = .otherNames
        case .otherIdentity: self = .otherIdentity
        }
    }
}
