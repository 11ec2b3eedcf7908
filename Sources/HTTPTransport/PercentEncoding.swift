/// Percent-encoding of RFC 3986 §2.1, and its form variant where `+` is a blank.
package enum PercentEncoding {
    /// Decodes `%XX`; an incomplete or wrong escape stays as it is. Bytes that are not UTF-8 become U+FFFD.
    package static func decode(_ text: some StringProtocol) -> String { decode(text, plusIsBlank: false) }

    /// As `decode`, for query items.
    package static func decodeForm(_ text: some StringProtocol) -> String { decode(text, plusIsBlank: true) }

    /// Escapes everything but the unreserved characters (RFC 3986 §2.3), so the result fits in any part of a URL.
    package static func encode(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                out.append(byte)
            } else {
                out += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func decode(_ text: some StringProtocol, plusIsBlank: Bool) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if byte == 0x25, position + 2 < bytes.count, let high = bytes[position + 1].hexadecimalValue,
                let low = bytes[position + 2].hexadecimalValue
            {
                out.append(high << 4 | low)
                position += 3
                continue
            }
            out.append(plusIsBlank && byte == 0x2B ? 0x20 : byte)
            position += 1
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case 0x2D, 0x2E, 0x5F, 0x7E: true
        case _: false
        }
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x37
        case 0x61...0x66: self - 0x57
        case _: nil
        }
    }
}
