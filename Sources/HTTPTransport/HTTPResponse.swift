/// A response that is handled whole: what a server's handler returns and what a client's request comes to.
package struct HTTPResponse: Sendable, Equatable {
    package var status: Int
    /// `Content-Length`, `Date`, `Connection` and `Transfer-Encoding` are the transport's and must not be set here.
    package var fields: HTTPFields
    package var body: [UInt8]
    /// Fields behind the body. Only HTTP/2 carries them: an HTTP/1.1 client is not told them.
    package var trailers: HTTPFields = [:]

    package init(status: Int = 200, fields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    package init(status: Int = 200, contentType: String, fields: HTTPFields = [:], body: [UInt8]) {
        self.init(status: status, fields: fields, body: body)
        self.fields.append("Content-Type", contentType)
    }

    /// Plain text in UTF-8.
    package static func text(_ text: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "text/plain; charset=utf-8", body: Array(text.utf8))
    }

    /// A JSON document that has been rendered.
    package static func json(_ document: String, status: Int = 200) -> HTTPResponse {
        HTTPResponse(status: status, contentType: "application/json", body: Array(document.utf8))
    }

    /// The body as text; bytes that are not UTF-8 become U+FFFD.
    package var text: String { String(decoding: body, as: UTF8.self) }
}
