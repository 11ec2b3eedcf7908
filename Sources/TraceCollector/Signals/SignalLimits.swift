/// The bounds of what golden signals keep, each with its unit and what happens at it.
package struct SignalLimits: Sendable {
    /// Bytes of a name in a label; the rest is cut.
    package var nameBytes = 128
    /// Distinct service, operation and peer names; later ones share the name `overflow`.
    package var names = 50_000
    /// Operations, and as many edges, that have series of their own; later ones share the series `overflow`. The
    /// families' own budget, which an operator sets, is usually met first.
    package var series = 100_000
    /// Calls of which one side, or both, has been seen; beyond it a half is not paired and is counted.
    package var pendingEdges = 262_144
    /// Nanoseconds that one side of a call waits for the other; then it stands alone.
    package var pairingNanoseconds: UInt64 = 10_000_000_000
    /// Nanoseconds for which a paired call is remembered, so that a second delivery of its spans counts nothing.
    package var rememberNanoseconds: UInt64 = 2_000_000_000
    /// Seconds over which concurrency is averaged.
    package var concurrencySeconds = 10

    package init() {}
}
