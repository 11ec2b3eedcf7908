import Glibc

/// The writing side of the trace store: one connection, used by one thread.
///
/// `store` is all or nothing: when it returns, its traces are in SQLite's log and survive the death of the process;
/// `checkpoint` makes them survive the death of the machine. SQLite runs in WAL mode with synchronous NORMAL, so
/// readers never wait for the writer.
package struct TraceStore: ~Copyable {
    private let database: SQLiteDatabase
    private let statements: StoreStatements
    private var names = NameTable()
    private var operations = PairTable()
    private var dependencies = DependencyCounts()
    /// Name numbers of origins' services, by the origin's serial.
    private var services = PairTable()
    private var writer = BlockWriter(level: Self.zstdLevel)
    private var nextBlock: Int64

    /// The database's file in its directory.
    package static let fileName = "traces.sqlite"

    /// Opens or makes the store.
    package init(directory: String) throws(StoreError) {
        try Self.makeDirectory(directory)
        let opened = try Opened(path: directory + "/" + Self.fileName)
        database = opened.database
        statements = opened.statements
        names = opened.names
        operations = opened.operations
        nextBlock = opened.nextBlock
    }

    /// What opening reads, gathered before the store exists.
    private struct Opened {
        let database: SQLiteDatabase
        let statements: StoreStatements
        var names = NameTable()
        var operations = PairTable()
        let nextBlock: Int64

        init(path: String) throws(StoreError) {
            do {
                database = try SQLiteDatabase(path: path, .readWrite)
                try TraceStore.prepare(database, path)
                statements = try StoreStatements(database)
                nextBlock = try database.number("SELECT coalesce(max(id), 0) FROM block") + 1
                try names.load(database)
                try TraceStore.loadOperations(database, &operations)
            } catch let error as StoreError {
                throw error
            } catch let error as SQLiteError {
                throw .sqlite(error)
            } catch {
                preconditionFailure("an error of an unknown kind: \(error)")
            }
        }
    }

    /// Measured on the benchmark's spans: see docs/adr for size and time of the neighbours.
    private static let zstdLevel = 1

    private static func makeDirectory(_ path: String) throws(StoreError) {
        guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        throw .directory(path: path, reason: unsafe String(cString: strerror(errno)))
    }

    private static func prepare(_ database: SQLiteDatabase, _ path: String) throws(any Error) {
        do {
            try database.execute("PRAGMA journal_mode = WAL")
            try database.execute("PRAGMA synchronous = NORMAL")
            try database.execute("PRAGMA wal_autocheckpoint = 0")
            try database.execute("PRAGMA cache_size = -\(cacheKibibytes)")
        } catch {
            throw StoreError.directory(path: path, reason: error.message)
        }
        let found = try database.number("PRAGMA user_version")
        guard found <= StoreSchema.version else {
            throw StoreError.schemaTooNew(path: path, found: found, supported: StoreSchema.version)
        }
        if found == 0 {
            try database.execute("BEGIN IMMEDIATE")
            try database.execute(StoreSchema.tables)
            try database.execute("PRAGMA user_version = \(StoreSchema.version)")
            try database.execute("COMMIT")
        }
    }

    /// SQLite's page cache of the writing connection: holds the inner pages of the trace index for tens of millions
    /// of traces.
    private static let cacheKibibytes = 32 * 1024

    private static func loadOperations(
        _ database: SQLiteDatabase, _ operations: inout PairTable
    ) throws(SQLiteError) {
        let rows = try database.prepare("SELECT service, name, kind FROM operation")
        while try rows.step() {
            operations.set(UInt64(rows.int(0)) << 32 | UInt64(rows.int(1)), UInt64(rows.int(2)), 0)
        }
    }

    /// Stores traces in one block and one transaction.
    ///
    /// - Parameters:
    ///   - traces: at most one entry per trace id.
    ///   - now: nanoseconds since the epoch, kept for retention by age.
    package mutating func store(_ traces: [JoinedTrace], now: UInt64) throws(StoreError) -> StoreOutcome {
        guard !traces.isEmpty else { return StoreOutcome() }
        do {
            try database.execute("BEGIN IMMEDIATE")
            do {
                let outcome = try write(traces, now: now)
                try database.execute("COMMIT")
                nextBlock += 1
                return outcome
            } catch {
                try rollBack()
                throw error
            }
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw .sqlite(error)
        } catch let error as WireError {
            throw .unreadableSpan(error)
        } catch let error as BlockError {
            throw .block(nextBlock, error)
        } catch {
            preconditionFailure("an error of an unknown kind: \(error)")
        }
    }

    private mutating func rollBack() throws(SQLiteError) {
        writer.removeAll()
        dependencies.removeAll()
        operations.removeAll()
        services.removeAll()
        try database.execute("ROLLBACK")
        try names.load(database)
        try Self.loadOperations(database, &operations)
    }

    private mutating func write(_ traces: [JoinedTrace], now: UInt64) throws(any Error) -> StoreOutcome {
        var outcome = StoreOutcome()
        var firstStart = UInt64.max
        var lastStart: UInt64 = 0
        var stored = StoredTraces()
        for trace in traces {
            var settled = SettledTrace(trace)
            outcome.duplicates += settled.duplicates
            let summary = summarize(settled)
            if try !insert(settled.key, summary) {
                let before = settled.duplicates
                let known = try merge(&settled, &stored)
                outcome.duplicates += settled.duplicates - before
                if settled.spans.isEmpty { continue }
                outcome.late += settled.spans.count
                try statements.insertFragment.insert(row: nextRow, trace: known)
            }
            countDependencies(settled)
            outcome.count(settled, isComplete: trace.isComplete)
            firstStart = min(firstStart, summary.start)
            lastStart = max(lastStart, summary.start)
            try writer.append(settled)
        }
        guard writer.traceCount > 0 else { return outcome }
        try writeBlock(firstStart: firstStart, lastStart: lastStart, now: now)
        return outcome
    }

    private var nextRow: Int64 { StoreSchema.traceRow(block: nextBlock, ordinal: writer.traceCount) }

    private mutating func writeBlock(firstStart: UInt64, lastStart: UInt64, now: UInt64) throws(any Error) {
        statements.insertBlock.bind(1, nextBlock)
        statements.insertBlock.bind(2, Int64(clamping: now))
        statements.insertBlock.bind(3, Int64(clamping: firstStart))
        statements.insertBlock.bind(4, Int64(clamping: lastStart))
        statements.insertBlock.bind(5, writer.traceCount)
        statements.insertBlock.bind(6, writer.spanCount)
        try statements.insertBlock.run()
        for operation in writer.operations {
            let service = names.number(repairing: operation.service.span, 0..<operation.service.count)
            let name = names.number(repairing: operation.name.span, 0..<operation.name.count)
            try note(service: service, name: name, kind: operation.kind)
        }
        let block = writer.finish()
        statements.insertDictionary.bind(1, nextBlock)
        statements.insertDictionary.bind(2, block.dictionary)
        try statements.insertDictionary.run()
        statements.insertSpans.bind(1, nextBlock)
        statements.insertSpans.bind(2, block.spans)
        try statements.insertSpans.run()
        try names.write(statements.insertName)
        for edge in dependencies.edges { try statements.addDependency.add(edge) }
        dependencies.removeAll()
    }

    /// The most (service, name, kind) rows; the lists of a query page need no more.
    private static let operationLimit = 200_000

    private mutating func note(service: Int, name: Int, kind: SpanKind) throws(SQLiteError) {
        let pair = UInt64(service) << 32 | UInt64(name)
        guard operations.value(pair, UInt64(kind.rawValue)) == nil, operations.count < Self.operationLimit else {
            return
        }
        operations.set(pair, UInt64(kind.rawValue), 0)
        statements.insertOperation.bind(1, service)
        statements.insertOperation.bind(2, name)
        statements.insertOperation.bind(3, Int(kind.rawValue))
        try statements.insertOperation.run()
    }

    /// False when the trace has a row already.
    private mutating func insert(_ key: TraceKey, _ summary: TraceSummary) throws(SQLiteError) -> Bool {
        statements.insertTrace.bind(1, nextRow)
        statements.insertTrace.bind(2, key.bytes)
        statements.insertTrace.bind(summary, from: 3)
        try statements.insertTrace.run()
        return database.changes > 0
    }

    private mutating func summarize(_ trace: SettledTrace) -> TraceSummary {
        var summary = TraceSummary()
        for index in trace.spans.indices {
            let span = trace.spans[index]
            let service = service(of: trace.origins[Int(span.origin)])
            summary.add(
                TraceSummary.Part(
                    start: span.start, end: span.end, service: service, isError: span.status == .error))
            if span.parentID == 0, summary.rootService == nil {
                summary.rootService = service
                summary.rootName = names.number(repairing: trace.arena.span, span.name.range)
            }
        }
        summary.orphans = trace.orphans
        return summary
    }

    @inline(__always)
    private mutating func service(of origin: SpanOrigin) -> Int {
        if let known = services.value(origin.serial, 0) { return known }
        // Origins come and go with their senders' restarts; the numbers are found again in the name table.
        if services.count > Limits.origins * 4 { services.removeAll() }
        let name = origin.serviceName
        let number = names.number(name.span, 0..<name.count)
        services.set(origin.serial, 0, number)
        return number
    }

    private mutating func countDependencies(_ trace: SettledTrace) {
        for index in trace.spans.indices {
            let parent = trace.parents[index]
            guard parent >= 0 else { continue }
            let parentOrigin = trace.spans[parent].origin
            guard parentOrigin != trace.spans[index].origin else { continue }
            let from = service(of: trace.origins[Int(parentOrigin)])
            let to = service(of: trace.origins[Int(trace.spans[index].origin)])
            if from != to { dependencies.add(parent: from, child: to, start: trace.spans[index].start) }
        }
    }

    /// Finds the stored trace of the same id, drops the spans that it has, and renews its summary.
    ///
    /// - Returns: the row of the stored trace.
    private mutating func merge(
        _ trace: inout SettledTrace, _ stored: inout StoredTraces
    ) throws(any Error) -> Int64 {
        statements.findTrace.bind(1, trace.key.bytes)
        guard try statements.findTrace.step() else { preconditionFailure("the conflicting trace is gone") }
        let row = statements.findTrace.integer(0)
        statements.findTrace.reset()
        var known: [SpanSkeleton] = []
        for place in try places(of: row) { known += try stored.skeletons(at: place, statements) }
        var identities = Set<SpanIdentity>()
        for span in known { identities.insert(SpanIdentity(spanID: span.spanID, kind: span.kind)) }
        trace.remove { identities.contains(SpanIdentity(spanID: $0, kind: $1)) }
        guard !trace.spans.isEmpty else { return row }
        countLateDependencies(trace, known)
        for span in trace.spans { known.append(SpanSkeleton(span, in: trace)) }
        statements.updateTrace.bind(summarize(known), from: 1)
        statements.updateTrace.bind(9, row)
        try statements.updateTrace.run()
        return row
    }

    private mutating func places(of row: Int64) throws(SQLiteError) -> [Int64] {
        var places = [row]
        statements.findFragments.bind(1, row)
        while try statements.findFragments.step() { places.append(statements.findFragments.integer(0)) }
        statements.findFragments.reset()
        return places
    }

    /// Calls between a span that comes late and one that is stored; those among late spans are counted with the rest.
    private mutating func countLateDependencies(_ trace: SettledTrace, _ known: [SpanSkeleton]) {
        let serviceOfKnown = Dictionary(known.map { ($0.spanID, $0.service) }) { first, _ in first }
        for index in trace.spans.indices where trace.parents[index] == SettledTrace.missingParent {
            let span = trace.spans[index]
            guard let parent = serviceOfKnown[span.parentID] else { continue }
            addDependency(from: parent, to: trace.origins[Int(span.origin)].serviceName, start: span.start)
        }
        let late = Dictionary(trace.spans.map { ($0.spanID, $0.origin) }) { first, _ in first }
        for span in known {
            guard serviceOfKnown[span.parentID] == nil, let origin = late[span.parentID] else { continue }
            addDependency(from: trace.origins[Int(origin)].serviceName, to: span.service, start: span.start)
        }
    }

    private mutating func addDependency(from parent: [UInt8], to child: [UInt8], start: UInt64) {
        guard parent != child else { return }
        let from = names.number(parent.span, 0..<parent.count)
        let to = names.number(child.span, 0..<child.count)
        dependencies.add(parent: from, child: to, start: start)
    }

    private mutating func summarize(_ spans: [SpanSkeleton]) -> TraceSummary {
        var summary = TraceSummary()
        let ids = Set(spans.map(\.spanID))
        let ordered = spans.sorted { ($0.start, $0.spanID, $0.kind.rawValue) < ($1.start, $1.spanID, $1.kind.rawValue) }
        for span in ordered {
            let service = names.number(span.service.span, 0..<span.service.count)
            summary.add(
                TraceSummary.Part(
                    start: span.start, end: span.end, service: service, isError: span.status == .error))
            if span.parentID == 0, summary.rootService == nil {
                summary.rootService = service
                summary.rootName = names.number(span.name.span, 0..<span.name.count)
            }
            if span.parentID != 0, !ids.contains(span.parentID) { summary.orphans += 1 }
        }
        return summary
    }

    /// Bytes that blocks, rows and indexes occupy; pages that deletion freed do not count, they are used again.
    package func byteCount() throws(StoreError) -> Int {
        do {
            let pages = try database.number("PRAGMA page_count") - database.number("PRAGMA freelist_count")
            return Int(pages * (try database.number("PRAGMA page_size")))
        } catch {
            throw .sqlite(error)
        }
    }

    package func traceCount() throws(StoreError) -> Int {
        do {
            return Int(try database.number("SELECT coalesce(sum(traces), 0) FROM block"))
        } catch {
            throw .sqlite(error)
        }
    }

    /// Deletes the oldest block when it was stored before `time` (nanoseconds since the epoch) or, without a time, in
    /// any case. - Returns: the traces deleted; nil when there was no such block.
    package func deleteOldestBlock(storedBefore time: UInt64?) throws(StoreError) -> Int? {
        do {
            let oldest = try database.prepare("SELECT id, stored_at, traces FROM block ORDER BY id LIMIT 1")
            guard try oldest.step() else { return nil }
            let block = oldest.integer(0)
            if let time, oldest.integer(1) >= Int64(clamping: time) { return nil }
            let traces = oldest.int(2)
            oldest.reset()
            let first = StoreSchema.traceRow(block: block, ordinal: 0)
            let last = StoreSchema.traceRow(block: block + 1, ordinal: 0) - 1
            try database.execute(
                """
                BEGIN IMMEDIATE;
                DELETE FROM fragment WHERE trace BETWEEN \(first) AND \(last);
                DELETE FROM fragment WHERE id BETWEEN \(first) AND \(last);
                DELETE FROM trace WHERE id BETWEEN \(first) AND \(last);
                DELETE FROM block_dictionary WHERE block = \(block);
                DELETE FROM block_spans WHERE block = \(block);
                DELETE FROM block WHERE id = \(block);
                COMMIT
                """)
            return traces
        } catch {
            throw .sqlite(error)
        }
    }

    /// Deletes call counts of the time before `time`, in nanoseconds since the epoch.
    package func deleteDependencies(before time: UInt64) throws(StoreError) {
        do {
            try database.execute("DELETE FROM dependency WHERE minute < \(time / 60_000_000_000)")
        } catch {
            throw .sqlite(error)
        }
    }

    /// Makes everything stored so far durable against power loss; false when a reader is in the way and the call must
    /// be repeated.
    package func checkpoint() throws(StoreError) -> Bool {
        do {
            return try database.checkpoint()
        } catch {
            throw .sqlite(error)
        }
    }
}

private struct SpanIdentity: Hashable {
    var spanID: UInt64
    var kind: SpanKind
}

extension SpanSkeleton {
    fileprivate init(_ span: LiveSpan, in trace: SettledTrace) {
        self.init(
            spanID: span.spanID, parentID: span.parentID, start: span.start, end: span.end, kind: span.kind,
            status: span.status, service: trace.origins[Int(span.origin)].serviceName,
            name: UTF8Repair.repaired(trace.arena.span, span.name.range))
    }
}

extension StoreOutcome {
    fileprivate mutating func count(_ trace: SettledTrace, isComplete: Bool) {
        stored += trace.spans.count
        orphans += trace.orphans
        if isComplete { tracesComplete += 1 } else { tracesPartial += 1 }
        for index in trace.spans.indices where trace.spans[index].kind == .server && trace.parents[index] >= 0 {
            let caller = trace.spans[trace.parents[index]]
            if caller.kind == .client, trace.spans[index].start < caller.start { skewedSpans += 1 }
        }
    }
}

extension TraceKey {
    /// The sixteen bytes of the id.
    var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16)
        bytes.appendLittleEndian(high.byteSwapped)
        bytes.appendLittleEndian(low.byteSwapped)
        return bytes
    }
}
