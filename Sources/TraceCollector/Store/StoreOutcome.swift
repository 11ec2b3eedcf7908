/// What became of the spans of one `TraceStore.store` call; the sum of the counts is the number of spans given.
package struct StoreOutcome: Equatable, Sendable {
    /// Spans now on disk.
    package var stored = 0
    /// Spans left out because the same span id and kind is on disk already or came twice.
    package var duplicates = 0
    /// Of `stored`: spans merged into a trace that was stored before.
    package var late = 0
    package var tracesComplete = 0
    package var tracesPartial = 0
    package var orphans = 0
    /// Clock skew that was seen, not corrected: server spans that begin before the client span that called them.
    package var skewedSpans = 0

    static func + (left: StoreOutcome, right: StoreOutcome) -> StoreOutcome {
        StoreOutcome(
            stored: left.stored + right.stored, duplicates: left.duplicates + right.duplicates,
            late: left.late + right.late, tracesComplete: left.tracesComplete + right.tracesComplete,
            tracesPartial: left.tracesPartial + right.tracesPartial, orphans: left.orphans + right.orphans,
            skewedSpans: left.skewedSpans + right.skewedSpans)
    }
}
