import HTTPTransport
import TLS

/// Why the identity service gave no certificate.
enum EnrolmentFailure: Error, CustomStringConvertible {
    /// The service's name does not resolve.
    case noAddress(String)
    case unreachable(HTTPClientError)
    /// The service's status and its word for why.
    case refused(status: Int, reason: String)
    /// The answer cannot be used.
    case invalidAnswer(String)
    /// The token or the first trust bundle cannot be used.
    case invalidFile(IdentityError)

    /// For the metric: a closed list, whatever a server answers.
    var word: String {
        switch self {
        case .noAddress: "no_address"
        case .unreachable(.tlsFailed): "tls_failed"
        case .unreachable: "unreachable"
        case .refused: "refused"
        case .invalidAnswer: "invalid_answer"
        case .invalidFile: "invalid_file"
        }
    }

    static let words = ["no_address", "tls_failed", "unreachable", "refused", "invalid_answer", "invalid_file"]

    var description: String {
        switch self {
        case .noAddress(let host): "\(host) has no address"
        case .unreachable(.tlsFailed(let failure)): "TLS failed: \(failure.word)"
        case .unreachable(let error): error.description
        case .refused(let status, let reason): "refused with \(status) \(reason)"
        case .invalidAnswer(let why): "the answer cannot be used: \(why)"
        case .invalidFile(let error): error.description
        }
    }

    /// Whether another credential may do better: the service is there and does not take this one.
    var concernsCredential: Bool {
        switch self {
        case .unreachable(.tlsFailed): true
        case .refused(let status, _): status == 401 || status == 403
        case .noAddress, .unreachable, .invalidAnswer, .invalidFile: false
        }
    }
}
