/// What an operator may change of the collector's core.
package struct CollectorConfiguration: Sendable {
    /// Holds the database and, in `log`, the write-ahead log. Made when it does not exist.
    package var directory: String
    package var joiner = JoinerLimits()
    /// Bytes of a request, also after decompression; beyond it 413. OTLP recommends 64 MiB.
    package var requestBytes = 64 << 20
    /// Bytes of joined traces that wait for the store thread; beyond it requests get 503 until it has caught up.
    package var queueBytes = 256 << 20
    /// Bytes of write-ahead log; beyond it requests get 503. A trace that waits for its age limit holds back the
    /// deletion of everything received meanwhile, so this bounds disk, not memory.
    package var logBytes = 4 << 30
    /// Spans after which a block is written: docs/adr/0002 has sizes and times of the neighbours.
    package var blockSpans = 16_384
    /// A smaller block is written after waiting this long. Nanoseconds.
    package var blockWait: UInt64 = 1_000_000_000
    /// Interval of `fdatasync` on the write-ahead log: what the death of the machine can cost. Nanoseconds.
    package var syncInterval: UInt64 = 50_000_000
    /// Traces older than this are deleted. Nanoseconds.
    package var retentionAge: UInt64 = 3 * 86_400 * 1_000_000_000
    /// Bytes of database; beyond it the oldest traces are deleted.
    package var retentionBytes = 10 << 30
    /// What senders are told to wait after 503. Seconds.
    package var retryAfterSeconds = 1

    package init(directory: String) { self.directory = directory }
}
