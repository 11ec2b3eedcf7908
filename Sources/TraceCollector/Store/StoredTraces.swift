/// Skeletons of stored traces, read while late spans are merged. Traces that are late together were mostly stored
/// together (a replayed log above all), so the blocks read last are kept.
struct StoredTraces {
    private var blocks: [(block: Int64, traces: [Int: [SpanSkeleton]])] = []

    private static let blocksKept = 4

    mutating func skeletons(
        at row: Int64, _ statements: StoreStatements
    ) throws(any Error) -> [SpanSkeleton] {
        let block = StoreSchema.block(ofRow: row)
        let ordinal = StoreSchema.ordinal(ofRow: row)
        if let known = blocks.first(where: { $0.block == block }) { return known.traces[ordinal] ?? [] }
        let traces = try Self.read(block, statements)
        if blocks.count == Self.blocksKept { blocks.removeFirst() }
        blocks.append((block, traces))
        return traces[ordinal] ?? []
    }

    private static func read(
        _ block: Int64, _ statements: StoreStatements
    ) throws(any Error) -> [Int: [SpanSkeleton]] {
        guard let dictionary = try content(block, statements.findDictionary),
            let spans = try content(block, statements.findSpans)
        else { return [:] }
        do {
            var reader = try BlockReader(dictionary: dictionary, spans: spans)
            return try reader.read(wants: { _ in true }).mapValues { $0.map { SpanSkeleton($0) } }
        } catch {
            throw StoreError.block(block, error)
        }
    }

    private static func content(_ block: Int64, _ find: SQLiteStatement) throws(SQLiteError) -> [UInt8]? {
        find.bind(1, block)
        defer { find.reset() }
        return try find.step() ? find.bytes(0) : nil
    }
}

extension SpanSkeleton {
    fileprivate init(_ span: StoredSpan) {
        self.init(
            spanID: span.spanID, parentID: span.parentID, start: span.start, end: span.end, kind: span.kind,
            status: span.status, service: span.origin.serviceName, name: span.name)
    }
}
