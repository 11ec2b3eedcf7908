internal import CSQLite

/// One connection. It belongs to one thread at a time; nothing in it is locked.
@safe
final class SQLiteDatabase {
    private let handle: OpaquePointer

    enum Access {
        case readWrite
        case readOnly
    }

    init(path: String, _ access: Access) throws(SQLiteError) {
        let flags =
            switch access {
            case .readWrite: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
            case .readOnly: SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX
            }
        var opened: OpaquePointer?
        let code = unsafe sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened = unsafe opened else {
            let message = unsafe opened.map { unsafe String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            unsafe sqlite3_close_v2(opened)
            throw SQLiteError(code: code, message: message, action: "open \(path)")
        }
        unsafe handle = opened
        unsafe sqlite3_extended_result_codes(handle, 1)
        unsafe sqlite3_busy_timeout(handle, Self.busyMilliseconds)
    }

    deinit { unsafe sqlite3_close_v2(handle) }

    /// How long a reader waits for a checkpoint that holds the file.
    private static let busyMilliseconds: Int32 = 5_000

    /// Runs statements without parameters or results.
    func execute(_ sql: String) throws(SQLiteError) {
        let code = unsafe sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code, sql) }
    }

    func prepare(_ sql: String) throws(SQLiteError) -> SQLiteStatement {
        var statement: OpaquePointer?
        let code = unsafe sqlite3_prepare_v3(
            handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
        guard code == SQLITE_OK, let statement = unsafe statement else { throw error(code, sql) }
        return unsafe SQLiteStatement(statement, sql: sql)
    }

    /// The single number that a query answers.
    func number(_ sql: String) throws(SQLiteError) -> Int64 {
        let statement = try prepare(sql)
        guard try statement.step() else { return 0 }
        return statement.integer(0)
    }

    /// Rows that the last statement changed.
    var changes: Int { Int(unsafe sqlite3_changes(handle)) }

    /// Copies the write-ahead log into the database and syncs both, as far as readers allow.
    ///
    /// - Returns: the pages that the log holds when all of them are copied; otherwise nil.
    func checkpoint() throws(SQLiteError) -> Int? {
        var frames: Int32 = 0
        var copied: Int32 = 0
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, &frames, &copied)
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw error(code, "checkpoint") }
        return code == SQLITE_OK && frames == copied ? Int(frames) : nil
    }

    /// Empties the write-ahead log's file, which must have been copied; does nothing while a reader still uses it.
    func truncateLog() throws(SQLiteError) {
        // Without patience, because the store thread does not wait for a slow query.
        unsafe sqlite3_busy_timeout(handle, 0)
        defer { unsafe sqlite3_busy_timeout(handle, Self.busyMilliseconds) }
        let code = unsafe sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
        guard code == SQLITE_OK || code == SQLITE_BUSY else { throw error(code, "truncate the write-ahead log") }
    }

    /// False after an error that made SQLite roll back on its own, such as a full disk.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(handle) == 0 }

    private func error(_ code: Int32, _ action: String) -> SQLiteError {
        SQLiteError(code: code, message: unsafe String(cString: sqlite3_errmsg(handle)), action: action)
    }
}
