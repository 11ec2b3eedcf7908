package import Bytes

/// `grpc-message`: UTF-8, percent-encoded except for printable ASCII other than `%`.
package enum GRPCMessageText {
    package static func write(_ text: RawSpan, to buffer: inout ByteBuffer) {
        for offset in 0..<text.byteCount {
            let byte = text[offset]
            if byte >= 0x20 && byte <= 0x7E && byte != UInt8(ascii: "%") {
                buffer.append(byte)
            } else {
                buffer.append(UInt8(ascii: "%"))
                buffer.append(digit(byte >> 4))
                buffer.append(digit(byte & 0xF))
            }
        }
    }

    /// Undoes it. A `%` that no two hexadecimal digits follow stands for itself, as the protocol asks of readers.
    package static func read(_ value: RawSpan, to buffer: inout ByteBuffer) {
        var offset = 0
        while offset < value.byteCount {
            if value[offset] == UInt8(ascii: "%"), offset + 2 < value.byteCount, let high = hex(value[offset + 1]),
                let low = hex(value[offset + 2])
            {
                buffer.append(high << 4 | low)
                offset += 3
            } else {
                buffer.append(value[offset])
                offset += 1
            }
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? value + 0x30 : value + 0x37 }

    private static func hex(_ byte: UInt8) -> UInt8? {
        if byte &- 0x30 < 10 { return byte &- 0x30 }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter + 10 : nil
    }
}
