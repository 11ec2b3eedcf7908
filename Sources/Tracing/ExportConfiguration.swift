/// How spans are sent. Every interval in nanoseconds.
public struct ExportConfiguration: Hashable, Sendable {
    public enum Compression: Hashable, Sendable {
        case none
        /// Level 1: a seventh of the size for the cost of encoding once more. Level 6 saves 4 % more at two and a half
        /// times the cost.
        case gzip
    }

    /// A batch is sent when it has this many spans …
    public var batchSpans = TracingLimits.batchSpans
    /// … or when its oldest span has waited this long.
    public var batchDelayNanoseconds: UInt64 = 1_000_000_000
    public var batchBytes = TracingLimits.batchBytes
    public var queueSpans = TracingLimits.queuedSpans
    public var queueBytes = TracingLimits.queuedBytes
    public var compression = Compression.gzip
    /// For one attempt, from sending to the whole response (OTLP exporter default).
    public var timeoutNanoseconds: UInt64 = 10_000_000_000
    /// Wait before the first retry; each further one waits `backoffFactor` times longer, each ± 50 % by chance.
    public var initialBackoffNanoseconds: UInt64 = 1_000_000_000
    public var maximumBackoffNanoseconds: UInt64 = 30_000_000_000
    public var backoffFactor = 1.5
    /// A batch that has not been taken this long after its first attempt is dropped as `retries_exhausted`.
    public var giveUpNanoseconds: UInt64 = 300_000_000_000

    public init() {}
}
