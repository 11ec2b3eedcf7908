import Glibc

/// An opened database and what is read from it at once, gathered before the store exists.
struct OpenedStore {
    let database: SQLiteDatabase
    let statements: StoreStatements
    var names = NameTable()
    var operations = OperationTable()
    let nextBlock: Int64

    /// Opens or makes the database in a directory, which is made when it is missing.
    init(directory: String) throws(StoreError) {
        try Self.makeDirectory(directory)
        let path = directory + "/" + TraceStore.fileName
        do {
            database = try SQLiteDatabase(path: path, .readWrite)
            try Self.prepare(database, path)
            statements = try StoreStatements(database)
            nextBlock = try database.number("SELECT coalesce(max(id), 0) FROM block") + 1
            try names.load(database)
            try operations.load(database)
        } catch let error as StoreError {
            throw error
        } catch let error as SQLiteError {
            throw .sqlite(error)
        } catch {
            preconditionFailure("an error of an unknown kind: \(error)")
        }
    }

    static func makeDirectory(_ path: String) throws(StoreError) {
        guard unsafe mkdir(path, 0o755) != 0, errno != EEXIST else { return }
        throw errno == ENOENT ? .noParent(path: path) : .directory(path: path, code: errno)
    }

    private static func prepare(_ database: SQLiteDatabase, _ path: String) throws(any Error) {
        do {
            try database.execute("PRAGMA journal_mode = WAL")
            try database.execute("PRAGMA synchronous = NORMAL")
            try database.execute("PRAGMA wal_autocheckpoint = 0")
            try database.execute("PRAGMA cache_size = -\(cacheKibibytes)")
        } catch {
            throw error.isDamage ? StoreError.notADatabase(path: path, reason: error.message) : StoreError.sqlite(error)
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
}
