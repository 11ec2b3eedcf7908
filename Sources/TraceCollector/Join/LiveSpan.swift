/// A span of a live or joined trace: what joining needs, and where its OTLP message is in the trace's arena.
package struct LiveSpan: Sendable {
    package var spanID: UInt64
    /// 0 for a root.
    package var parentID: UInt64
    /// Nanoseconds since the epoch.
    package var start: UInt64
    package var end: UInt64
    /// The Span message in `JoinedTrace.arena`.
    package var body: ByteRange
    /// The span's name in `JoinedTrace.arena`.
    package var name: ByteRange
    /// Index into `JoinedTrace.origins`.
    package var origin: UInt32
    package var kind: SpanKind
    package var status: SpanStatus
}

/// The spans of one trace that were received together: everything, when the trace was complete.
package struct JoinedTrace: Sendable {
    package var key: TraceKey
    /// In order of arrival, duplicates included.
    package var spans: [LiveSpan] = []
    /// The Span messages as received.
    package var arena: [UInt8] = []
    package var origins: [SpanOrigin] = []
    /// A root was seen and every parent is here.
    package var isComplete = false
    /// The oldest log segment that holds a span of this trace; it must outlive the trace's way to disk.
    package var firstSegment: UInt64

    package init(key: TraceKey, firstSegment: UInt64) {
        self.key = key
        self.firstSegment = firstSegment
    }

    /// Bytes of memory, near enough for budgets.
    package var byteCount: Int { arena.count + spans.count * MemoryLayout<LiveSpan>.stride + Self.overhead }
    /// An empty live trace with its array headers and table entries.
    static let overhead = 256

    /// Takes in what another part of the same trace brings.
    package mutating func absorb(_ other: JoinedTrace) {
        let base = UInt32(arena.count)
        let firstOrigin = UInt32(origins.count)
        arena.append(contentsOf: other.arena)
        origins.append(contentsOf: other.origins)
        for var span in other.spans {
            span.body.start += base
            span.name.start += base
            span.origin += firstOrigin
            spans.append(span)
        }
        firstSegment = min(firstSegment, other.firstSegment)
        isComplete = TraceCompleteness.isComplete(spans)
    }

    @inline(__always)
    mutating func append(_ record: SpanRecord, origin: SpanOrigin, _ bytes: Span<UInt8>) {
        let start = UInt32(arena.count)
        arena.append(bytes, record.body.range)
        let nameStart = record.name.isEmpty ? 0 : record.name.start - record.body.start
        let name = ByteRange(start: start + nameStart, count: record.name.count)
        spans.append(
            LiveSpan(
                spanID: record.spanID, parentID: record.parentID, start: record.start, end: record.end,
                body: ByteRange(start: start, count: record.body.count), name: name, origin: index(of: origin),
                kind: record.kind, status: record.status))
    }

    private mutating func index(of origin: SpanOrigin) -> UInt32 {
        // Few services take part in a trace; for one with many, a repeated entry costs eight bytes and no scan.
        for index in origins.indices.suffix(Self.originsCompared) where origins[index].serial == origin.serial {
            return UInt32(index)
        }
        origins.append(origin)
        return UInt32(origins.count - 1)
    }

    private static let originsCompared = 16
}
