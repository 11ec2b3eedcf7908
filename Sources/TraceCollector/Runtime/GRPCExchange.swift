internal import Bytes
internal import EventLoop
internal import GRPC
internal import HTTPTransport

/// A gRPC call as HTTP/2 carries it (gRPC's PROTOCOL-HTTP2).
extension HTTPRequest {
    var isGRPC: Bool {
        guard isHTTP2, method == "POST", let type = fields["content-type"] else { return false }
        return GRPCContentType.matches(Array(type.utf8).rawBytes)
    }
}

extension ExportCall {
    init(_ request: HTTPRequest) {
        self.init(
            path: request.path, encoding: request.fields["grpc-encoding"],
            nanosecondsLeft: Self.nanosecondsLeft(request), body: request.body)
    }

    /// A malformed timeout is none, as gRPC's servers have it.
    private static func nanosecondsLeft(_ request: HTTPRequest) -> UInt64? {
        guard let text = request.fields["grpc-timeout"], let timeout = GRPCTimeout.parse(Array(text.utf8).rawBytes)
        else { return nil }
        let passed = request.receivedAt.map { MonotonicTime.now().nanoseconds(since: $0) } ?? 0
        return timeout > passed ? timeout - passed : 0
    }
}

extension HTTPResponse {
    init(_ answer: ExportCallAnswer) {
        self.init(
            fields: [
                "content-type": "application/grpc", "grpc-accept-encoding": GRPCTraceService.encodings,
            ])
        guard answer.status != .ok else {
            body = GRPCMessage.framed(answer.payload)
            trailers = ["grpc-status": "0"]
            return
        }
        // Trailers-Only: the head is all there is.
        fields.append("grpc-status", String(answer.status.rawValue))
        var text = ByteBuffer()
        GRPCMessageText.write(Array(answer.message.utf8).rawBytes, to: &text)
        fields.append("grpc-message", String(decoding: text.bytes))
        guard let delay = answer.retryDelayNanoseconds else { return }
        let details = GRPCStatusDetails(
            code: answer.status, message: answer.message, retryDelayNanoseconds: delay)
        let value = GRPCBinaryValue.encoded(details.encoded)
        fields.append("grpc-status-details-bin", String(decoding: value, as: UTF8.self))
    }
}
