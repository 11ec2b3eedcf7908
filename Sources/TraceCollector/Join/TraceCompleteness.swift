/// Whether a set of spans is a whole trace: it has a root, and no span names a parent that is not there.
package enum TraceCompleteness {
    package static func isComplete(_ spans: [LiveSpan]) -> Bool {
        spans.contains { $0.parentID == 0 } && orphanCount(spans) == 0
    }

    /// Spans whose parent is not among `spans`.
    package static func orphanCount(_ spans: [LiveSpan]) -> Int {
        spans.count <= comparedDirectly ? countByComparison(spans) : countBySearch(spans)
    }

    /// Up to this many spans, comparing all with all costs less than sorting.
    private static let comparedDirectly = 24

    private static func countByComparison(_ spans: [LiveSpan]) -> Int {
        var orphans = 0
        for span in spans where span.parentID != 0 {
            if !spans.contains(where: { $0.spanID == span.parentID }) { orphans += 1 }
        }
        return orphans
    }

    private static func countBySearch(_ spans: [LiveSpan]) -> Int {
        let sorted = spans.map(\.spanID).sorted()
        var orphans = 0
        for span in spans where span.parentID != 0 {
            var low = 0
            var high = sorted.count
            while low < high {
                let middle = (low + high) / 2
                if sorted[middle] < span.parentID { low = middle + 1 } else { high = middle }
            }
            if low == sorted.count || sorted[low] != span.parentID { orphans += 1 }
        }
        return orphans
    }
}
