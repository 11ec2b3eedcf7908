/// What a search asks for. Service, operation, tags and durations must all hold for one and the same span.
package struct TraceSearch: Equatable, Sendable {
    /// Any service when nil.
    package var service: [UInt8]?
    package var operation: [UInt8]?
    package var tags: [Tag] = []
    /// Nanoseconds, of a span.
    package var minimumDuration: UInt64?
    package var maximumDuration: UInt64?
    /// Nanoseconds since the epoch; the trace's start lies within.
    package var from: UInt64 = 0
    package var to: UInt64 = UInt64(Int64.max)
    /// The newest this many traces.
    package var limit = 20

    package struct Tag: Equatable, Sendable {
        package var key: [UInt8]
        /// Compared with the value's text: digits of a number, `true` or `false`.
        package var value: [UInt8]

        package init(key: [UInt8], value: [UInt8]) {
            self.key = key
            self.value = value
        }
    }

    package init() {}

    /// True when traces' summary rows do not suffice and spans must be looked at.
    var needsSpans: Bool {
        operation != nil || !tags.isEmpty || minimumDuration != nil || maximumDuration != nil
    }
}
