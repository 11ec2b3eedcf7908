/// Spans of all loops that wait for export, in the order of their arrival; bounded by number and by estimated bytes.
struct SpanQueue: ~Copyable {
    private var spans: [SpanRecord] = []
    private(set) var byteCount = 0
    let capacity: Int
    let byteCapacity: Int

    init(capacity: Int, byteCapacity: Int) {
        self.capacity = capacity
        self.byteCapacity = byteCapacity
    }

    var count: Int { spans.count }

    /// Takes what fits and returns how many did not. The newest are dropped: what waits has already been paid for.
    mutating func append(_ batch: [SpanRecord]) -> Int {
        for (index, span) in batch.enumerated() {
            let weight = span.estimatedByteCount
            guard spans.count < capacity, byteCount + weight <= byteCapacity else { return batch.count - index }
            spans.append(span)
            byteCount += weight
        }
        return 0
    }

    /// Gives the oldest spans to `body`, at most `limit` of them and, after the first, at most `byteLimit` estimated
    /// bytes; they have then left the queue. Returns how many.
    mutating func take(limit: Int, byteLimit: Int, _ body: (borrowing SpanRecord) -> Void) -> Int {
        var taken = 0
        var bytes = 0
        while taken < min(limit, spans.count) {
            let weight = spans[taken].estimatedByteCount
            if taken > 0 && bytes + weight > byteLimit { break }
            body(spans[taken])
            taken += 1
            bytes += weight
        }
        spans.removeFirst(taken)
        byteCount -= bytes
        return taken
    }

    mutating func removeAll() -> Int {
        let removed = spans.count
        spans.removeAll()
        byteCount = 0
        return removed
    }
}
