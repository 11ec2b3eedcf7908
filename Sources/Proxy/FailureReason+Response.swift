package import HTTP

extension FailureReason {
    /// The status of the response that the proxy makes for it (reference: RFC 9110 §15, proxy-conformance §1.9);
    /// 499 never goes on the wire: it is what the log says of a client that left.
    package var status: Int {
        switch self {
        case .connectRefused, .connectFailed, .noEndpoint, .overload: 503
        case .connectTimeout, .responseTimeout, .requestTimeout: 504
        case .upstreamReset, .upstreamClosed, .upstreamInvalidResponse, .upstreamTooLarge: 502
        case .tlsFailed, .peerRefused: 502
        case .tlsRequired: 403
        case .noRoute: 404
        case .badRequest: 400
        case .headTooLarge: 431
        case .uriTooLong: 414
        case .bodyTooLarge: 413
        case .notImplemented: 501
        case .versionNotSupported: 505
        case .expectationFailed: 417
        case .connectForbidden: 405
        case .loopDetected: 508
        case .clientClosed: 499
        case .clientTimeout: 408
        case .internal: 500
        }
    }

    /// What the client is told beside the word.
    package var explanation: String {
        switch self {
        case .connectRefused: "the upstream refused the connection"
        case .connectTimeout: "the upstream did not accept the connection in time"
        case .connectFailed: "the upstream could not be reached"
        case .noEndpoint: "the target has no endpoint"
        case .noRoute: "no target has this name"
        case .tlsFailed: "no TLS connection to the upstream could be made"
        case .peerRefused: "the upstream is not the workload that it should be"
        case .tlsRequired: "this workload takes requests from the mesh only, by mutual TLS"
        case .upstreamReset: "the upstream reset the connection"
        case .upstreamClosed: "the upstream closed the connection before the response was complete"
        case .upstreamInvalidResponse: "the upstream sent an invalid response"
        case .upstreamTooLarge: "the head of the upstream's response is too large"
        case .responseTimeout: "the upstream did not answer in time"
        case .requestTimeout: "the request took longer than its limit"
        case .badRequest: "the request is malformed"
        case .headTooLarge: "the request's head is too large"
        case .uriTooLong: "the request's target is too long"
        case .bodyTooLarge: "the request's body is too large"
        case .notImplemented: "the request's transfer coding or method is not implemented"
        case .versionNotSupported: "this version of HTTP is not supported"
        case .expectationFailed: "the request's expectation cannot be met"
        case .connectForbidden: "CONNECT to this port is not allowed"
        case .loopDetected: "the request would come back to this proxy"
        case .clientClosed: "the client closed the connection"
        case .clientTimeout: "the client stalled"
        case .overload: "the proxy is at its limit"
        case .internal: "internal error"
        }
    }
}
