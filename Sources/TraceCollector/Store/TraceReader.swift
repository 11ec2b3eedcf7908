/// The reading side of the trace store: its own connection, for one thread. Sees everything that `TraceStore.store`
/// returned from.
package final class TraceReader {
    fileprivate let database: SQLiteDatabase
    private let findTrace: SQLiteStatement
    private let findFragments: SQLiteStatement
    private let findMain: SQLiteStatement
    private let findRow: SQLiteStatement
    private let listRows: SQLiteStatement
    private let listBlocks: SQLiteStatement
    private let dictionary: SQLiteStatement
    private let spans: SQLiteStatement
    private let findName: SQLiteStatement

    package init(directory: String) throws(StoreError) {
        do {
            database = try SQLiteDatabase(path: directory + "/" + TraceStore.fileName, .readOnly)
            findTrace = try database.prepare("SELECT id FROM trace WHERE trace_id = ?")
            findFragments = try database.prepare("SELECT id FROM fragment WHERE trace = ? ORDER BY id")
            findMain = try database.prepare("SELECT trace FROM fragment WHERE id = ?")
            findRow = try database.prepare("SELECT id, start, services FROM trace WHERE id = ?")
            listRows = try database.prepare("SELECT id, start, services FROM trace WHERE id BETWEEN ? AND ?")
            listBlocks = try database.prepare(
                """
                SELECT id, last_start FROM block WHERE last_start >= ? AND first_start <= ?
                ORDER BY last_start DESC, id DESC
                """)
            dictionary = try database.prepare("SELECT content FROM block_dictionary WHERE block = ?")
            spans = try database.prepare("SELECT content FROM block_spans WHERE block = ?")
            findName = try database.prepare("SELECT id FROM name WHERE text = ?")
        } catch {
            throw .sqlite(error)
        }
    }

    /// A trace and all its spans, in order of (start, span id, kind).
    package struct Trace: Equatable, Sendable {
        package var key: TraceKey
        package var spans: [StoredSpan]
    }

    package struct Operation: Equatable, Sendable {
        package var name: [UInt8]
        package var kind: SpanKind
    }

    package struct Dependency: Equatable, Sendable {
        package var parent: [UInt8]
        package var child: [UInt8]
        package var calls: UInt64
    }

    /// Names of all services that ever sent a span, sorted.
    package func services() throws(StoreError) -> [[UInt8]] {
        try wrap { () throws(SQLiteError) in
            let rows = try database.prepare(
                "SELECT text FROM name WHERE id IN (SELECT DISTINCT service FROM operation) ORDER BY text")
            var services: [[UInt8]] = []
            while try rows.step() { services.append(rows.bytes(0)) }
            return services
        }
    }

    /// Operations of a service, sorted by name and kind.
    package func operations(of service: [UInt8]) throws(StoreError) -> [Operation] {
        try wrap { () throws(SQLiteError) in
            let rows = try database.prepare(
                """
                SELECT text, kind FROM operation JOIN name ON name.id = operation.name
                WHERE service = (SELECT id FROM name WHERE text = ?) ORDER BY text, kind
                """)
            rows.bindText(1, service)
            var operations: [Operation] = []
            while try rows.step() {
                let kind = SpanKind(rawValue: UInt8(truncatingIfNeeded: rows.integer(1))) ?? .unspecified
                operations.append(Operation(name: rows.bytes(0), kind: kind))
            }
            return operations
        }
    }

    /// Calls between services in whole minutes that overlap the range, sorted by names.
    package func dependencies(from: UInt64, to: UInt64) throws(StoreError) -> [Dependency] {
        try wrap { () throws(SQLiteError) in
            let rows = try database.prepare(
                """
                SELECT p.text, c.text, sum(calls) FROM dependency
                JOIN name p ON p.id = parent JOIN name c ON c.id = child
                WHERE minute BETWEEN ? AND ? GROUP BY 1, 2 ORDER BY 1, 2
                """)
            rows.bind(1, Int64(from / 60_000_000_000))
            rows.bind(2, Int64(to / 60_000_000_000))
            var dependencies: [Dependency] = []
            while try rows.step() {
                dependencies.append(
                    Dependency(parent: rows.bytes(0), child: rows.bytes(1), calls: UInt64(rows.integer(2))))
            }
            return dependencies
        }
    }

    package func trace(_ key: TraceKey) throws(StoreError) -> Trace? {
        guard let row = try wrap({ () throws(SQLiteError) in try row(of: key) }) else { return nil }
        return try traces(rows: [(row, key)]).first
    }

    /// The newest traces that fit, newest first.
    package func search(_ search: TraceSearch) throws(StoreError) -> [Trace] {
        let found = try candidates(search)
        var keyed: [(row: Int64, key: TraceKey)] = []
        for candidate in found {
            guard let key = try wrap({ () throws(SQLiteError) in try key(ofRow: candidate.row) }) else { continue }
            keyed.append((candidate.row, key))
        }
        let traces = try traces(rows: keyed)
        return traces
    }

    // MARK: Searching

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
            var matched = Set<Int>()
            var reader = try BlockReader(vocabulary: vocabulary, spans: spans)
            func wantsNone(_: Int) -> Bool { false }
            _ = try reader.read(wants: wantsNone) { trace, span in
                if predicate.matches(span) { matched.insert(trace) }
            }
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

    // MARK: Loading

    private func row(of key: TraceKey) throws(SQLiteError) -> Int64? {
        defer { findTrace.reset() }
        findTrace.bind(1, key.bytes)
        return try findTrace.step() ? findTrace.integer(0) : nil
    }

    private func key(ofRow row: Int64) throws(SQLiteError) -> TraceKey? {
        let find = try database.prepare("SELECT trace_id FROM trace WHERE id = ?")
        find.bind(1, row)
        guard try find.step() else { return nil }
        let bytes = find.bytes(0)
        guard bytes.count == 16 else { return nil }
        return TraceKey(high: bytes.span.bigEndian64(at: 0), low: bytes.span.bigEndian64(at: 8))
    }

    /// Loads traces with their fragments, each block once, in the order given.
    private func traces(rows: [(row: Int64, key: TraceKey)]) throws(StoreError) -> [Trace] {
        var wanted: [Int64: [Int: Int]] = [:]
        for (index, entry) in rows.enumerated() {
            for place in try places(of: entry.row) {
                wanted[StoreSchema.block(ofRow: place), default: [:]][StoreSchema.ordinal(ofRow: place)] = index
            }
        }
        var loaded = rows.map { Trace(key: $0.key, spans: []) }
        for (block, ordinals) in wanted.sorted(by: { $0.key < $1.key }) {
            for (ordinal, spans) in try load(block, ordinals) { loaded[ordinals[ordinal]!].spans += spans }
        }
        for index in loaded.indices {
            loaded[index].spans.sort {
                ($0.start, $0.spanID, $0.kind.rawValue) < ($1.start, $1.spanID, $1.kind.rawValue)
            }
        }
        return loaded
    }

    private func places(of row: Int64) throws(StoreError) -> [Int64] {
        try wrap { () throws(SQLiteError) in
            defer { findFragments.reset() }
            var places = [row]
            findFragments.bind(1, row)
            while try findFragments.step() { places.append(findFragments.integer(0)) }
            return places
        }
    }

    private func load(_ block: Int64, _ ordinals: [Int: Int]) throws(StoreError) -> [Int: [StoredSpan]] {
        guard let packed = try content(dictionary, block), let spans = try content(spans, block) else { return [:] }
        do {
            var reader = try BlockReader(dictionary: packed, spans: spans)
            return try reader.read(wants: { ordinals[$0] != nil })
        } catch {
            throw .block(block, error)
        }
    }

    private func content(_ find: SQLiteStatement, _ block: Int64) throws(StoreError) -> [UInt8]? {
        try wrap { () throws(SQLiteError) in
            defer { find.reset() }
            find.bind(1, block)
            return try find.step() ? find.bytes(0) : nil
        }
    }

    private func wrap<Value>(_ body: () throws(SQLiteError) -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch {
            throw .sqlite(error)
        }
    }
}

