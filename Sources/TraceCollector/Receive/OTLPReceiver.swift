internal import Compression

/// The receiving side of OTLP over HTTP (opentelemetry-proto 1.11): what a request must look like, and what the answers
/// look like. Pure functions; what happens to the spans is the caller's.
package enum OTLPReceiver {
    static let mediaType = "application/x-protobuf"
    /// Senders configured with a bare endpoint post to `/`.
    private static let paths = ["/v1/traces", "/"]

    /// The protobuf message that a request carries.
    ///
    /// - Parameter limit: bytes, before and after decompression.
    package static func message(
        of request: ExportRequest, limit: Int
    ) throws(ExportRefusal) -> [UInt8] {
        try message(in: request.body, isGzipped: try checkHead(request), limit: limit)
    }

    static func message(in body: [UInt8], isGzipped: Bool, limit: Int) throws(ExportRefusal) -> [UInt8] {
        guard body.count <= limit else { throw .bodyTooLarge(limit: limit) }
        return isGzipped ? try inflate(body, limit: limit) : body
    }

    /// Checks everything but the body. - Returns: whether the body is gzip.
    package static func checkHead(_ request: ExportRequest) throws(ExportRefusal) -> Bool {
        guard paths.contains(request.path) else { throw .unknownPath }
        guard request.method == "POST" else { throw .methodNotAllowed }
        guard let type = request.contentType, isProtobuf(type) else { throw .mediaType }
        guard let encoding = request.contentEncoding.map(lowercased), encoding != "identity", encoding != "" else {
            return false
        }
        guard encoding == "gzip" || encoding == "x-gzip" else { throw .contentEncoding }
        return true
    }

    package static func inflate(_ body: [UInt8], limit: Int) throws(ExportRefusal) -> [UInt8] {
        do {
            return try Gzip.decompress(body, limit: limit)
        } catch {
            switch error {
            case .outputLimitExceeded: throw .bodyTooLarge(limit: limit)
            case .truncated, .corrupt, .invalidDictionary: throw .corruptCompression
            }
        }
    }

    /// The answer to a request that was taken, with what was left out of it.
    package static func response(leavingOut rejections: SpanRejections) -> ExportResponse {
        var response = ExportResponse(status: 200)
        response.headers.append(ExportResponse.Header(name: "Content-Type", value: mediaType))
        response.body = message(leavingOut: rejections)
        return response
    }

    /// An ExportTraceServiceResponse.
    static func message(leavingOut rejections: SpanRejections) -> [UInt8] {
        guard rejections.total > 0 else { return [] }
        var partial: [UInt8] = [0x08]
        partial.appendVarint(rejections.total)
        partial.append(0x12)
        let text = Array(explanation(rejections).utf8)
        partial.appendVarint(text.count)
        partial += text
        var message: [UInt8] = [0x0A]
        message.appendVarint(partial.count)
        return message + partial
    }

    private static func explanation(_ rejections: SpanRejections) -> String {
        [
            (rejections.traceIDs, "a trace_id that is not 16 bytes or all zeros"),
            (rejections.spanIDs, "a span_id that is not 8 bytes or all zeros"),
            (rejections.parentIDs, "a parent_span_id that is neither empty nor 8 bytes"),
        ]
        .filter { $0.0 > 0 }
        .map { "\($0.0) spans had \($0.1)" }
        .joined(separator: "; ")
    }

    /// Media types compare without case, and parameters such as a charset change nothing (RFC 9110 §8.3.1).
    private static func isProtobuf(_ contentType: String) -> Bool {
        let essence = contentType.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        return lowercased(String(essence)) == mediaType
    }

    private static func lowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
