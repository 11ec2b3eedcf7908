/// The writing side of the trace store: one connection, used by one thread.
///
/// `store` is all or nothing: when it returns, its traces are in SQLite's log and survive the death of the process;
/// `checkpoint` makes them survive the death of the machine. SQLite runs in WAL mode with synchronous NORMAL, so
/// readers never wait for the writer.
package struct TraceStore: ~Copyable {
    let database: SQLiteDatabase
    let statements: StoreStatements
    var names: NameTable
    private var operations: OperationTable
    var dependencies = DependencyCounts()
    /// Name numbers of origins' services, by the origin's serial.
    private var services = PairTable()
    private var writer = BlockWriter(level: Self.zstdLevel)
    private var nextBlock: Int64

    /// The database's file in its directory.
    package static let fileName = "traces.sqlite"

    /// docs/adr/0002 has sizes and times of the neighbours.
    private static let zstdLevel = 1

    /// Opens or makes the store.
    package init(directory: String) throws(StoreError) {
        let opened = try OpenedStore(directory: directory)
        database = opened.database
        statements = opened.statements
        names = opened.names
        operations = opened.operations
        nextBlock = opened.nextBlock
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
        services.removeAll()
        if database.isInTransaction { try database.execute("ROLLBACK") }
        try names.load(database)
        try operations.load(database)
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
            try operations.note(service: service, name: name, kind: operation.kind, statements.insertOperation)
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
