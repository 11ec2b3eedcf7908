import Bytes
import GRPC
import HTTPTransport

/// How an Export call over gRPC ended.
struct SpanCallResult: Equatable {
    var status: GRPCStatus
    /// In the server's words; empty when it had none.
    var message: String
    /// Of a google.rpc.RetryInfo among the status' details.
    var retryDelayNanoseconds: UInt64?
    /// The message; empty when the call failed, or its message cannot be read.
    var payload: [UInt8] = []

    /// The status stands in the trailers, or in the head of a response that has nothing else; where it is missing, HTTP's
    /// says what that means (gRPC's `http-grpc-status-mapping`).
    init(_ response: HTTPResponse) {
        let trailers = response.trailers.contains("grpc-status") ? response.trailers : response.fields
        let fallback = response.status == 200 ? GRPCStatus.unknown : GRPCStatus(httpStatus: response.status)
        status = trailers["grpc-status"].map { Self.status($0) } ?? fallback
        var text = ByteBuffer()
        if let message = trailers["grpc-message"] { GRPCMessageText.read(Array(message.utf8).rawBytes, to: &text) }
        message = String(decoding: text.bytes)
        guard status == .ok else {
            if let details = trailers["grpc-status-details-bin"] { retryDelayNanoseconds = Self.delay(details) }
            return
        }
        payload = Self.payload(response.body)
    }

    private static func status(_ text: String) -> GRPCStatus {
        GRPCStatus(value: Array(text.utf8).rawBytes) ?? .unknown
    }

    private static func delay(_ text: String) -> UInt64? {
        guard let bytes = GRPCBinaryValue.decoded(Array(text.utf8).rawBytes) else { return nil }
        return GRPCStatusDetails(bytes.rawBytes)?.retryDelayNanoseconds
    }

    /// A message that cannot be read changes nothing: the status says that the spans were taken.
    private static func payload(_ body: [UInt8]) -> [UInt8] {
        do throws(GRPCMessage.Fault) {
            let message = try GRPCMessage.unary(body.rawBytes, limit: body.count)
            return message.isCompressed ? [] : Array(body[message.payload])
        } catch {
            return []
        }
    }
}
