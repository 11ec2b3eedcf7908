public import HTTP

/// Between the codes of HTTP/2 and the reasons of the proxy.
extension HTTP2ErrorCode {
    /// What a client is told whose response has begun and cannot be ended properly for this reason. Before that it gets a
    /// response.
    public init(ending reason: FailureReason) {
        switch reason {
        case .clientClosed, .clientTimeout, .requestTimeout, .responseTimeout: self = .cancel
        case .overload: self = .enhanceYourCalm
        case .badRequest, .headTooLarge, .uriTooLong, .bodyTooLarge, .expectationFailed: self = .protocolError
        case .versionNotSupported: self = .http11Required
        case .connectRefused, .connectTimeout, .connectFailed, .noEndpoint, .noRoute, .connectForbidden, .tlsFailed,
            .peerRefused:
            self = .connectError
        case .tlsRequired: self = .inadequateSecurity
        case .upstreamReset, .upstreamClosed, .upstreamInvalidResponse, .upstreamTooLarge, .notImplemented,
            .loopDetected,
            .internal:
            self = .internalError
        }
    }
}

extension StreamEnd {
    /// Nothing of the request was processed: it may be sent again, whatever its method (RFC 9113 §8.7).
    public var isSafeToRetry: Bool {
        switch self {
        case .refused, .reset(.refusedStream): true
        case .complete, .reset, .cancelled, .malformed, .invalid, .stalled, .connectionEnded: false
        }
    }

    /// Why the exchange failed, where the stream was the one to the upstream; nil where the stream did not decide.
    public var upstreamReason: FailureReason? {
        switch self {
        case .complete, .cancelled: nil
        case .reset: .upstreamReset
        case .refused, .connectionEnded: .upstreamClosed
        case .malformed(let error): error.responseReason
        case .invalid: .upstreamInvalidResponse
        case .stalled: .responseTimeout
        }
    }

    /// The same where it was the one from the client.
    public var clientReason: FailureReason? {
        switch self {
        case .complete, .cancelled: nil
        case .reset, .refused, .connectionEnded: .clientClosed
        case .malformed(let error): error.requestReason
        case .invalid: .badRequest
        case .stalled: .clientTimeout
        }
    }
}