extension TraceReader {
    /// A summary row with names instead of numbers.
    package struct Summary: Equatable, Sendable {
        /// Nanoseconds since the epoch.
        package var start: UInt64
        /// Nanoseconds.
        package var duration: UInt64
        package var spans: Int
        package var errors: Int
        package var orphans: Int
        package var rootService: [UInt8]?
        package var rootName: [UInt8]?
        /// Sorted by name.
        package var services: [ServiceShare]
    }

    package struct ServiceShare: Equatable, Sendable {
        package var service: [UInt8]
        package var spans: Int
        package var errors: Int
    }

    /// What the store knows of a trace without reading its spans.
    package func summary(_ key: TraceKey) throws(StoreError) -> Summary? {
        do {
            let row = try database.prepare(
                """
                SELECT start, duration, spans, errors, orphans, services,
                (SELECT text FROM name WHERE id = root_service), (SELECT text FROM name WHERE id = root_name)
                FROM trace WHERE trace_id = ?
                """)
            row.bind(1, key.bytes)
            guard try row.step() else { return nil }
            var services: [ServiceShare] = []
            for share in try TraceSummary.unpackServices(row.bytes(5)) {
                services.append(
                    ServiceShare(service: try name(share.service), spans: share.spans, errors: share.errors))
            }
            services.sort { $0.service.lexicographicallyPrecedes($1.service) }
            return Summary(
                start: UInt64(bitPattern: row.integer(0)), duration: UInt64(bitPattern: row.integer(1)),
                spans: row.int(2), errors: row.int(3), orphans: row.int(4),
                rootService: row.isNull(6) ? nil : row.bytes(6), rootName: row.isNull(7) ? nil : row.bytes(7),
                services: services)
        } catch let error as SQLiteError {
            throw .sqlite(error)
        } catch let error as BlockError {
            throw .block(0, error)
        } catch {
            preconditionFailure("an error of an unknown kind: \(error)")
        }
    }

    private func name(_ number: Int) throws(SQLiteError) -> [UInt8] {
        let row = try database.prepare("SELECT text FROM name WHERE id = ?")
        row.bind(1, number)
        return try row.step() ? row.bytes(0) : NameTable.overflow
    }
}
