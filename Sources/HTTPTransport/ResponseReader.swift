import Bytes

/// Collects one response: skips interim ones, then takes the head and the whole body. No I/O.
struct ResponseReader {
    private struct Head {
        let status: Int
        let fields: HTTPFields
    }

    private let isHead: Bool
    private let limits: HTTPClientLimits
    private var head: Head?
    private var body: WireBody?
    private(set) var hasBegun = false
    private(set) var keepsAlive = false

    init(isHead: Bool, limits: HTTPClientLimits) {
        self.isHead = isHead
        self.limits = limits
    }

    /// - Returns: the response, or nil when more bytes are needed.
    mutating func take(from input: inout ByteBuffer) throws(HTTPClientError) -> HTTPResponse? {
        hasBegun = true
        while head == nil {
            guard try takeHead(from: &input) else { return nil }
        }
        switch body?.take(from: &input) {
        case .complete, nil: return assembled()
        case .incomplete: return nil
        case .tooLarge: throw .responseTooLarge
        case .malformed: throw .invalidResponse
        }
    }

    /// The response when the end of the connection is the end of its body, else nil.
    func takeAtEnd() -> HTTPResponse? { body?.endsWithConnection == true ? assembled() : nil }

    private func assembled() -> HTTPResponse? {
        head.map { HTTPResponse(status: $0.status, fields: $0.fields, body: body?.bytes ?? []) }
    }

    /// - Returns: false when more bytes are needed.
    private mutating func takeHead(from input: inout ByteBuffer) throws(HTTPClientError) -> Bool {
        let wire: WireHead?
        do throws(HeadRefusal) {
            wire = try WireHead.take(from: &input, bytesMax: limits.headBytesMax)
        } catch {
            throw .invalidResponse
        }
        guard let wire else { return false }
        guard wire.startLine[0].hasPrefix("HTTP/"), let status = Int(wire.startLine[1]), (100...599).contains(status)
        else { throw .invalidResponse }
        if status < 200 {
            guard status != 101 else { throw .invalidResponse }
            return true
        }
        head = Head(status: status, fields: wire.fields)
        body = WireBody(framing(of: wire, status: status), bytesMax: limits.bodyBytesMax)
        keepsAlive = wire.keepsAlive && body?.endsWithConnection == false
        return true
    }

    /// RFC 9112 §6.3: without a length, a response reaches to the end of the connection.
    private func framing(of wire: WireHead, status: Int) -> BodyFraming {
        if isHead || status == 204 || status == 304 { return .none }
        let hasLength = wire.fields.contains("Content-Length") || wire.fields.contains("Transfer-Encoding")
        return hasLength ? wire.framing : .untilClose
    }
}
