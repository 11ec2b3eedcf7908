/// Which (service, name, kind) have a row: the lists of a query page. All of it is in memory.
struct OperationTable {
    private var table = PairTable()

    /// The most rows; the lists of a query page need no more.
    private static let limit = 200_000

    mutating func load(_ database: SQLiteDatabase) throws(SQLiteError) {
        table.removeAll()
        let rows = try database.prepare("SELECT service, name, kind FROM operation")
        while try rows.step() { table.set(Self.key(rows.int(0), rows.int(1)), UInt64(rows.int(2)), 0) }
    }

    mutating func note(service: Int, name: Int, kind: SpanKind, _ insert: SQLiteStatement) throws(SQLiteError) {
        let key = Self.key(service, name)
        guard table.value(key, UInt64(kind.rawValue)) == nil, table.count < Self.limit else { return }
        table.set(key, UInt64(kind.rawValue), 0)
        insert.bind(1, service)
        insert.bind(2, name)
        insert.bind(3, Int(kind.rawValue))
        try insert.run()
    }

    private static func key(_ service: Int, _ name: Int) -> UInt64 { UInt64(service) << 32 | UInt64(name) }
}
