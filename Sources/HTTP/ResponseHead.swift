import Bytes

/// The head of one response as a model; parsed as strictly as a request, because an upstream is trusted no more than
/// a client. Reused like `RequestHead`.
public struct ResponseHead: ~Copyable {
    var storage = ByteBuffer()
    public internal(set) var status = 0
    /// The reason phrase as received; may be empty.
    public internal(set) var reason = ByteRange.empty
    /// 1, or 2 for a response that came as HTTP/2 fields.
    public internal(set) var versionMajor: UInt8 = 1
    /// 0 or 1; 1 for HTTP/2.
    public internal(set) var versionMinor: UInt8 = 1
    public internal(set) var fields = FieldList()
    /// How the body ends, with the request's method taken into account (RFC 9112 §6.3).
    public internal(set) var framing = BodyFraming.none
    /// `Content-Length` as declared, also where no body follows (HEAD, 304).
    public internal(set) var declaredLength: UInt64?
    /// Whether the upstream connection may carry another request.
    public internal(set) var keepAlive = true
    /// The protocol of a 101.
    public internal(set) var upgrade: ByteRange?

    public init() {}

    /// 1xx other than 101: another head follows (RFC 9110 §15.2).
    public var isInterim: Bool { status < 200 && status != 101 }
    /// The connection is a tunnel from here on: 101, or 2xx to CONNECT.
    public internal(set) var isTunnel = false

    /// The head as received; valid until the next `parse`.
    public var bytes: RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes }
    }

    public subscript(range: ByteRange) -> RawSpan {
        @_lifetime(borrow self)
        get { storage.bytes.extracting(range.range) }
    }

    /// The value of the first line with this name; read it by `head[range]`.
    public func value(of name: FieldName) -> ByteRange? { fields.first(of: name)?.valueRange }

    /// How to frame the same body for a client: an HTTP/1.0 one knows no chunks, a 1.1 one need not lose its
    /// connection because the upstream does.
    public func framing(forClientMinor minor: UInt8) -> BodyFraming {
        switch framing {
        case .none, .length: framing
        case .chunked, .untilClose: minor == 0 ? .untilClose : .chunked
        }
    }

    /// Forgets the message; keeps the storage.
    public mutating func reset() {
        fields.removeAll()
        storage.clear()
        status = 0
        reason = .empty
        versionMajor = 1
        versionMinor = 1
        framing = .none
        declaredLength = nil
        keepAlive = true
        upgrade = nil
        isTunnel = false
    }

    /// Takes over a whole head, as `HeadScanner(.response)` found it.
    /// - Returns: nil, or why this is no response to such a request: answer 502 and close the upstream connection.
    public mutating func parse(
        _ head: RawSpan, for requestMethod: HTTPMethod, limits: HTTPLimits = HTTPLimits()
    ) -> HTTPError? {
        reset()
        do throws(HTTPError) {
            guard head.byteCount <= limits.headBytes else { throw .headTooLarge }
            guard try parseLines(head, limits) == head.byteCount else { throw .truncatedHead }
            try decideFraming(head, requestMethod, limits)
            storage.append(head)
            return nil
        } catch {
            keepAlive = false
            return error
        }
    }

    /// Takes over the head that `bytes` begin with, as `HeadScanner` and `parse` would, in one pass: where all of it has come
    /// and nothing is wrong with it.
    /// - Returns: its bytes; nil where only those two can tell what is missing or wrong.
    public mutating func parseWhole(
        _ bytes: RawSpan, for requestMethod: HTTPMethod, limits: HTTPLimits = HTTPLimits()
    ) -> Int? {
        reset()
        do throws(HTTPError) {
            let end = try parseLines(bytes, limits)
            guard end <= limits.headBytes else { throw .headTooLarge }
            try decideFraming(bytes, requestMethod, limits)
            storage.append(bytes.extracting(first: end))
            return end
        } catch {
            reset()
            return nil
        }
    }

    /// - Returns: the offset behind the empty line.
    private mutating func parseLines(_ bytes: RawSpan, _ limits: HTTPLimits) throws(HTTPError) -> Int {
        let line = try StatusLine.parse(bytes, limits: limits)
        status = line.status
        reason = line.reason
        versionMinor = min(line.versionMinor, 1)
        return try FieldParser.parse(bytes, from: line.end, into: &fields, limits: limits, maximum: limits.fields)
    }

    private mutating func decideFraming(
        _ bytes: RawSpan, _ method: HTTPMethod, _ limits: HTTPLimits
    ) throws(HTTPError) {
        let declared = try MessageFraming.declared(by: fields, in: bytes, versionMinor: versionMinor, limits: limits)
        if case .length(let length) = declared { declaredLength = length }
        let connection = try ConnectionOptions.read(&fields, in: bytes, limits: limits)
        keepAlive = !connection.close && (versionMinor > 0 || connection.keepAlive)
        if status < 200 && (declared.hasBody) { throw .interimResponseWithBody }
        isTunnel = status == 101 || (method == .connect && status >= 200 && status < 300)
        if isTunnel || status < 200 || status == 204 || status == 304 || method == .head {
            framing = .none
            if status != 304 && method != .head { declaredLength = nil }
        } else {
            framing = declared == .none ? .untilClose : declared
        }
        if framing == .untilClose { keepAlive = false }
        if status == 101 { try readUpgrade(connection, bytes) }
    }

    private mutating func readUpgrade(_ connection: ConnectionOptions, _ bytes: RawSpan) throws(HTTPError) {
        guard connection.upgrade, fields.count(of: .upgrade) == 1, let field = fields.first(of: .upgrade),
            UpgradeProtocol.isValid(bytes, field.valueRange)
        else { throw .invalidUpgrade }
        upgrade = field.valueRange
    }
}
