import CProtobuf

/// What an OTLP back end said about an accepted request.
struct ExportResponse: Equatable {
    /// As sent; may be negative or more than the request had.
    var rejectedSpans: Int64
    /// A warning when nothing was rejected.
    var message: String

    /// Reads an ExportTraceServiceResponse; `nil` when the bytes are none.
    init?(_ body: borrowing RawSpan) {
        let unpacked = unsafe body.withUnsafeBytes { bytes in
            unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_response__unpack(
                nil, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        guard let response = unsafe unpacked else { return nil }
        defer {
            unsafe opentelemetry__proto__collector__trace__v1__export_trace_service_response__free_unpacked(
                response, nil)
        }
        rejectedSpans = 0
        message = ""
        guard let partial = unsafe response.pointee.partial_success else { return }
        rejectedSpans = unsafe partial.pointee.rejected_spans
        message = unsafe String(cString: partial.pointee.error_message)
    }
}
