import Bytes

/// How a call ended, in gRPC's own terms.
package enum GRPCStatus: UInt8, CaseIterable, Sendable {
    case ok, cancelled, unknown, invalidArgument, deadlineExceeded, notFound, alreadyExists, permissionDenied
    case resourceExhausted, failedPrecondition, aborted, outOfRange, unimplemented, `internal`, unavailable, dataLoss
    case unauthenticated

    /// The name in the protocol, as metrics and spans carry it.
    package var word: StaticString {
        switch self {
        case .ok: "OK"
        case .cancelled: "CANCELLED"
        case .unknown: "UNKNOWN"
        case .invalidArgument: "INVALID_ARGUMENT"
        case .deadlineExceeded: "DEADLINE_EXCEEDED"
        case .notFound: "NOT_FOUND"
        case .alreadyExists: "ALREADY_EXISTS"
        case .permissionDenied: "PERMISSION_DENIED"
        case .resourceExhausted: "RESOURCE_EXHAUSTED"
        case .failedPrecondition: "FAILED_PRECONDITION"
        case .aborted: "ABORTED"
        case .outOfRange: "OUT_OF_RANGE"
        case .unimplemented: "UNIMPLEMENTED"
        case .internal: "INTERNAL"
        case .unavailable: "UNAVAILABLE"
        case .dataLoss: "DATA_LOSS"
        case .unauthenticated: "UNAUTHENTICATED"
        }
    }

    /// The value of `grpc-status`, decimal without leading zeros.
    /// - Returns: nil for anything else; a number beyond the list is `unknown`.
    package init?(value: RawSpan) {
        guard value.byteCount > 0, value.byteCount <= 9 else { return nil }
        guard value.byteCount == 1 || value[0] != UInt8(ascii: "0") else { return nil }
        var number = 0
        for offset in 0..<value.byteCount {
            let digit = value[offset] &- 0x30
            guard digit < 10 else { return nil }
            number = number * 10 + Int(digit)
        }
        self = number < Self.allCases.count ? Self.allCases[number] : .unknown
    }

    /// Whether the service failed, and not its caller: what counts against its success rate (linkerd's default; a missing
    /// status counts as `unknown`).
    package var isServerFailure: Bool {
        switch self {
        case .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss: true
        case .ok, .cancelled, .invalidArgument, .notFound, .alreadyExists, .permissionDenied, .resourceExhausted,
            .failedPrecondition, .aborted, .outOfRange, .unimplemented, .unauthenticated:
            false
        }
    }
}
