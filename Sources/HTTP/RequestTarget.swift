import Bytes

/// The request target in the four forms of RFC 9112 §3.2, as ranges into the head's bytes.
public struct RequestTarget: Equatable, Sendable {
    public enum Form: UInt8, Sendable { case origin, absolute, authority, asterisk }
    public enum Scheme: UInt8, Sendable { case http, https }

    public internal(set) var form = Form.origin
    /// Of the absolute form, or `:scheme`; nil otherwise.
    public internal(set) var scheme: Scheme?
    /// All of it, as received.
    public internal(set) var whole = ByteRange.empty
    /// `host[:port]` of the absolute and authority forms, or `:authority`; empty otherwise.
    public internal(set) var authority = ByteRange.empty
    /// Empty for the authority and asterisk forms, and for an absolute form without a path.
    public internal(set) var path = ByteRange.empty
    /// Behind the `?`; nil when there is none.
    public internal(set) var query: ByteRange?

    /// Path, `?` and query as they stand.
    public var pathAndQuery: ByteRange {
        guard let query else { return path }
        guard !path.isEmpty else { return ByteRange(query.lowerBound - 1..<query.upperBound) }
        return ByteRange(path.lowerBound..<query.upperBound)
    }

    /// Takes the target apart. `whole` holds visible ASCII only; `questionMark` is the offset of its first `?`.
    static func parse(
        _ bytes: borrowing RawSpan, _ whole: Range<Int>, questionMark: Int?, method: HTTPMethod
    ) throws(HTTPError) -> RequestTarget {
        var target = RequestTarget()
        target.whole = ByteRange(whole)
        if method == .connect {
            target.form = .authority
            target.authority = target.whole
            let authority = try Authority.parse(bytes, target.whole)
            guard let port = authority.port, port > 0 else { throw .invalidAuthority }
            return target
        }
        let pathEnd = questionMark ?? whole.upperBound
        if let questionMark { target.query = ByteRange(questionMark + 1..<whole.upperBound) }
        if bytes[whole.lowerBound] == UInt8(ascii: "/") {
            target.path = ByteRange(whole.lowerBound..<pathEnd)
            return target
        }
        if bytes[whole.lowerBound] == UInt8(ascii: "*") && whole.count == 1 {
            guard method == .options else { throw .asteriskWithoutOptions }
            target.form = .asterisk
            return target
        }
        try target.parseAbsolute(bytes, whole.lowerBound..<pathEnd)
        return target
    }

    private mutating func parseAbsolute(_ bytes: borrowing RawSpan, _ range: Range<Int>) throws(HTTPError) {
        let text = bytes.extracting(range)
        let authorityStart: Int
        if text.byteCount >= 7, text.extracting(0..<7).equalsIgnoringCase("http://") {
            scheme = .http
            authorityStart = range.lowerBound + 7
        } else if text.byteCount >= 8, text.extracting(0..<8).equalsIgnoringCase("https://") {
            scheme = .https
            authorityStart = range.lowerBound + 8
        } else {
            throw .targetDoesNotFitMethod
        }
        form = .absolute
        var authorityEnd = authorityStart
        while authorityEnd < range.upperBound && bytes[authorityEnd] != UInt8(ascii: "/") { authorityEnd += 1 }
        authority = ByteRange(authorityStart..<authorityEnd)
        path = ByteRange(authorityEnd..<range.upperBound)
        _ = try Authority.parse(bytes, authority)
    }
}
