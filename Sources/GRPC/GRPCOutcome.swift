import Bytes
package import HTTP

/// How a call ended, decided from what its response brought: read at the end, because the status stands behind the body.
package struct GRPCOutcome: Equatable, Sendable {
    package enum Source: Equatable, Sendable {
        /// The head of a Trailers-Only response.
        case head
        case trailers
        /// There was none: what the HTTP status means, and a failure even behind a 200.
        case httpStatus
        case reset
    }

    package var status: GRPCStatus
    package var source: Source

    /// A response that has ended.
    /// - Parameter trailers: those of the response; their ranges point into `trailerBytes`.
    package init(_ head: borrowing ResponseHead, trailers: FieldList, in trailerBytes: RawSpan) {
        if let field = trailers.first(of: .grpcStatus) {
            status = GRPCStatus(value: trailerBytes.extracting(field.valueRange.range)) ?? .unknown
            source = .trailers
        } else if head.isTrailersOnly, let value = head.value(of: .grpcStatus) {
            status = GRPCStatus(value: head[value]) ?? .unknown
            source = .head
        } else {
            status = head.status == 200 ? .unknown : GRPCStatus(httpStatus: head.status)
            source = .httpStatus
        }
    }

    /// A response that was reset, before its head or behind it.
    package init(resetCode: UInt32) {
        status = GRPCStatus(resetCode: resetCode)
        source = .reset
    }
}

/// `grpc-retry-pushback-ms` of a failed attempt: what the server says about the next one.
package enum GRPCPushback: Equatable, Sendable {
    /// Exactly so long from now.
    case after(milliseconds: UInt32)
    /// Not at all: a negative number, or none.
    case never

    package init(_ value: RawSpan) {
        self = .never
        guard value.byteCount > 0, value.byteCount <= 9 else { return }
        var milliseconds: UInt32 = 0
        for offset in 0..<value.byteCount {
            let digit = value[offset] &- 0x30
            guard digit < 10 else { return }
            milliseconds = milliseconds * 10 + UInt32(digit)
        }
        self = .after(milliseconds: milliseconds)
    }
}
