/// Sizes, deletion and checkpoints: what upkeep asks of the store.
extension TraceStore {
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
    ///
    /// - Parameter isLast: leaves no write-ahead log behind, if no reader prevents it.
    package func checkpoint(isLast: Bool = false) throws(StoreError) -> Bool {
        do {
            guard let pages = try database.checkpoint() else { return false }
            // SQLite writes its log from the start again after a checkpoint but never shrinks the file.
            if pages > 0, isLast || pages > Self.logPagesKept { try database.truncateLog() }
            return true
        } catch {
            throw .sqlite(error)
        }
    }

    /// A write-ahead log of up to this many pages (16 MiB) is kept for reuse; a burst may make it much larger.
    private static let logPagesKept = 4_096
}
