import Bytes

/// `host [":" port]` (RFC 3986 §3.2, RFC 9110 §7.2): a name, an IPv4 address or a bracketed IPv6 address. No userinfo,
/// no list, no escapes.
struct Authority: Equatable {
    var host: ByteRange
    /// nil when there is none, or an empty one.
    var port: UInt16?

    static func parse(_ bytes: borrowing RawSpan, _ range: ByteRange) throws(HTTPError) -> Authority {
        let end = range.upperBound
        var offset = range.lowerBound
        guard offset < end else { throw .invalidAuthority }
        if bytes[offset] == UInt8(ascii: "[") {
            offset = try endOfIPv6(bytes, offset, end)
        } else {
            while offset < end && ByteClass.isHost(bytes[offset]) { offset &+= 1 }
        }
        let host = ByteRange(range.lowerBound..<offset)
        guard !host.isEmpty else { throw .invalidAuthority }
        guard offset < end else { return Authority(host: host, port: nil) }
        guard bytes[offset] == UInt8(ascii: ":") else {
            for rest in offset..<end where bytes[rest] == UInt8(ascii: "@") { throw .userinfoInAuthority }
            throw .invalidAuthority
        }
        return Authority(host: host, port: try port(bytes, offset &+ 1, end))
    }

    private static func port(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) throws(HTTPError) -> UInt16? {
        guard start < end else { return nil }
        var port: UInt32 = 0
        for offset in start..<end {
            if bytes[offset] == UInt8(ascii: "@") { throw .userinfoInAuthority }
            guard ByteClass.isDigit(bytes[offset]) else {
                for rest in offset..<end where bytes[rest] == UInt8(ascii: "@") { throw .userinfoInAuthority }
                throw .invalidAuthority
            }
            port = port * 10 + UInt32(bytes[offset] &- 0x30)
            guard port <= 65_535 else { throw .invalidAuthority }
        }
        return UInt16(port)
    }

    /// The offset behind `]`. Which groups are legal is left to whoever resolves it; the characters are checked.
    private static func endOfIPv6(_ bytes: borrowing RawSpan, _ start: Int, _ end: Int) throws(HTTPError) -> Int {
        var offset = start + 1
        var colons = 0
        while offset < end, bytes[offset] != UInt8(ascii: "]") {
            let byte = bytes[offset]
            if byte == UInt8(ascii: ":") {
                colons += 1
            } else if ByteClass.hexValue(byte) == nil && byte != UInt8(ascii: ".") {
                throw .invalidAuthority
            }
            offset += 1
        }
        guard offset < end, colons >= 2, colons <= 8, offset - start <= 46 else { throw .invalidAuthority }
        return offset + 1
    }
}
