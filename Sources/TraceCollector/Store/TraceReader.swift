/// The reading side of the trace store: its own connection, for one thread. Sees everything that `TraceStore.store`
/// returned from.
package final class TraceReader {
    let database: SQLiteDatabase
    private let findTrace: SQLiteStatement
    private let findFragments: SQLiteStatement
    let findMain: SQLiteStatement
    let findRow: SQLiteStatement
    let listBlocks: SQLiteStatement
    let dictionary: SQLiteStatement
    let spans: SQLiteStatement
    let findName: SQLiteStatement

    package init(directory: String) throws(StoreError) {
        do {
            database = try SQLiteDatabase(path: directory + "/" + TraceStore.fileName, .readOnly)
            findTrace = try database.prepare("SELECT id FROM trace WHERE trace_id = ?")
            findFragments = try database.prepare("SELECT id FROM fragment WHERE trace = ? ORDER BY id")
            findMain = try database.prepare("SELECT trace FROM fragment WHERE id = ?")
            findRow = try database.prepare("SELECT id, start, services FROM trace WHERE id = ?")
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

    private func row(of key: TraceKey) throws(SQLiteError) -> Int64? {
        defer { findTrace.reset() }
        findTrace.bind(1, key.bytes)
        return try findTrace.step() ? findTrace.integer(0) : nil
    }

    func key(ofRow row: Int64) throws(SQLiteError) -> TraceKey? {
        let find = try database.prepare("SELECT trace_id FROM trace WHERE id = ?")
        find.bind(1, row)
        guard try find.step() else { return nil }
        let bytes = find.bytes(0)
        guard bytes.count == 16 else { return nil }
        return TraceKey(high: bytes.span.bigEndian64(at: 0), low: bytes.span.bigEndian64(at: 8))
    }

    /// Loads traces with their fragments, each block once, in the order given.
    func traces(rows: [(row: Int64, key: TraceKey)]) throws(StoreError) -> [Trace] {
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

    func content(_ find: SQLiteStatement, _ block: Int64) throws(StoreError) -> [UInt8]? {
        try wrap { () throws(SQLiteError) in
            defer { find.reset() }
            find.bind(1, block)
            return try find.step() ? find.bytes(0) : nil
        }
    }

    func wrap<Value>(_ body: () throws(SQLiteError) -> Value) throws(StoreError) -> Value {
        do {
            return try body()
        } catch {
            throw .sqlite(error)
        }
    }
}
