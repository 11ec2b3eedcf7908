internal import Compression

/// Builds one block of stored traces (`BlockFormat`) and is then reused for the next.
package struct BlockWriter: ~Copyable {
    private var dictionary = BlockDictionary()
    private var streams = [[UInt8]](repeating: [], count: SpanStream.allCases.count)
    private var columns = AttributeColumns()
    private var shapes = ByteInterner(initialCapacity: 1024)
    private var pairs: [UInt64] = []
    private var shape: [UInt8] = []
    private var firstStart: UInt64 = 0
    private var compressor: ZstdCompressor
    package private(set) var traceCount = 0
    package private(set) var spanCount = 0

    /// - Parameter level: zstd's own scale.
    package init(level: Int) {
        do {
            compressor = try ZstdCompressor(level: level)
        } catch {
            preconditionFailure("a compressor without a dictionary cannot fail: \(error)")
        }
    }

    /// A finished block: the dictionaries, which alone tell a search whether to read on, and the spans.
    package struct Block {
        package let dictionary: [UInt8]
        package let spans: [UInt8]
    }

    /// Appends a trace; its number in the block is the `traceCount` before.
    ///
    /// - Throws: only for bytes that `OTLPReader` would have refused; the block must then be abandoned.
    mutating func append(_ trace: SettledTrace) throws(WireError) {
        let bytes = trace.arena.span
        var origins: [Int] = []
        origins.reserveCapacity(trace.origins.count)
        for origin in trace.origins { origins.append(try dictionary.origin(origin)) }
        if traceCount == 0 { firstStart = trace.spans.first?.start ?? 0 }
        var before = firstStart
        for index in trace.spans.indices {
            let span = trace.spans[index]
            append(parent: trace.parents[index], of: span)
            if index == 0 {
                self[.starts].appendZigzag(Int64(bitPattern: span.start &- before))
            } else {
                self[.starts].appendVarint(span.start &- before)
            }
            before = span.start
            self[.spanIDs].appendLittleEndian(span.spanID)
            self[.durations].appendZigzag(Int64(bitPattern: span.end &- span.start))
            try appendContents(of: span, origin: origins[Int(span.origin)], bytes)
        }
        self[.counts].appendVarint(trace.spans.count)
        traceCount += 1
        spanCount += trace.spans.count
    }

    /// Each distinct service, span name and kind of the block.
    package struct Operation {
        package let service: [UInt8]
        package let name: [UInt8]
        package let kind: SpanKind
    }

    package var operations: [Operation] { dictionary.operations }

    /// The block so far; the writer is empty afterwards.
    package mutating func finish() -> Block {
        let columnStreams = columns.write(keyCount: dictionary.keys.count, valueLimit: dictionary.valueLimit)
        self[.columnHeads] = columnStreams.heads
        self[.columnLow] = columnStreams.low
        self[.columnMiddle] = columnStreams.middle
        self[.columnHigh] = columnStreams.high
        self[.shapeKeys] = shapes.contents
        let block = Block(dictionary: packedDictionary(), spans: packedSpans())
        removeAll()
        return block
    }

    /// Abandons what was appended.
    package mutating func removeAll() {
        dictionary.removeAll()
        for index in streams.indices { streams[index].removeAll(keepingCapacity: true) }
        columns.removeAll()
        shapes.removeAll()
        traceCount = 0
        spanCount = 0
    }

    private subscript(stream: SpanStream) -> [UInt8] {
        @inline(__always) get { streams[stream.rawValue] }
        @inline(__always) _modify { yield &streams[stream.rawValue] }
    }

    @inline(__always)
    private mutating func append(parent: Int, of span: LiveSpan) {
        switch parent {
        case SettledTrace.rootParent: self[.parents].appendVarint(BlockFormat.parentRoot)
        case SettledTrace.missingParent:
            self[.parents].appendVarint(BlockFormat.parentForeign)
            self[.foreignParents].appendLittleEndian(span.parentID)
        default: self[.parents].appendVarint(UInt64(parent) + BlockFormat.parentPositionBase)
        }
    }

    /// Reads the span's message and writes its head, attributes and extras.
    private mutating func appendContents(
        of span: LiveSpan, origin: Int, _ bytes: Span<UInt8>
    ) throws(WireError) {
        pairs.removeAll(keepingCapacity: true)
        var extras = ExtrasWriter(spanStart: span.start)
        var flags: UInt32 = 0
        var cursor = ProtobufCursor(span.body)
        while !cursor.isAtEnd {
            let key = try cursor.key(bytes)
            switch key {
            case 0x4A:
                let pair = try dictionary.attribute(bytes, try cursor.delimited(bytes))
                pairs.append(UInt64(truncatingIfNeeded: pair.key) << 32 | UInt64(truncatingIfNeeded: pair.value))
            case 0x85: flags = try cursor.fixed32(bytes)
            case 0x1A, 0x50, 0x5A, 0x60, 0x6A, 0x70, 0x7A:
                try extras.read(key, &cursor, bytes, &dictionary)
            default: try cursor.skip(key, bytes)
            }
        }
        appendShape()
        let hasExtras = !extras.isEmpty
        let name = dictionary.string(bytes, span.name.range)
        let head = dictionary.head(
            origin: origin, name: name, kind: span.kind, status: span.status, flags: flags, hasExtras: hasExtras)
        self[.heads].appendVarint(head)
        if hasExtras { extras.write(to: &self[.extras]) }
    }

    @inline(__always)
    private mutating func appendShape() {
        sortPairs()
        keepLastOfEqualKeys()
        // Moved out and back so that the interner may change while these bytes are borrowed.
        var shape = self.shape
        self.shape = []
        defer { self.shape = shape }
        shape.removeAll(keepingCapacity: true)
        shape.appendVarint(pairs.count)
        var previous = 0
        for pair in pairs {
            let key = Int(pair >> 32)
            shape.appendVarint(key - previous)
            previous = key
            columns.append(key: key, value: Int(pair & 0xFFFF_FFFF))
        }
        let known = shapes.count
        let number = shapes.intern(shape.span, 0..<shape.count)
        self[.shapes].appendVarint(number == known ? 0 : number + 1)
    }

    /// Sorting was stable, so of equal keys the one sent last stands last; OTLP forbids them, this reader lets it win.
    @inline(__always)
    private mutating func keepLastOfEqualKeys() {
        guard pairs.count > 1 else { return }
        var kept = 0
        for index in pairs.indices {
            if index + 1 < pairs.count, pairs[index + 1] >> 32 == pairs[index] >> 32 { continue }
            pairs[kept] = pairs[index]
            kept += 1
        }
        pairs.removeLast(pairs.count - kept)
    }

    /// Insertion sort for the usual handful of attributes; a hostile span with thousands takes the standard sort.
    @inline(__always)
    private mutating func sortPairs() {
        guard pairs.count <= 64 else {
            let original = pairs
            let order = original.indices.map { original[$0] & 0xFFFF_FFFF_0000_0000 | UInt64($0) }.sorted()
            pairs = order.map { original[Int($0 & 0xFFFF_FFFF)] }
            return
        }
        guard pairs.count > 1 else { return }
        for index in 1..<pairs.count {
            let pair = pairs[index]
            var position = index
            while position > 0, pairs[position - 1] >> 32 > pair >> 32 {
                pairs[position] = pairs[position - 1]
                position -= 1
            }
            pairs[position] = pair
        }
    }

    private mutating func packedDictionary() -> [UInt8] {
        pack(DictionaryStream.allCases.map { dictionary.stream($0) }, counts: [])
    }

    private mutating func packedSpans() -> [UInt8] {
        pack(streams, counts: [UInt64(traceCount), UInt64(spanCount), firstStart])
    }

    /// Version, counts, the two lengths of every stream, then the streams; one that does not shrink stays as it is.
    private mutating func pack(_ streams: [[UInt8]], counts: [UInt64]) -> [UInt8] {
        var header: [UInt8] = []
        var body: [UInt8] = []
        header.appendVarint(BlockFormat.version)
        for count in counts { header.appendVarint(count) }
        for stream in streams {
            let packed = stream.count < 32 ? stream : compressor.compress(stream)
            let isSmaller = packed.count < stream.count
            header.appendVarint(stream.count)
            header.appendVarint(isSmaller ? packed.count : stream.count)
            body += isSmaller ? packed : stream
        }
        return header + body
    }
}
