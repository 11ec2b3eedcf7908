/// An export request as HTTP brought it, before anything was read. Header values are as sent; nil when absent.
package struct ExportRequest: Sendable {
    package var method: String
    package var path: String
    package var contentType: String?
    package var contentEncoding: String?
    package var body: [UInt8]

    package init(
        method: String, path: String, contentType: String?, contentEncoding: String?, body: [UInt8]
    ) {
        self.method = method
        self.path = path
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.body = body
    }
}

/// The answer to an export request.
package struct ExportResponse: Equatable, Sendable {
    package var status: Int
    package var headers: [Header] = []
    /// An encoded ExportTraceServiceResponse, or an encoded google.rpc.Status when the status is an error.
    package var body: [UInt8] = []

    package struct Header: Equatable, Sendable {
        package let name: String
        package let value: String
    }
}
