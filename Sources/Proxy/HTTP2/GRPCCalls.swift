import Bytes
import EventLoop
import GRPC
import HTTP
import HTTP2

// What gRPC adds to an exchange: its deadline, its status, and failures in its own form.

extension ClientConnection {
    /// Recognises a call by its content type, without any declaration, and takes its deadline over.
    func noteCall(_ exchange: inout Exchange) {
        guard exchange.request.isGRPC else { return }
        exchange.isGRPC = true
        guard let field = exchange.request.value(of: .grpcTimeout),
            let timeout = GRPCTimeout.parse(exchange.request[field])
        else { return }
        exchange.callerDeadline = exchange.record.started.advanced(byNanoseconds: timeout)
    }

    /// Reads the call's status where the response has it: in its trailers, or in the only head.
    func noteOutcome(_ exchange: inout Exchange) {
        guard let stream = exchange.upstream?.socket.stream, stream.hasTrailers else {
            let nothing = ByteBuffer()
            exchange.record.grpcStatus =
                GRPCOutcome(exchange.response, trailers: FieldList(), in: nothing.bytes).status
            return
        }
        exchange.record.grpcStatus =
            GRPCOutcome(exchange.response, trailers: stream.trailers.fields, in: stream.trailers.bytes).status
    }
}

extension Worker {
    /// Answers a call with the proxy's own failure: HTTP 200, and a status in the only head (Trailers-Only).
    func writeStatus(of reason: FailureReason, to stream: ExchangeStream) {
        let date = clock.httpDate
        let status = UInt64(GRPCStatus(reason).rawValue)
        var text = ByteBuffer()
        text.append("martlet: \(reason.explanation) (\(reason.word))")
        stream.respond(hasBody: false) { block in
            block.response(status: 200, date: date) { block in
                block.field("content-type", "application/grpc")
                block.field("grpc-status", decimal: status)
                block.field("grpc-message") { GRPCMessageText.write(text.bytes, to: &$0) }
                block.field("martlet-reason", reason.word)
            }
        }
    }
}
