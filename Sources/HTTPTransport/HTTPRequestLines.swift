import Bytes

/// The head of a request that a client sends.
struct HTTPRequestLines {
    let method: String
    let authority: String
    let target: String
    let fields: HTTPFields

    func write(bodyCount: Int, to buffer: inout ByteBuffer) {
        HTTPFields.write(method, to: &buffer)
        buffer.append(" ")
        HTTPFields.write(target, to: &buffer)
        buffer.append(" HTTP/1.1\r\nHost: ")
        HTTPFields.write(authority, to: &buffer)
        buffer.append("\r\n")
        fields.write(to: &buffer)
        // RFC 9110 §8.6: a method that expects a body says so even when it is empty.
        if bodyCount > 0 || method == "POST" || method == "PUT" {
            buffer.append("Content-Length: ")
            buffer.append(decimal: UInt64(bodyCount))
            buffer.append("\r\n")
        }
        buffer.append("\r\n")
    }
}
