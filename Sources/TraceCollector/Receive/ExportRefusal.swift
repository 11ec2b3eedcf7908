/// Why an export request is not taken. OTLP's senders repeat it only after 429, 502, 503 and 504, so the status says
/// whether repeating can help.
package enum ExportRefusal: Error, Equatable, Sendable {
    case unknownPath
    case methodNotAllowed
    case mediaType
    case contentEncoding
    case bodyTooLarge(limit: Int)
    case corruptCompression
    case malformed(WireError)
    /// Too much is waiting to be stored.
    case overloaded(retryAfterSeconds: Int)
    /// The write-ahead log cannot be written, so nothing may be acknowledged.
    case logUnavailable(retryAfterSeconds: Int)
    case shuttingDown
    /// gRPC only: no service or method of this name.
    case unknownMethod
    /// gRPC only: the body is not one message.
    case notUnary
    /// gRPC only: the caller has given up by now.
    case deadlineExceeded
    /// What HTTP itself does not allow; with the status that it asks for.
    case transport(status: Int, why: String)

    var status: Int {
        switch self {
        case .unknownPath, .unknownMethod: 404
        case .methodNotAllowed: 405
        case .mediaType, .contentEncoding: 415
        case .bodyTooLarge: 413
        case .corruptCompression, .malformed, .notUnary: 400
        case .deadlineExceeded: 504
        case .overloaded, .logUnavailable, .shuttingDown: 503
        case .transport(let status, _): status
        }
    }

    /// The label `reason` of `martlet_collector_spans_refused_total`.
    package var reason: String {
        switch self {
        case .unknownPath: "unknown_path"
        case .methodNotAllowed: "method_not_allowed"
        case .mediaType: "media_type"
        case .contentEncoding: "content_encoding"
        case .bodyTooLarge: "body_too_large"
        case .corruptCompression: "corrupt_compression"
        case .malformed: "malformed"
        case .overloaded: "overloaded"
        case .logUnavailable: "log_unavailable"
        case .shuttingDown: "shutting_down"
        case .unknownMethod: "unknown_method"
        case .notUnary: "not_unary"
        case .deadlineExceeded: "deadline_exceeded"
        case .transport(413, _): "body_too_large"
        case .transport(503, _): "overloaded"
        case .transport: "http"
        }
    }

    /// Numbers of google.rpc.Code.
    private var code: UInt64 {
        switch self {
        case .unknownPath: 5
        case .methodNotAllowed, .unknownMethod: 12
        case .mediaType, .contentEncoding, .corruptCompression, .malformed, .notUnary: 3
        case .deadlineExceeded: 4
        case .bodyTooLarge: 8
        case .overloaded, .logUnavailable, .shuttingDown: 14
        case .transport(let status, _):
            switch status {
            case 408: 4
            case 413, 431: 8
            case 503: 14
            case 501: 12
            default: 3
            }
        }
    }

    var message: String {
        switch self {
        case .unknownPath: "traces are received at /v1/traces"
        case .methodNotAllowed: "traces are received by POST"
        case .mediaType: "only application/x-protobuf is received"
        case .contentEncoding: "only gzip and identity are known content encodings"
        case .bodyTooLarge(let limit): "the request is larger than \(limit) bytes after decompression"
        case .corruptCompression: "the gzip data is corrupt"
        case .malformed(let error): "\(error.explanation)"
        case .overloaded: "too many spans are waiting to be stored"
        case .logUnavailable: "spans cannot be made durable"
        case .shuttingDown: "the collector is shutting down"
        case .unknownMethod: "traces are received by \(GRPCTraceService.path)"
        case .notUnary: "the call has to carry exactly one message"
        case .deadlineExceeded: "the call came too late"
        case .transport(_, let why): why
        }
    }

    package var response: ExportResponse {
        var response = ExportResponse(status: status)
        response.headers.append(ExportResponse.Header(name: "Content-Type", value: OTLPReceiver.mediaType))
        switch self {
        case .methodNotAllowed: response.headers.append(ExportResponse.Header(name: "Allow", value: "POST"))
        case .overloaded(let seconds), .logUnavailable(let seconds): retry(after: seconds, &response)
        case .shuttingDown, .transport(503, _): retry(after: 1, &response)
        case .unknownPath, .mediaType, .contentEncoding, .bodyTooLarge, .corruptCompression, .malformed, .transport,
            .unknownMethod, .notUnary, .deadlineExceeded:
            break
        }
        var status: [UInt8] = [0x08]
        status.appendVarint(code)
        status.append(0x12)
        let text = Array(message.utf8)
        status.appendVarint(text.count)
        response.body = status + text
        return response
    }

    private func retry(after seconds: Int, _ response: inout ExportResponse) {
        response.headers.append(ExportResponse.Header(name: "Retry-After", value: String(seconds)))
    }
}
