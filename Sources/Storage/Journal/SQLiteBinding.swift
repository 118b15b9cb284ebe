import GRDB
import GRDBSQLite

/// Runs a prepared statement with SQLite's own calls. GRDB's argument arrays cost more than the insertion itself.
enum SQLiteBinding {
    enum Value {
        case number(Int64)
        /// Valid until the statement has run.
        case blob(UnsafeRawBufferPointer)
    }

    static func execute(_ statement: Statement, in db: Database, _ values: [Value]) throws {
        let pointer = statement.sqliteStatement
        defer {
            sqlite3_reset(pointer)
            sqlite3_clear_bindings(pointer)
        }
        for (index, value) in values.enumerated() {
            let code =
                switch value {
                case .number(let number): sqlite3_bind_int64(pointer, Int32(index + 1), number)
                case .blob(let bytes):
                    // SQLite takes a null pointer for NULL.
                    bytes.isEmpty
                        ? sqlite3_bind_zeroblob(pointer, Int32(index + 1), 0)
                        : sqlite3_bind_blob64(
                            pointer, Int32(index + 1), bytes.baseAddress, UInt64(bytes.count), nil)
                }
            guard code == SQLITE_OK else { throw failure(code, db) }
        }
        let code = sqlite3_step(pointer)
        guard code == SQLITE_DONE else { throw failure(code, db) }
    }

    private static func failure(_ code: Int32, _ db: Database) -> DatabaseError {
        let message = sqlite3_errmsg(db.sqliteConnection).map { String(cString: $0) }
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
