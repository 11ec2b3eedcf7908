internal import CSQLite

/// A prepared statement. Parameters count from 1 and columns from 0, as in SQLite.
@safe
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let sql: String

    @unsafe
    init(_ handle: OpaquePointer, sql: String) {
        unsafe self.handle = handle
        self.sql = sql
    }

    deinit { unsafe sqlite3_finalize(handle) }

    func bind(_ index: Int32, _ value: Int64) { unsafe check(sqlite3_bind_int64(handle, index, value)) }
    func bind(_ index: Int32, _ value: Int) { bind(index, Int64(value)) }
    func bindNull(_ index: Int32) { unsafe check(sqlite3_bind_null(handle, index)) }

    /// SQLite copies the bytes.
    func bind(_ index: Int32, _ bytes: [UInt8]) {
        // SQLITE_TRANSIENT is a cast in C and therefore not imported.
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        unsafe bytes.withUnsafeBytes {
            unsafe check(sqlite3_bind_blob64(handle, index, $0.baseAddress, UInt64($0.count), transient))
        }
    }

    func bindText(_ index: Int32, _ bytes: [UInt8]) {
        let transient = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        unsafe bytes.withUnsafeBytes {
            let characters = unsafe $0.bindMemory(to: CChar.self).baseAddress
            unsafe check(
                sqlite3_bind_text64(handle, index, characters, UInt64($0.count), transient, UInt8(SQLITE_UTF8)))
        }
    }

    /// True when there is a row.
    func step() throws(SQLiteError) -> Bool {
        let code = unsafe sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
            unsafe sqlite3_reset(handle)
            throw SQLiteError(code: code, message: message, action: sql)
        }
    }

    /// Makes the statement ready for its next use.
    func reset() { unsafe sqlite3_reset(handle) }

    /// Runs a statement that answers no rows.
    func run() throws(SQLiteError) {
        defer { reset() }
        _ = try step()
    }

    func isNull(_ column: Int32) -> Bool { unsafe sqlite3_column_type(handle, column) == SQLITE_NULL }
    func integer(_ column: Int32) -> Int64 { unsafe sqlite3_column_int64(handle, column) }
    func int(_ column: Int32) -> Int { Int(integer(column)) }

    func bytes(_ column: Int32) -> [UInt8] {
        let start = unsafe sqlite3_column_blob(handle, column)
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    private func check(_ code: Int32) {
        precondition(code == SQLITE_OK, "a parameter that the statement does not have")
    }
}
