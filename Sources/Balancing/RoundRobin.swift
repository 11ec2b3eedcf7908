/// Takes the endpoints of a target in turn. Each loop owns its cursor, so that picking touches nothing shared.
package struct RoundRobin: Sendable {
    private var cursor: Int

    /// - Parameter start: where this loop begins; loops that begin apart do not all open on the first endpoint.
    package init(start: Int = 0) {
        precondition(start >= 0, "an endpoint index is never negative")
        cursor = start
    }

    /// The next endpoint that is not in `unavailable`, or nil when there is none.
    ///
    /// The cursor moves behind the endpoint picked, so the neighbour of an unavailable one gets no double share. The
    /// number of endpoints may change between calls, as a reload does.
    package mutating func next(of endpointCount: Int, unavailable: borrowing EndpointSet) -> Int? {
        guard endpointCount > 0 else { return nil }
        if cursor >= endpointCount { cursor %= endpointCount }
        for _ in 0..<endpointCount {
            let candidate = cursor
            cursor = candidate + 1 == endpointCount ? 0 : candidate + 1
            if !unavailable.contains(candidate) { return candidate }
        }
        return nil
    }

    /// The next endpoint while all are in rotation, or nil when the target has none.
    package mutating func next(of endpointCount: Int) -> Int? { next(of: endpointCount, unavailable: EndpointSet()) }
}
