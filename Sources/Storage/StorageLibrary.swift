internal import GRDBSQLite

/// The SQLite library that this process runs with.
public enum StorageLibrary {
    public static var version: String { String(cString: sqlite3_libversion()) }
}
