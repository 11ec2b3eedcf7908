/// A moment on both clocks, given to the sans-IO cores by whoever drives them.
public struct TracingTime: Hashable, Sendable {
    /// CLOCK_MONOTONIC; every interval is measured on it.
    public var monotonicNanoseconds: UInt64
    /// CLOCK_REALTIME since 1970; only reported, and compared with dates that a server sent.
    public var unixNanoseconds: UInt64

    public init(monotonicNanoseconds: UInt64, unixNanoseconds: UInt64) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.unixNanoseconds = unixNanoseconds
    }
}
