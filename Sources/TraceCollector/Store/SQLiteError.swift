internal import CSQLite

/// What SQLite refused, in its own words.
package struct SQLiteError: Error, Equatable, Sendable, CustomStringConvertible {
    /// SQLite's extended result code.
    package let code: Int32
    package let message: String
    /// What was being done.
    package let action: String

    /// The file is not a database, or not any more.
    var isDamage: Bool { code & 0xFF == SQLITE_NOTADB || code & 0xFF == SQLITE_CORRUPT }

    package var description: String { "\(action): \(message) (SQLite code \(code))" }
}
