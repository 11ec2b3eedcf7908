public import Bytes

/// Writes the chunked coding, without extensions.
public enum ChunkWriter {
    /// Framing bytes around one chunk at most: 16 digits and two CRLF.
    public static let maximumOverheadBytes = 20

    /// The size line of a chunk whose `byteCount` bytes the caller appends or sends next, then `end`.
    /// Precondition: `byteCount > 0`, since zero would end the body.
    public static func begin(_ byteCount: Int, to buffer: inout ByteBuffer) {
        precondition(byteCount > 0, "an empty chunk ends the body")
        var shift = (63 - byteCount.leadingZeroBitCount) & ~3
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: (byteCount >> shift) & 0xF)
            buffer.append(digit < 10 ? digit + 0x30 : digit + 0x57)
            shift -= 4
        }
        buffer.append("\r\n")
    }

    public static func end(to buffer: inout ByteBuffer) { buffer.append("\r\n") }

    /// A whole chunk; nothing for no bytes.
    public static func chunk(_ bytes: RawSpan, to buffer: inout ByteBuffer) {
        guard bytes.byteCount > 0 else { return }
        begin(bytes.byteCount, to: &buffer)
        buffer.append(bytes)
        buffer.append("\r\n")
    }

    /// The last chunk, without trailers.
    public static func last(to buffer: inout ByteBuffer) { buffer.append("0\r\n\r\n") }

    /// The last chunk with the trailers that `decoder` let through.
    public static func last(trailersOf decoder: borrowing BodyDecoder, to buffer: inout ByteBuffer) {
        last(trailers: decoder.trailers, in: decoder.trailerBytes, to: &buffer)
    }

    /// The last chunk with `trailers`, whose ranges point into `bytes`.
    public static func last(trailers: FieldList, in bytes: RawSpan, to buffer: inout ByteBuffer) {
        buffer.append("0\r\n")
        var writer = HeadWriter(buffer)
        writer.copyFields(trailers, from: bytes, removing: .regenerated)
        writer.out.append("\r\n")
        buffer = writer.finish()
    }
}
