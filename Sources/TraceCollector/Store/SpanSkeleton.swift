/// A stored span without its attributes: what duplicates, orphans and summaries are judged by.
struct SpanSkeleton: Equatable {
    var spanID: UInt64
    var parentID: UInt64
    var start: UInt64
    var end: UInt64
    var kind: SpanKind
    var status: SpanStatus
    var service: [UInt8]
    var name: [UInt8]
}
