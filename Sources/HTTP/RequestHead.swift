import Bytes

/// The head of one request as a model: what it means, not how it was written. It keeps its own copy of the bytes and
/// is reused from message to message, so that parsing does not allocate.
///
/// Ranges point into `bytes`. Nothing that decides framing or routing is ever taken from the bytes again:
/// `HeadWriter` writes those lines anew.
public struct RequestHead: ~Copyable {
    var storage = ByteBuffer()
    public internal(set) var method = HTTPMethod.other
    public internal(set) var methodRange = ByteRange.empty
    public internal(set) var target = RequestTarget()
    /// 1, or 2 for a request that came as HTTP/2 fields.
    public internal(set) var versionMajor: UInt8 = 1
    /// 0 or 1; higher minors of HTTP/1 are read as 1.1 (RFC 9110 §2.5). 1 for HTTP/2, which can do all that 1.1 can.
    public internal(set) var versionMinor: UInt8 = 1
    /// The authority that the request is for, as received: of the target if it has one, else of `Host`. Empty only in
    /// HTTP/1.0.
    public internal(set) var host = ByteRange.empty
    /// `host` without its port.
    public internal(set) var hostName = ByteRange.empty
    public internal(set) var hostPort: UInt16?
    /// The target named another authority than `Host`, which was ignored (RFC 9112 §3.2.2).
    public internal(set) var isHostOverridden = false
    public internal(set) var fields = FieldList()
    public internal(set) var framing = BodyFraming.none
    /// Whether the connection may carry another request; never for HTTP/1.0 (RFC 9112 §9.3 allows it, C.2.2 warns).
    public internal(set) var keepAlive = true
    /// A body follows once the client has seen `100 Continue`.
    public internal(set) var expectsContinue = false
    /// The first protocol that the client would switch to and that we let through, or `:protocol` of an extended CONNECT
    /// (RFC 8441 §4); nil otherwise.
    public internal(set) var upgrade: ByteRange?
    /// `TE: trailers` was sent.
    public internal(set) var acceptsTrailers = false
    /// Of TRACE and OPTIONS only, where 0 means: answer it yourself (RFC 9110 §7.6.2).
    public internal(set) var maxForwards: UInt64?

    public init() {}

    /// The head as received, without leading empty lines; valid until the next `parse`.
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

    /// Forgets the message; keeps the storage.
    public mutating func reset() {
        fields.removeAll()
        storage.clear()
        method = .other
        methodRange = .empty
        target = RequestTarget()
        versionMajor = 1
        versionMinor = 1
        host = .empty
        hostName = .empty
        hostPort = nil
        isHostOverridden = false
        framing = .none
        keepAlive = true
        expectsContinue = false
        upgrade = nil
        acceptsTrailers = false
        maxForwards = nil
    }

    /// Takes over a whole head, as `HeadScanner` found it.
    /// - Returns: nil, or why this is no request; the model is unusable then.
    public mutating func parse(_ head: RawSpan, limits: HTTPLimits = HTTPLimits()) -> HTTPError? {
        reset()
        do throws(HTTPError) {
            guard head.byteCount <= limits.headBytes else { throw .headTooLarge }
            let bytes = head.extracting(try Self.behindEmptyLines(head, limits)..<head.byteCount)
            guard try parseLines(bytes, limits) == bytes.byteCount else { throw .truncatedHead }
            storage.append(bytes)
            return nil
        } catch {
            keepAlive = false
            return error
        }
    }

    /// Takes over the head that `bytes` begin with, as `HeadScanner` and `parse` would, in one pass: where all of it has come
    /// and nothing is wrong with it.
    /// - Returns: its bytes; nil where only those two can tell what is missing or wrong.
    public mutating func parseWhole(_ bytes: RawSpan, limits: HTTPLimits = HTTPLimits()) -> Int? {
        reset()
        do throws(HTTPError) {
            let end = try parseLines(bytes, limits)
            guard end <= limits.headBytes else { throw .headTooLarge }
            storage.append(bytes.extracting(first: end))
            return end
        } catch {
            reset()
            return nil
        }
    }

    private static func behindEmptyLines(_ head: RawSpan, _ limits: HTTPLimits) throws(HTTPError) -> Int {
        var start = 0
        while start &+ 1 < head.byteCount, head.word(at: start) & 0xFFFF == 0x0A0D {
            start += 2
            if start > limits.leadingEmptyLines * 2 { throw .emptyLinesBeforeStart }
        }
        return start
    }

    /// - Returns: the offset behind the empty line.
    private mutating func parseLines(_ bytes: RawSpan, _ limits: HTTPLimits) throws(HTTPError) -> Int {
        let line = try RequestLine.parse(bytes, from: 0, limits: limits)
        method = line.method
        methodRange = line.methodRange
        target = line.target
        versionMinor = min(line.versionMinor, 1)
        let end = try FieldParser.parse(
            bytes, from: line.end, into: &fields, limits: limits, maximum: limits.fields)
        take(
            try RequestMeaning(
                &fields, bytes, method: line.method, target: line.target, versionMinor: versionMinor, limits: limits))
        return end
    }

    mutating func take(_ meaning: RequestMeaning) {
        host = meaning.host
        hostName = meaning.hostName
        hostPort = meaning.hostPort
        isHostOverridden = meaning.isHostOverridden
        framing = meaning.framing
        keepAlive = meaning.keepAlive
        expectsContinue = meaning.expectsContinue
        upgrade = meaning.upgrade
        acceptsTrailers = meaning.acceptsTrailers
        maxForwards = meaning.maxForwards
    }
}
