import Bytes

/// `method SP request-target SP HTTP-version CRLF` (RFC 9112 §3), separated by exactly one space.
struct RequestLine {
    var method = HTTPMethod.other
    var methodRange = ByteRange.empty
    var target = RequestTarget()
    var versionMinor: UInt8 = 1
    /// Behind the CRLF.
    var end = 0

    private static let version11 = UInt64(littleEndian: 0x312E_312F_5054_5448)
    private static let versionPrefix = UInt64(littleEndian: 0x0000_002F_5054_5448)

    static func parse(_ bytes: borrowing RawSpan, from start: Int, limits: HTTPLimits) throws(HTTPError) -> RequestLine
    {
        var line = RequestLine()
        let targetStart = try line.parseMethod(bytes, start, limits)
        let (targetEnd, questionMark) = try endOfTarget(bytes, targetStart)
        guard targetEnd > targetStart else { throw .invalidRequestLine }
        try line.parseVersion(bytes, targetEnd &+ 1)
        guard line.end &- 2 &- start <= limits.startLineBytes else { throw .startLineTooLong }
        let whole = targetStart..<targetEnd
        line.target = try RequestTarget.parse(bytes, whole, questionMark: questionMark, method: line.method)
        return line
    }

    /// - Returns: the offset behind the space.
    private mutating func parseMethod(
        _ bytes: borrowing RawSpan, _ start: Int, _ limits: HTTPLimits
    ) throws(HTTPError) -> Int {
        var offset = start
        while offset < bytes.byteCount, ByteClass.isToken(bytes[offset]) {
            offset &+= 1
            if offset &- start > limits.methodBytes { throw .methodTooLong }
        }
        guard offset < bytes.byteCount else { throw .truncatedHead }
        guard bytes[offset] == ByteClass.space, offset > start else {
            throw ByteClass.isOptionalWhitespace(bytes[offset]) ? .invalidRequestLine : .invalidMethod
        }
        methodRange = ByteRange(start..<offset)
        method = HTTPMethod(bytes.extracting(start..<offset))
        return offset &+ 1
    }

    /// The space behind the target, and its first `?`. Refuses what must not stand in one: control bytes, 8-bit, `#`, `\`
    /// (which some servers read as `/`) and an escaped NUL.
    static func endOfTarget(
        _ bytes: borrowing RawSpan, _ start: Int
    ) throws(HTTPError) -> (offset: Int, questionMark: Int?) {
        var questionMark: Int?
        var offset = start
        while true {
            offset = bytes.firstOffset(from: offset, to: bytes.byteCount) { word in
                WordScan.below(0x21, word) | WordScan.equal(0x7F, word) | (word & WordScan.highs)
                    | WordScan.equal(UInt8(ascii: "#"), word) | WordScan.equal(UInt8(ascii: "\\"), word)
                    | WordScan.equal(UInt8(ascii: "?"), word) | WordScan.equal(UInt8(ascii: "%"), word)
            }
            guard offset < bytes.byteCount else { throw .truncatedHead }
            switch bytes[offset] {
            case ByteClass.space: return (offset, questionMark)
            case UInt8(ascii: "?"):
                if questionMark == nil { questionMark = offset }
            case UInt8(ascii: "%"):
                let escaped = bytes.word(at: offset) & 0xFF_FFFF
                if escaped == 0x30_3025 { throw .invalidTarget }
            case UInt8(ascii: "#"): throw .fragmentInTarget
            case ByteClass.carriageReturn, ByteClass.tab: throw .invalidRequestLine
            default: throw .invalidTarget
            }
            offset &+= 1
        }
    }

    private mutating func parseVersion(_ bytes: borrowing RawSpan, _ start: Int) throws(HTTPError) {
        guard start &+ 10 <= bytes.byteCount else { throw .invalidVersion }
        let isEnded = bytes[start &+ 8] == ByteClass.carriageReturn && bytes[start &+ 9] == ByteClass.lineFeed
        end = start &+ 10
        let word = bytes.word(at: start)
        if word == Self.version11 && isEnded { return }
        guard isEnded else { throw .invalidVersion }
        if method == .other, bytes.extracting(methodRange.range).equals("PRI") { throw .http2Preface }
        versionMinor = try Self.minor(ofVersion: word)
    }

    /// The minor version of `HTTP/1.x`, given its eight bytes.
    static func minor(ofVersion word: UInt64) throws(HTTPError) -> UInt8 {
        let major = UInt8(truncatingIfNeeded: word &>> 40)
        let minor = UInt8(truncatingIfNeeded: word &>> 56)
        guard word & 0xFF_FFFF_FFFF == versionPrefix, UInt8(truncatingIfNeeded: word &>> 48) == UInt8(ascii: "."),
            ByteClass.isDigit(major), ByteClass.isDigit(minor), major != UInt8(ascii: "0")
        else { throw .invalidVersion }
        guard major == UInt8(ascii: "1") else { throw .unsupportedVersion }
        return minor &- 0x30
    }
}
