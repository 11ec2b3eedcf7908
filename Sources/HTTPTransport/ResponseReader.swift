import Bytes
import HTTP

/// Collects one response: skips interim ones, then takes the head and the whole body. No I/O.
struct ResponseReader: ~Copyable {
    private let method: HTTPMethod
    private let limits: HTTPClientLimits
    private var scanner: HeadScanner
    private var head = ResponseHead()
    private var body: WholeBody?
    private(set) var hasBegun = false
    var keepsAlive: Bool { head.keepAlive }

    /// - Parameter isHead: the request was HEAD, whose response has no body whatever its fields say.
    init(isHead: Bool, limits: HTTPClientLimits) {
        method = isHead ? .head : .get
        self.limits = limits
        scanner = HeadScanner(.response)
    }

    /// - Returns: the response, or nil when more bytes are needed.
    mutating func take(from input: inout ByteBuffer) throws(HTTPClientError) -> HTTPResponse? {
        hasBegun = true
        while body == nil {
            guard try takeHead(from: &input) else { return nil }
        }
        switch body?.take(from: &input) {
        case .complete: return assembled()
        case .incomplete, nil: return nil
        case .tooLarge: throw .responseTooLarge
        case .malformed: throw .invalidResponse
        }
    }

    /// The response when the end of the connection is the end of its body, else nil.
    mutating func takeAtEnd() -> HTTPResponse? { body?.endsHere() == true ? assembled() : nil }

    private mutating func assembled() -> HTTPResponse {
        var bytes: [UInt8] = []
        if let whole = body.take() { bytes = whole.bytes }
        return HTTPResponse(status: head.status, fields: HTTPFields(head.fields, in: head.bytes), body: bytes)
    }

    /// - Returns: false when more bytes are needed.
    private mutating func takeHead(from input: inout ByteBuffer) throws(HTTPClientError) -> Bool {
        switch scanner.scan(input.bytes) {
        case .needMore: return false
        case .failed: throw .invalidResponse
        case .complete(let byteCount):
            let fault = head.parse(input.bytes.extracting(0..<byteCount), for: method)
            input.consume(byteCount)
            guard fault == nil, !head.isTunnel else { throw .invalidResponse }
            if !head.isInterim { body = WholeBody(head.framing, bytesMax: limits.bodyBytesMax) }
            return true
        }
    }
}
