import Bytes
import HTTP

/// A request that an HTTP/2 client sends, whole.
struct HTTP2ClientRequest {
    let method: HTTPMethod
    let authority: [UInt8]
    let path: [UInt8]
    let fields: HTTPFields
    let body: [UInt8]

    func write(to block: inout FieldBlock) {
        block.request(
            method.text, scheme: .http, authority: authority.rawBytes, path: path.rawBytes,
            contentLength: body.isEmpty ? nil : UInt64(body.count)
        ) { fields.write(to: &$0) }
    }
}
