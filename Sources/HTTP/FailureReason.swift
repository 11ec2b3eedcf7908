/// Why the proxy itself ended an exchange. One closed list: the same word stands in the metric label, the span
/// attribute, the access log and the response header `martlet-reason`.
public enum FailureReason: UInt8, CaseIterable, Sendable {
    case connectRefused, connectTimeout, connectFailed, noEndpoint, noRoute
    case tlsFailed, peerRefused, tlsRequired
    case upstreamReset, upstreamClosed, upstreamInvalidResponse, upstreamTooLarge
    case responseTimeout, requestTimeout
    case badRequest, headTooLarge, uriTooLong, clientClosed, clientTimeout, bodyTooLarge
    case notImplemented, versionNotSupported, expectationFailed, loopDetected, overload, connectForbidden
    case `internal`

    public var word: StaticString {
        switch self {
        case .connectRefused: "connect_refused"
        case .connectTimeout: "connect_timeout"
        case .connectFailed: "connect_failed"
        case .noEndpoint: "no_endpoint"
        case .noRoute: "no_route"
        case .tlsFailed: "tls_failed"
        case .peerRefused: "peer_refused"
        case .tlsRequired: "tls_required"
        case .upstreamReset: "upstream_reset"
        case .upstreamClosed: "upstream_closed"
        case .upstreamInvalidResponse: "upstream_invalid_response"
        case .upstreamTooLarge: "upstream_too_large"
        case .responseTimeout: "response_timeout"
        case .requestTimeout: "request_timeout"
        case .badRequest: "bad_request"
        case .headTooLarge: "head_too_large"
        case .uriTooLong: "uri_too_long"
        case .clientClosed: "client_closed"
        case .clientTimeout: "client_timeout"
        case .bodyTooLarge: "body_too_large"
        case .notImplemented: "not_implemented"
        case .versionNotSupported: "version_not_supported"
        case .expectationFailed: "expectation_failed"
        case .loopDetected: "loop_detected"
        case .overload: "overload"
        case .connectForbidden: "connect_forbidden"
        case .internal: "internal"
        }
    }
}
