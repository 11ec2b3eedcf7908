/// Every bound of this target: unit, default, why, and what happens when it is reached.
public enum TracingLimits {
    /// Members of a received tracestate. W3C Trace Context §3.3.1.1; a longer list is invalid and dropped whole.
    public static let traceStateMembers = 32
    /// Bytes of tracestate sent on. W3C asks for at least 512; longer lists lose whole members (§3.3.1.5).
    public static let traceStateBytes = 512
    /// Bytes of tracestate, all header lines together, that are looked at. 32 members of the longest form have 16,447
    /// bytes; beyond that the list cannot be valid and is dropped whole.
    public static let traceStateReceivedBytes = 16_447
    /// A tracestate member longer than this goes first when the list must shrink (W3C §3.3.1.5).
    static let traceStateLongMemberBytes = 128

    /// Spans that one loop holds before they are handed over; further spans are dropped as `queue_full`.
    public static let bufferedSpansPerLoop = 2048
    /// Spans at which a loop hands its buffer over: one export batch.
    public static let batchSpans = 512
    /// Attributes of one span that are sent; more are counted in its dropped_attributes_count. No span of ours comes
    /// near it.
    public static let attributesPerSpan = 64
    /// Bytes of one attribute's text; longer text, such as a hostile path, is cut at a character boundary.
    public static let attributeTextBytes = 1024

    /// Spans that wait for export, all loops together; further ones are dropped as `queue_full`.
    public static let queuedSpans = 16_384
    /// Estimated bytes of the spans that wait for export: 1 KiB for each, so a few spans with huge paths cannot take the
    /// memory of the many.
    public static let queuedBytes = 16 * 1024 * 1024
    /// Estimated bytes of one batch before encoding. A collector takes 64 MiB at most; far less keeps one batch from
    /// holding the exporter for long.
    public static let batchBytes = 1024 * 1024
    /// Longest time for which a server's Retry-After is obeyed: a mistaken date must not stop the export for years.
    public static let retryAfterNanoseconds: UInt64 = 300_000_000_000
    /// Bytes of a response body that the driver should keep; OTLP answers are tiny, and the rest tells nothing.
    public static let responseBytes = 64 * 1024
    /// Characters of a server's error message that are kept for the log.
    public static let failureMessageCharacters = 256
}
