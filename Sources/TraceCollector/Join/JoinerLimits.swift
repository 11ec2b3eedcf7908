/// How long and how much the joiner holds. Reaching a bound never loses a span: the trace concerned is released early
/// and what comes later is merged into it in the store.
package struct JoinerLimits: Sendable, Equatable {
    /// A complete trace is released after this long without a new span. Nanoseconds.
    package var idle: UInt64 = 1_000_000_000
    /// Any trace is released this long after its first span. Nanoseconds.
    package var age: UInt64 = 30_000_000_000
    /// Live traces; beyond it the oldest is released.
    package var traces = 200_000
    /// Live spans; beyond it the oldest trace is released.
    package var spans = 2_000_000
    /// Live bytes; beyond it the oldest trace is released.
    package var bytes = 512 << 20
    /// Spans of one trace; beyond it the trace is released in parts.
    package var spansPerTrace = 20_000
    /// Bytes of one trace; beyond it the trace is released in parts.
    package var bytesPerTrace = 16 << 20

    package init() {}
}
