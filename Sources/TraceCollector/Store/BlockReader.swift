/// Reads the spans of a stored block.
///
/// Columns can only be read from front to back, so a block is walked once for any number of traces; spans that the
/// caller does not want cost a few numbers each and are not built.
package struct BlockReader {
    package let vocabulary: BlockVocabulary
    package let traceCount: Int
    package let spanCount: Int
    private var counts: StreamReader
    private var heads: StreamReader
    private var spanIDs: StreamReader
    private var parents: StreamReader
    private var foreignParents: StreamReader
    private var starts: StreamReader
    private var durations: StreamReader
    private var shapes: StreamReader
    private var shapeKeys: StreamReader
    private var extras: StreamReader
    private var columns: AttributeColumnReader
    /// The keys of all shapes seen so far, one shape after the other, and where each ends.
    private var shapeKeyNumbers: [UInt32] = []
    private var shapeEnds: [Int] = []
    /// Of the block's first span, and of the span read last.
    private let firstStart: UInt64
    private var previousStart: UInt64

    package init(dictionary: [UInt8], spans: [UInt8]) throws(BlockError) {
        try self.init(vocabulary: try BlockVocabulary(dictionary), spans: spans)
    }

    init(vocabulary: BlockVocabulary, spans: [UInt8]) throws(BlockError) {
        self.vocabulary = vocabulary
        let streams = try BlockStreams(spans, streams: SpanStream.allCases.count, counts: 3)
        traceCount = Int(clamping: streams.counts[0])
        spanCount = Int(clamping: streams.counts[1])
        firstStart = streams.counts[2]
        previousStart = firstStart
        counts = try streams.stream(SpanStream.counts.rawValue)
        heads = try streams.stream(SpanStream.heads.rawValue)
        spanIDs = try streams.stream(SpanStream.spanIDs.rawValue)
        parents = try streams.stream(SpanStream.parents.rawValue)
        foreignParents = try streams.stream(SpanStream.foreignParents.rawValue)
        starts = try streams.stream(SpanStream.starts.rawValue)
        durations = try streams.stream(SpanStream.durations.rawValue)
        shapes = try streams.stream(SpanStream.shapes.rawValue)
        shapeKeys = try streams.stream(SpanStream.shapeKeys.rawValue)
        extras = try streams.stream(SpanStream.extras.rawValue)
        columns = try AttributeColumnReader(
            heads: try streams.stream(SpanStream.columnHeads.rawValue),
            low: try streams.stream(SpanStream.columnLow.rawValue),
            middle: try streams.stream(SpanStream.columnMiddle.rawValue),
            high: try streams.stream(SpanStream.columnHigh.rawValue),
            keyCount: vocabulary.keys.count)
    }

    /// What is known of a span before it is built.
    package struct Glimpse {
        package var head: Int
        package var start: UInt64
        package var end: UInt64
        /// (key number, value number), ascending by key: of the keys that were asked for.
        package var attributes: [(key: Int, value: Int)]
    }

    /// Whether any span has one of these values under the key: a look at one column.
    func holds(key: Int, anyOf values: Set<Int>) throws(BlockError) -> Bool { try columns.holds(key, anyOf: values) }

    /// Walks over all spans of all traces in order.
    ///
    /// - Parameters:
    ///   - wants: whether the trace of this number shall be built.
    ///   - keys: numbers of the attribute keys that `glimpse` is interested in.
    ///   - glimpse: called for every span of every trace.
    /// - Returns: the built traces by number.
    package mutating func read(
        wants: (Int) -> Bool, keys: [Int] = [], glimpse: (Int, Glimpse) -> Void = { _, _ in }
    ) throws(BlockError) -> [Int: [StoredSpan]] {
        let all = [Bool](repeating: true, count: vocabulary.keys.count)
        var interesting = [Bool](repeating: false, count: vocabulary.keys.count)
        for key in keys { interesting[key] = true }
        var built: [Int: [StoredSpan]] = [:]
        for trace in 0..<traceCount {
            let count = try counts.length()
            let isWanted = wants(trace)
            var spans: [StoredSpan] = []
            var ids: [UInt64] = []
            var laterParents: [(span: Int, parent: Int)] = []
            for index in 0..<count {
                let seen = try nextGlimpse(isFirst: index == 0, keys: isWanted ? all : interesting)
                let id = try spanIDs.littleEndian64()
                ids.append(id)
                let parent = try nextParent(index, ids, &laterParents)
                glimpse(trace, seen)
                let head = vocabulary.heads[seen.head]
                if isWanted {
                    spans.append(try build(seen, head, id, parent))
                } else if head.hasExtras {
                    try skipExtras()
                }
            }
            guard isWanted else { continue }
            for entry in laterParents {
                guard entry.parent < count else { throw .damaged }
                spans[entry.span].parentID = ids[entry.parent]
            }
            built[trace] = spans
        }
        return built
    }

    private mutating func nextGlimpse(isFirst: Bool, keys: [Bool]) throws(BlockError) -> Glimpse {
        let head = try heads.length()
        guard head < vocabulary.heads.count else { throw .damaged }
        let start =
            isFirst
            ? firstStart &+ UInt64(bitPattern: try starts.zigzag()) : previousStart &+ (try starts.varint())
        previousStart = start
        let end = start &+ UInt64(bitPattern: try durations.zigzag())
        var attributes: [(key: Int, value: Int)] = []
        for position in try nextShape() {
            let key = Int(shapeKeyNumbers[position])
            if keys[key] { attributes.append((key, try columns.next(key))) } else { try columns.skip(key) }
        }
        return Glimpse(head: head, start: start, end: end, attributes: attributes)
    }

    /// Where the span's keys stand in `shapeKeyNumbers`.
    private mutating func nextShape() throws(BlockError) -> Range<Int> {
        let reference = try shapes.length()
        if reference > 0 {
            guard reference <= shapeEnds.count else { throw .damaged }
            return (reference == 1 ? 0 : shapeEnds[reference - 2])..<shapeEnds[reference - 1]
        }
        let first = shapeKeyNumbers.count
        var key = 0
        for _ in 0..<(try shapeKeys.length()) {
            key += try shapeKeys.length()
            guard key < vocabulary.keys.count else { throw .damaged }
            shapeKeyNumbers.append(UInt32(key))
        }
        shapeEnds.append(shapeKeyNumbers.count)
        return first..<shapeKeyNumbers.count
    }

    /// The parent's id; a parent that stands later in the trace is noted and filled in at the trace's end.
    private mutating func nextParent(
        _ index: Int, _ ids: [UInt64], _ later: inout [(span: Int, parent: Int)]
    ) throws(BlockError) -> UInt64 {
        let reference = try parents.varint()
        switch reference {
        case BlockFormat.parentRoot: return 0
        case BlockFormat.parentForeign: return try foreignParents.littleEndian64()
        default:
            let position = Int(clamping: reference - BlockFormat.parentPositionBase)
            if position < ids.count { return ids[position] }
            later.append((index, position))
            return 0
        }
    }

    private mutating func build(
        _ seen: Glimpse, _ head: BlockVocabulary.Head, _ id: UInt64, _ parent: UInt64
    ) throws(BlockError) -> StoredSpan {
        var span = StoredSpan(
            spanID: id, parentID: parent, start: seen.start, end: seen.end, kind: head.kind, status: head.status,
            flags: head.flags, name: vocabulary.strings[head.name], origin: vocabulary.origins[head.origin])
        for pair in seen.attributes {
            span.attributes.append(try vocabulary.attribute(key: pair.key, value: pair.value))
        }
        span.attributes.sort { $0.key.lexicographicallyPrecedes($1.key) }
        if head.hasExtras { try readExtras(into: &span) }
        return span
    }

    private mutating func skipExtras() throws(BlockError) {
        var unwanted = StoredSpan(
            spanID: 0, parentID: 0, start: 0, end: 0, kind: .unspecified, status: .unset, flags: 0, name: [],
            origin: StoredOrigin())
        try readExtras(into: &unwanted)
    }

    private mutating func readExtras(into span: inout StoredSpan) throws(BlockError) {
        let present = SpanExtras(rawValue: try extras.byte())
        if present.contains(.traceState) { span.traceState = try vocabulary.string(try extras.length()) }
        if present.contains(.statusMessage) { span.statusMessage = try vocabulary.string(try extras.length()) }
        if present.contains(.droppedAttributes) { span.droppedAttributes = try extras.varint() }
        if present.contains(.events) {
            for _ in 0..<(try extras.length()) { span.events.append(try readEvent(spanStart: span.start)) }
        }
        if present.contains(.droppedEvents) { span.droppedEvents = try extras.varint() }
        if present.contains(.links) {
            for _ in 0..<(try extras.length()) { span.links.append(try readLink()) }
        }
        if present.contains(.droppedLinks) { span.droppedLinks = try extras.varint() }
    }

    private mutating func readEvent(spanStart: UInt64) throws(BlockError) -> StoredEvent {
        StoredEvent(
            time: spanStart &+ UInt64(bitPattern: try extras.zigzag()),
            name: try vocabulary.string(try extras.length()), attributes: try vocabulary.attributes(&extras),
            dropped: try extras.varint())
    }

    private mutating func readLink() throws(BlockError) -> StoredLink {
        StoredLink(
            trace: TraceKey(high: try extras.littleEndian64(), low: try extras.littleEndian64()),
            spanID: try extras.littleEndian64(), traceState: try vocabulary.string(try extras.length()),
            flags: UInt32(truncatingIfNeeded: try extras.varint()), attributes: try vocabulary.attributes(&extras),
            dropped: try extras.varint())
    }
}
