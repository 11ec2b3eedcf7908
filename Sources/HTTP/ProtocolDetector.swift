import Bytes

/// What a connection's first bytes begin.
public enum DetectedProtocol: Equatable, Sendable {
    /// A TLS record with a ClientHello (RFC 8446 §5.1, §4.1.2).
    case tls
    case http1
    /// The client preface (RFC 9113 §3.4).
    case http2
    /// Nothing that is known here: to be carried as it is.
    case opaque
}

/// Tells the protocol by a connection's first bytes, as soon as they decide it.
///
/// An answer never changes with further bytes, so it does not depend on how they arrive. HTTP/1 is taken for such at its
/// method and the space behind it: whether the rest is a good request is the parser's to say, and a mistake in it must be
/// answered with 400 rather than be carried along.
public enum ProtocolDetector {
    public enum Answer: Equatable, Sendable {
        case needMore
        case found(DetectedProtocol)
    }

    /// The longest method that is taken for one; no registered method is half as long.
    private static let methodBytesMax = 32
    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)

    /// - Parameter bytes: everything received so far.
    public static func detect(_ bytes: RawSpan) -> Answer {
        guard bytes.byteCount > 0 else { return .needMore }
        if bytes[0] == 0x16 { return detectHello(bytes) }
        let known = agreement(bytes, preface)
        if known == preface.count { return .found(.http2) }
        if known == bytes.byteCount { return .needMore }
        return detectRequest(bytes)
    }

    /// Whether these bytes, which are no HTTP/1.1 request, begin a connection of HTTP/2: the first line of its preface does.
    public static func beginsHTTP2(_ bytes: RawSpan) -> Bool { agreement(bytes, preface) >= 16 }

    /// Type handshake, version 3.x, a length that a ClientHello can have, and the message's own type.
    private static func detectHello(_ bytes: RawSpan) -> Answer {
        if bytes.byteCount > 1, bytes[1] != 3 { return .found(.opaque) }
        if bytes.byteCount > 2, bytes[2] > 4 { return .found(.opaque) }
        if bytes.byteCount > 4 {
            let length = Int(bytes[3]) << 8 | Int(bytes[4])
            guard 4...16_384 ~= length else { return .found(.opaque) }
        }
        guard bytes.byteCount > 5 else { return .needMore }
        return .found(bytes[5] == 1 ? .tls : .opaque)
    }

    /// Empty lines may stand before a request (RFC 9112 §2.2).
    private static func detectRequest(_ bytes: RawSpan) -> Answer {
        var start = 0
        while start < bytes.byteCount, start < 4, bytes[start] == (start % 2 == 0 ? 0x0D : 0x0A) { start += 1 }
        for offset in start..<min(bytes.byteCount, start + methodBytesMax + 1) {
            if ByteClass.isToken(bytes[offset]) { continue }
            let isMethod = bytes[offset] == ByteClass.space && offset > start && start % 2 == 0
            return .found(isMethod ? .http1 : .opaque)
        }
        return bytes.byteCount - start > methodBytesMax ? .found(.opaque) : .needMore
    }

    /// How many bytes from the first are those of `text`.
    private static func agreement(_ bytes: RawSpan, _ text: [UInt8]) -> Int {
        let length = min(bytes.byteCount, text.count)
        return (0..<length).first { bytes[$0] != text[$0] } ?? length
    }
}
