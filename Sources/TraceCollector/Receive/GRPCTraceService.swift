internal import Bytes
internal import GRPC

/// The receiving side of OTLP over gRPC: what a call must look like. Pure functions, as `OTLPReceiver`.
package enum GRPCTraceService {
    package static let path = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"

    /// The encodings that a message may have, as `grpc-accept-encoding` lists them.
    static let encodings = "identity,gzip"

    /// The message of a call, as it was sent.
    ///
    /// - Parameter limit: bytes before decompression; what comes out is bounded by who decompresses.
    package static func message(
        of call: ExportCall, limit: Int
    ) throws(ExportRefusal) -> (bytes: [UInt8], isGzipped: Bool) {
        guard call.path == path else { throw .unknownMethod }
        let encoding = call.encoding ?? "identity"
        guard encoding == "gzip" || encoding == "identity" else { throw .contentEncoding }
        if call.nanosecondsLeft == 0 { throw .deadlineExceeded }
        let message: GRPCMessage.Unary
        do {
            message = try GRPCMessage.unary(call.body.rawBytes, limit: limit)
        } catch {
            switch error {
            case .tooLarge: throw .bodyTooLarge(limit: limit)
            case .empty, .invalidFlag, .truncated, .severalMessages: throw .notUnary
            }
        }
        // A compressed message of a call that names no encoding cannot be read (gRPC's COMPRESSION, test case 3).
        if message.isCompressed, encoding == "identity" { throw .corruptCompression }
        return (Array(call.body[message.payload]), message.isCompressed)
    }
}
