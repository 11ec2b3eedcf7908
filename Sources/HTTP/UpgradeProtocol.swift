import Bytes

/// `Upgrade` elements (RFC 9110 §7.8) and the WebSocket handshake's key (RFC 6455 §4.1).
enum UpgradeProtocol {
    /// `token ["/" token]`.
    static func isValid(_ bytes: borrowing RawSpan, _ element: ByteRange) -> Bool {
        var slashes = 0
        var tokenBytes = 0
        for offset in element.range {
            if bytes[offset] == UInt8(ascii: "/") {
                guard tokenBytes > 0 else { return false }
                slashes += 1
                tokenBytes = 0
            } else {
                guard ByteClass.isToken(bytes[offset]) else { return false }
                tokenBytes += 1
            }
        }
        return slashes <= 1 && tokenBytes > 0
    }

    /// `h2c`, `h2`, `HTTP/2.0` and their like.
    static func isHTTP2(_ bytes: borrowing RawSpan, _ element: ByteRange) -> Bool {
        let name = bytes.extracting(element.range)
        if name.equalsIgnoringCase("h2c") || name.equalsIgnoringCase("h2") { return true }
        return name.byteCount >= 5 && name.extracting(0..<5).equalsIgnoringCase("http/")
    }

    /// Sixteen bytes in base64: 22 digits and `==`.
    static func isWebSocketKey(_ bytes: borrowing RawSpan, _ range: ByteRange) -> Bool {
        let key = bytes.extracting(range.range)
        guard key.byteCount == 24, key[22] == UInt8(ascii: "="), key[23] == UInt8(ascii: "=") else { return false }
        for offset in 0..<22 {
            let byte = key[offset]
            let isLetter = (byte | 0x20) &- 0x61 < 26
            guard isLetter || ByteClass.isDigit(byte) || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "/") else {
                return false
            }
        }
        return true
    }
}
