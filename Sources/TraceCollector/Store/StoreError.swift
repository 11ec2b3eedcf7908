import Glibc

/// Why the store cannot be opened or written. Each description says where and what to do.
package enum StoreError: Error, Equatable, Sendable {
    /// The directory is missing, and so is the one above it.
    case noParent(path: String)
    /// The directory cannot be made or cannot be written; with the system's error number.
    case directory(path: String, code: Int32)
    /// Another collector works in the directory.
    case inUse(path: String)
    /// The file is no database, or a damaged one; with SQLite's words.
    case notADatabase(path: String, reason: String)
    /// The database was written by a newer version.
    case schemaTooNew(path: String, found: Int64, supported: Int64)
    case sqlite(SQLiteError)
    /// A stored block cannot be read.
    case block(Int64, BlockError)
    /// A span passed the reader and not the writer: a defect, kept as an error so that one trace cannot stop the rest.
    case unreadableSpan(WireError)
}

extension StoreError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .noParent(let path):
            "cannot make the directory \(path) for the trace store: the one above it does not exist; make that first"
        case .directory(let path, let code):
            """
            cannot use the directory \(path) for the trace store: \(unsafe String(cString: strerror(code))); \
            choose one that this user may write
            """
        case .inUse(let path):
            "the directory \(path) is used by another collector; stop that one or choose another directory"
        case .notADatabase(let path, let reason):
            "cannot use \(path) as the trace store: \(reason); move the file away or choose another directory"
        case .schemaTooNew(let path, let found, let supported):
            """
            \(path) has schema version \(found), this program knows up to \(supported); \
            run the newer program or choose another directory
            """
        case .sqlite(let error): "the trace store failed: \(error)"
        case .block(let block, let error): "stored block \(block) cannot be read: \(error)"
        case .unreadableSpan(let error): "a received span cannot be written: \(error.explanation)"
        }
    }
}
