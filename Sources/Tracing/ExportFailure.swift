import CProtobuf

/// The last attempt that did not fully succeed, for the log and the admin page.
public struct ExportFailure: Hashable, Sendable {
    public var outcome: ExportOutcome
    /// The HTTP status, below 100 the number of gRPC's; `nil` when no response came.
    public var status: Int?
    /// In the server's words, shortened; empty when it had none.
    public var message: String

    init(_ outcome: ExportOutcome, status: Int? = nil, message: String = "") {
        self.outcome = outcome
        self.status = status
        self.message = String(message.prefix(TracingLimits.failureMessageCharacters))
    }
}

/// The message of a google.rpc.Status, the error body of OTLP/HTTP; empty when the body is none.
func statusMessage(_ body: borrowing RawSpan) -> String {
    let unpacked = unsafe body.withUnsafeBytes { bytes in
        unsafe google__rpc__status__unpack(nil, bytes.count, bytes.baseAddress?.assumingMemoryBound(to: UInt8.self))
    }
    guard let status = unsafe unpacked else { return "" }
    defer { unsafe google__rpc__status__free_unpacked(status, nil) }
    return unsafe String(cString: status.pointee.message)
}
