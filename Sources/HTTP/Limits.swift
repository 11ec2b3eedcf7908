/// Every bound of the codec. Defaults are those of RFC 9112's advice and of the proxies that we replace.
public struct HTTPLimits: Sendable {
    /// Bytes of a start line without its CRLF; more is 414 (RFC 9112 §3 recommends at least 8000).
    public var startLineBytes = 8 * 1024
    /// Bytes of a whole head with its last CRLF; more is 431 for a request, 502 for a response.
    public var headBytes = 60 * 1024
    /// Field lines of one head, dropped ones included; more is 431 or 502.
    public var fields = 100
    /// Bytes of one field name; more is 431 or 502.
    public var fieldNameBytes = 256
    /// Bytes of a method; more is 501, since no such method can be known.
    public var methodBytes = 64
    /// CRLF that may stand before a request line (RFC 9112 §2.2); more is 400.
    public var leadingEmptyLines = 2
    /// Elements of one list-valued field, empty ones included (RFC 9110 §5.6.1 asks for a reasonable bound).
    public var listElements = 32
    /// Bytes of one chunk-size line without its CRLF.
    public var chunkLineBytes = 4 * 1024
    /// Bytes of chunk extensions on one line, from the first byte behind the size.
    public var chunkExtensionBytesPerLine = 256
    /// Bytes of chunk extensions in one message.
    public var chunkExtensionBytesPerMessage = 4 * 1024
    /// Significant hexadecimal digits of a chunk size: 13 is 4 PiB, far from any overflow.
    public var chunkSizeDigits = 13
    /// Chunk framing is free up to here; beyond it must stay under three times the payload (payload ≥ 25 %).
    public var chunkOverheadBytes: UInt64 = 100 * 1024
    /// Bytes of a trailer section.
    public var trailerBytes = 8 * 1024
    /// Field lines of a trailer section, dropped ones included.
    public var trailerFields = 32
    /// The trailer fields that are kept; all others are read, checked and dropped. Add `.other` to keep unknown names.
    public var allowedTrailers: FieldNameSet = .usualTrailers

    public init() {}
}
