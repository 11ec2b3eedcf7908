package import HTTP

extension GRPCStatus {
    /// What a response without `grpc-status` means to a client (gRPC's `http-grpc-status-mapping`). Never used where there
    /// is one.
    package init(httpStatus: Int) {
        switch httpStatus {
        case 400, 431: self = .internal
        case 401: self = .unauthenticated
        case 403: self = .permissionDenied
        case 404: self = .unimplemented
        case 429, 502, 503, 504: self = .unavailable
        default: self = .unknown
        }
    }

    /// What RST_STREAM with this code means, the code of RFC 9113 §7 (gRPC's `PROTOCOL-HTTP2`, "Errors").
    package init(resetCode: UInt32) {
        switch resetCode {
        // NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, FRAME_SIZE_ERROR, COMPRESSION_ERROR, CONNECT_ERROR
        case 0x0, 0x1, 0x2, 0x3, 0x6, 0x9, 0xA: self = .internal
        case 0x7: self = .unavailable
        case 0x8: self = .cancelled
        case 0xB: self = .resourceExhausted
        case 0xC: self = .permissionDenied
        default: self = .unknown
        }
    }

    /// What the proxy answers a call with that it ends itself: always HTTP 200 and this.
    package init(_ reason: FailureReason) {
        switch reason {
        case .connectRefused, .connectTimeout, .connectFailed, .noEndpoint, .upstreamReset, .upstreamClosed,
            .upstreamInvalidResponse, .upstreamTooLarge, .overload, .tlsFailed, .peerRefused:
            self = .unavailable
        case .responseTimeout, .requestTimeout, .clientTimeout: self = .deadlineExceeded
        case .noRoute, .notImplemented, .versionNotSupported: self = .unimplemented
        case .bodyTooLarge: self = .resourceExhausted
        case .connectForbidden, .tlsRequired: self = .permissionDenied
        case .clientClosed: self = .cancelled
        case .badRequest, .headTooLarge, .uriTooLong, .expectationFailed, .loopDetected, .internal: self = .internal
        }
    }

    /// The HTTP status that stands for it where something can only count those (google.rpc.Code's table).
    package var httpStatus: Int {
        switch self {
        case .ok: 200
        case .cancelled: 499
        case .invalidArgument, .failedPrecondition, .outOfRange: 400
        case .unauthenticated: 401
        case .permissionDenied: 403
        case .notFound: 404
        case .alreadyExists, .aborted: 409
        case .resourceExhausted: 429
        case .unknown, .internal, .dataLoss: 500
        case .unimplemented: 501
        case .unavailable: 503
        case .deadlineExceeded: 504
        }
    }
}
