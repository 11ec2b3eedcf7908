/// Calls from service to service, by minute, of the spans of one block.
struct DependencyCounts {
    private var table = PairTable()
    private(set) var edges: [Edge] = []

    struct Edge: Equatable {
        /// Since the epoch.
        var minute: Int64
        var parent: Int
        var child: Int
        var calls: Int64
    }

    /// - Parameter start: nanoseconds since the epoch, of the called span.
    mutating func add(parent: Int, child: Int, start: UInt64) {
        let minute = Int64(start / 60_000_000_000)
        let services = UInt64(truncatingIfNeeded: parent) << 32 | UInt64(truncatingIfNeeded: child)
        if let known = table.value(services, UInt64(minute)) {
            edges[known].calls += 1
        } else {
            table.set(services, UInt64(minute), edges.count)
            edges.append(Edge(minute: minute, parent: parent, child: child, calls: 1))
        }
    }

    mutating func removeAll() {
        table.removeAll()
        edges.removeAll(keepingCapacity: true)
    }
}
