/// The prepared statements of the writing connection.
struct StoreStatements {
    let insertTrace: SQLiteStatement
    let findTrace: SQLiteStatement
    let updateTrace: SQLiteStatement
    let insertFragment: SQLiteStatement
    let findFragments: SQLiteStatement
    let insertBlock: SQLiteStatement
    let insertDictionary: SQLiteStatement
    let insertSpans: SQLiteStatement
    let findDictionary: SQLiteStatement
    let findSpans: SQLiteStatement
    let insertName: SQLiteStatement
    let insertOperation: SQLiteStatement
    let addDependency: SQLiteStatement

    init(_ database: SQLiteDatabase) throws(SQLiteError) {
        insertTrace = try database.prepare(
            """
            INSERT INTO trace (id, trace_id, start, duration, spans, errors, orphans, root_service, root_name, services)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO NOTHING
            """)
        findTrace = try database.prepare("SELECT id FROM trace WHERE trace_id = ?")
        updateTrace = try database.prepare(
            """
            UPDATE trace SET start = ?, duration = ?, spans = ?, errors = ?, orphans = ?, root_service = ?,
            root_name = ?, services = ? WHERE id = ?
            """)
        insertFragment = try database.prepare("INSERT INTO fragment (id, trace) VALUES (?, ?)")
        findFragments = try database.prepare("SELECT id FROM fragment WHERE trace = ? ORDER BY id")
        insertBlock = try database.prepare(
            "INSERT INTO block (id, stored_at, first_start, last_start, traces, spans) VALUES (?, ?, ?, ?, ?, ?)")
        insertDictionary = try database.prepare("INSERT INTO block_dictionary (block, content) VALUES (?, ?)")
        insertSpans = try database.prepare("INSERT INTO block_spans (block, content) VALUES (?, ?)")
        findDictionary = try database.prepare("SELECT content FROM block_dictionary WHERE block = ?")
        findSpans = try database.prepare("SELECT content FROM block_spans WHERE block = ?")
        insertName = try database.prepare("INSERT INTO name (id, text) VALUES (?, ?)")
        insertOperation = try database.prepare(
            "INSERT INTO operation (service, name, kind) VALUES (?, ?, ?) ON CONFLICT DO NOTHING")
        addDependency = try database.prepare(
            """
            INSERT INTO dependency (minute, parent, child, calls) VALUES (?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET calls = calls + excluded.calls
            """)
    }
}
