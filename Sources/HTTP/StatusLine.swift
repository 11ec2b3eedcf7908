import Bytes

/// `HTTP-version SP status-code SP [reason-phrase] CRLF` (RFC 9112 §4). The second space may be missing, as many
/// servers leave it out with the phrase.
struct StatusLine {
    var versionMinor: UInt8 = 1
    var status = 0
    var reason = ByteRange.empty
    /// Behind the CRLF.
    var end = 0

    static func parse(_ bytes: borrowing RawSpan, limits: HTTPLimits) throws(HTTPError) -> StatusLine {
        guard bytes.byteCount >= 14 else { throw .truncatedHead }
        var line = StatusLine()
        line.versionMinor = try RequestLine.minor(ofVersion: bytes.word(at: 0))
        guard bytes[8] == ByteClass.space else { throw .invalidStatusLine }
        for offset in 9..<12 {
            guard ByteClass.isDigit(bytes[offset]) else { throw .invalidStatusLine }
            line.status = line.status * 10 + Int(bytes[offset] &- 0x30)
        }
        guard line.status >= 100 else { throw .invalidStatusLine }
        var offset = 12
        if bytes[offset] == ByteClass.space { offset += 1 }
        let lineEnd = try FieldParser.endOfValue(bytes, from: offset)
        guard offset > 12 || lineEnd == offset else { throw .invalidStatusLine }
        guard lineEnd <= limits.startLineBytes else { throw .startLineTooLong }
        line.reason = ByteRange(offset..<lineEnd)
        line.end = lineEnd + 2
        return line
    }
}
