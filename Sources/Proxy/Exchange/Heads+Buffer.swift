import Bytes
import HTTP

// The codec reads spans; an exchange holds buffers. Taking the whole buffer as a parameter lets the compiler see that
// head and buffer are different parts of the exchange.

extension HeadScanner {
    mutating func scan(_ buffer: borrowing ByteBuffer) -> Scan { scan(buffer.bytes) }
}

extension ProtocolDetector {
    static func detect(_ buffer: borrowing ByteBuffer) -> Answer { detect(buffer.bytes) }
}

extension RequestHead {
    /// Parses the first `byteCount` bytes of `buffer`.
    mutating func parse(_ buffer: borrowing ByteBuffer, _ byteCount: Int, limits: HTTPLimits) -> HTTPError? {
        parse(buffer.bytes.extracting(0..<byteCount), limits: limits)
    }

    mutating func parseWhole(_ buffer: borrowing ByteBuffer, limits: HTTPLimits) -> Int? {
        parseWhole(buffer.bytes, limits: limits)
    }
}

extension ResponseHead {
    /// Parses the first `byteCount` bytes of `buffer`.
    mutating func parse(
        _ buffer: borrowing ByteBuffer, _ byteCount: Int, for method: HTTPMethod, limits: HTTPLimits
    ) -> HTTPError? {
        parse(buffer.bytes.extracting(0..<byteCount), for: method, limits: limits)
    }

    mutating func parseWhole(_ buffer: borrowing ByteBuffer, for method: HTTPMethod, limits: HTTPLimits) -> Int? {
        parseWhole(buffer.bytes, for: method, limits: limits)
    }
}
