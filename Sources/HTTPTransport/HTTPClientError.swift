package import TLS

/// Why a request came to no response.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    case connectRefused
    /// errno.
    case connectFailed(Int32)
    case connectTimedOut
    case timedOut
    /// The peer reset the connection, or closed it in the middle of a message or before one.
    case reset
    case tlsFailed(TLSFailure)
    case invalidResponse
    case responseTooLarge

    /// A word for a metric label.
    package var description: String {
        switch self {
        case .connectRefused: "connect_refused"
        case .connectFailed: "connect_failed"
        case .connectTimedOut: "connect_timeout"
        case .timedOut: "timeout"
        case .reset: "reset"
        case .tlsFailed: "tls_failed"
        case .invalidResponse: "invalid_response"
        case .responseTooLarge: "response_too_large"
        }
    }
}
