/// The fixed limits of the collector. What an operator may change is in `CollectorConfiguration`.
enum Limits {
    /// Levels of arrays, key-value lists and groups inside one value. Deeper input is refused with 400; no
    /// instrumentation comes near it, and recursion stays within any thread's stack.
    static let nestingDepth = 64
    /// Distinct origins (resource and scope) remembered for sharing. When full, the table starts afresh; traces that
    /// still refer to an origin keep it.
    static let origins = 4096
}
