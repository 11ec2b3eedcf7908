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
