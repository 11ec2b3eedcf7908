internal import CZlib

/// One export request in the write-ahead log: length and CRC-32 of what follows, one byte that tells the encoding, and
/// the body as it was received.
enum LogRecord {
    /// How the body is encoded. Raw values are on disk.
    enum Encoding: UInt8 {
        case identity = 0
        case gzip = 1
    }

    static let headerBytes = 9

    static func header(_ encoding: Encoding, _ body: [UInt8]) -> [UInt8] {
        var header: [UInt8] = []
        append(UInt32(body.count + 1), to: &header)
        append(checksum(encoding, body[...]), to: &header)
        header.append(encoding.rawValue)
        return header
    }

    /// The record at `offset` of a segment; nil at the end and where a record is incomplete or damaged, which after a
    /// crash is the last one that was being written and never acknowledged.
    static func read(_ segment: [UInt8], at offset: Int) -> (encoding: Encoding, body: ArraySlice<UInt8>)? {
        guard segment.count - offset >= headerBytes else { return nil }
        let length = Int(segment.span.littleEndian32(at: offset))
        guard length >= 1, length <= segment.count - offset - 8 else { return nil }
        guard let encoding = Encoding(rawValue: segment[offset + 8]) else { return nil }
        let body = segment[offset + headerBytes..<offset + 8 + length]
        guard checksum(encoding, body) == segment.span.littleEndian32(at: offset + 4) else { return nil }
        return (encoding, body)
    }

    private static func checksum(_ encoding: Encoding, _ body: ArraySlice<UInt8>) -> UInt32 {
        var kind = encoding.rawValue
        let seed = unsafe crc32_z(0, &kind, 1)
        return unsafe body.withUnsafeBufferPointer {
            unsafe UInt32(truncatingIfNeeded: crc32_z(seed, $0.baseAddress, $0.count))
        }
    }

    private static func append(_ value: UInt32, to bytes: inout [UInt8]) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }
}
