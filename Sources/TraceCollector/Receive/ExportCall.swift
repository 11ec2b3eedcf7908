package import GRPC

/// An Export call as gRPC brought it, before anything was read. Values are as sent; nil when absent.
package struct ExportCall: Sendable {
    package var path: String
    /// `grpc-encoding`.
    package var encoding: String?
    /// What is left of `grpc-timeout`, in nanoseconds; nil for a call without one.
    package var nanosecondsLeft: UInt64?
    /// The messages with their prefixes.
    package var body: [UInt8]

    package init(path: String, encoding: String? = nil, nanosecondsLeft: UInt64? = nil, body: [UInt8]) {
        self.path = path
        self.encoding = encoding
        self.nanosecondsLeft = nanosecondsLeft
        self.body = body
    }
}

/// The answer to an Export call.
package struct ExportCallAnswer: Equatable, Sendable {
    package var status: GRPCStatus
    /// For a person; empty when the status is OK.
    package var message = ""
    /// How long the caller should wait before it tries again; nil when trying again cannot help.
    package var retryDelayNanoseconds: UInt64?
    /// An encoded ExportTraceServiceResponse, when the status is OK.
    package var payload: [UInt8] = []
}

extension ExportRefusal {
    /// OTLP's senders repeat a call only for some of the statuses, so they say whether repeating can help; gRPC's own table
    /// of statuses says the rest.
    package var callAnswer: ExportCallAnswer {
        let (status, delay) = callStatus
        return ExportCallAnswer(status: status, message: message, retryDelayNanoseconds: delay)
    }

    private var callStatus: (GRPCStatus, retryDelayNanoseconds: UInt64?) {
        switch self {
        case .unknownMethod, .unknownPath, .methodNotAllowed, .mediaType, .contentEncoding, .notUnary:
            (.unimplemented, nil)
        case .bodyTooLarge: (.resourceExhausted, nil)
        case .corruptCompression: (.internal, nil)
        case .malformed: (.invalidArgument, nil)
        case .overloaded(let seconds), .logUnavailable(let seconds): (.unavailable, UInt64(seconds) * 1_000_000_000)
        case .shuttingDown: (.unavailable, 1_000_000_000)
        case .deadlineExceeded: (.deadlineExceeded, nil)
        case .transport(let status, _):
            switch status {
            case 408: (.deadlineExceeded, nil)
            case 413, 431: (.resourceExhausted, nil)
            case 503: (.unavailable, 1_000_000_000)
            default: (.internal, nil)
            }
        }
    }
}
