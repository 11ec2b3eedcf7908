extension TraceReader {
    /// The newest traces that fit, newest first.
    package func search(_ search: TraceSearch) throws(StoreError) -> [Trace] {
        let found = try candidates(search)
        var keyed: [(row: Int64, key: TraceKey)] = []
        for candidate in found {
            guard let key = try wrap({ () throws(SQLiteError) in try key(ofRow: candidate.row) }) else { continue }
            keyed.append((candidate.row, key))
        }
        return try traces(rows: keyed)
    }

    private struct Candidate {
        var row: Int64
        var start: UInt64
    }

    /// Blocks from the newest back, until the best `limit` traces cannot change any more.
    private func candidates(_ search: TraceSearch) throws(StoreError) -> [Candidate] {
        let service = try search.service.map { name throws(StoreError) in try number(of: name) }
        if service == .some(nil) || search.limit <= 0 { return [] }
        var best: [Candidate] = []
        for block in try blocks(search) {
            if best.count == search.limit, best[search.limit - 1].start > block.lastStart { break }
            for row in try rows(in: block.id, search) {
                guard let found = try summary(row, search, service: service ?? nil) else { continue }
                if best.contains(where: { $0.row == found.row }) { continue }
                let place = best.firstIndex { $0.start < found.start } ?? best.count
                best.insert(found, at: place)
                if best.count > search.limit { best.removeLast() }
            }
        }
        return best
    }

    private func blocks(_ search: TraceSearch) throws(StoreError) -> [(id: Int64, lastStart: UInt64)] {
        try wrap { () throws(SQLiteError) in
            defer { listBlocks.reset() }
            listBlocks.bind(1, Int64(clamping: search.from))
            listBlocks.bind(2, Int64(clamping: search.to))
            var blocks: [(id: Int64, lastStart: UInt64)] = []
            while try listBlocks.step() {
                blocks.append((listBlocks.integer(0), UInt64(bitPattern: listBlocks.integer(1))))
            }
            return blocks
        }
    }

    /// Rows of a block that may fit: those whose spans were looked at and fit, or all when the rows decide alone.
    private func rows(in block: Int64, _ search: TraceSearch) throws(StoreError) -> [Int64] {
        guard search.needsSpans else {
            return try wrap { () throws(SQLiteError) in try allRows(in: block) }
        }
        guard let packed = try content(dictionary, block) else { return [] }
        do {
            let vocabulary = try BlockVocabulary(packed)
            guard let predicate = SpanPredicate(search, vocabulary), let spans = try content(spans, block) else {
                return []
            }
            var reader = try BlockReader(vocabulary: vocabulary, spans: spans)
            guard try predicate.canMatch(in: reader) else { return [] }
            var matched = Set<Int>()
            _ = try reader.read(
                wants: { _ in false }, keys: predicate.keys,
                glimpse: { if predicate.matches($1) { matched.insert($0) } })
            return matched.sorted().map { StoreSchema.traceRow(block: block, ordinal: $0) }
        } catch let error as BlockError {
            throw .block(block, error)
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("an error of an unknown kind: \(error)")
        }
    }

    private func allRows(in block: Int64) throws(SQLiteError) -> [Int64] {
        let rows = try database.prepare(
            """
            SELECT id FROM trace WHERE id BETWEEN ?1 AND ?2 UNION ALL
            SELECT trace FROM fragment WHERE id BETWEEN ?1 AND ?2
            """)
        rows.bind(1, StoreSchema.traceRow(block: block, ordinal: 0))
        rows.bind(2, StoreSchema.traceRow(block: block + 1, ordinal: 0) - 1)
        var found: [Int64] = []
        while try rows.step() { found.append(rows.integer(0)) }
        return found
    }

    /// The trace that a row belongs to, when it lies in the time range and has the service.
    private func summary(
        _ row: Int64, _ search: TraceSearch, service: Int?
    ) throws(StoreError) -> Candidate? {
        try wrap { () throws(SQLiteError) -> Candidate? in
            let main = try mainRow(row)
            defer { findRow.reset() }
            findRow.bind(1, main)
            guard try findRow.step() else { return nil }
            let start = UInt64(bitPattern: findRow.integer(1))
            guard start >= search.from, start <= search.to else { return nil }
            if let service, !search.needsSpans, !Self.contains(service, findRow.bytes(2)) { return nil }
            return Candidate(row: main, start: start)
        }
    }

    private static func contains(_ service: Int, _ packed: [UInt8]) -> Bool {
        do {
            return try TraceSummary.unpackServices(packed).contains { $0.service == service }
        } catch {
            // A damaged summary cannot exclude its trace.
            return true
        }
    }

    private func mainRow(_ row: Int64) throws(SQLiteError) -> Int64 {
        defer { findMain.reset() }
        findMain.bind(1, row)
        return try findMain.step() ? findMain.integer(0) : row
    }

    private func number(of name: [UInt8]) throws(StoreError) -> Int? {
        try wrap { () throws(SQLiteError) in
            defer { findName.reset() }
            findName.bindText(1, name)
            return try findName.step() ? findName.int(0) : nil
        }
    }
}
