/// What one loop hands to the exporter: spans, and how many it had to drop since the last hand-over.
public struct SpanBatch: Sendable {
    public var spans: [SpanRecord]
    /// Dropped by the loop because its buffer was full.
    public var droppedCount: UInt64

    public init(spans: [SpanRecord], droppedCount: UInt64 = 0) {
        self.spans = spans
        self.droppedCount = droppedCount
    }

    /// Everything that was recorded: `spans` and what was dropped.
    public var recordedCount: UInt64 { UInt64(spans.count) + droppedCount }
}

/// The finished spans of one loop between two hand-overs. Bounded: a span that finds it full is dropped and counted.
public struct SpanBuffer: ~Copyable {
    public enum AppendOutcome: Sendable {
        case buffered
        /// A whole export batch has gathered; hand it over soon.
        case batchReady
        case droppedQueueFull
    }

    private var spans: [SpanRecord] = []
    private var droppedCount: UInt64 = 0
    private let capacity: Int
    private let batchSize: Int

    public init(
        capacity: Int = TracingLimits.bufferedSpansPerLoop, batchSize: Int = TracingLimits.batchSpans
    ) {
        precondition(capacity > 0 && batchSize > 0, "a span buffer needs room for one span")
        self.capacity = capacity
        self.batchSize = min(batchSize, capacity)
    }

    public var count: Int { spans.count }
    /// Nothing to hand over, neither spans nor drops to report.
    public var isEmpty: Bool { spans.isEmpty && droppedCount == 0 }

    public mutating func append(_ span: consuming SpanRecord) -> AppendOutcome {
        guard spans.count < capacity else {
            droppedCount += 1
            return .droppedQueueFull
        }
        spans.append(span)
        return spans.count >= batchSize ? .batchReady : .buffered
    }

    /// Hands over everything by swapping the array for an empty one of the same size.
    public mutating func take() -> SpanBatch {
        var taken: [SpanRecord] = []
        taken.reserveCapacity(spans.count)
        swap(&taken, &spans)
        let batch = SpanBatch(spans: taken, droppedCount: droppedCount)
        droppedCount = 0
        return batch
    }
}

/// A loop owns its buffer; what leaves the loop is a `SpanBatch`.
@available(*, unavailable)
extension SpanBuffer: Sendable {}
