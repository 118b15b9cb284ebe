import GRDB

/// The tables of `DIR/banquet.sqlite`, and how those of earlier versions become them. `PRAGMA user_version` holds the
/// version.
enum Schema {
    /// `BANQ`: `file` and `sqlite3` tell such a database from any other, and so do we.
    static let applicationID = 0x4241_4E51

    /// A row a commit: docs/decisions/journal-encoding.md.
    static let journal = """
        CREATE TABLE journal (
            first    INTEGER NOT NULL PRIMARY KEY,
            entries  INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            content  BLOB    NOT NULL
        ) STRICT;
        """

    /// The step at index `n` takes version `n` to `n + 1`. A step that was released never changes.
    static let steps: [@Sendable (Database) throws -> Void] = [
        { db in
            try db.execute(
                sql: "CREATE TABLE metadata (key TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;"
            )
            try db.execute(sql: FirstJournal.table)
        },
        { db in
            try FirstJournal.rewrite(in: db)
            try db.execute(
                sql: """
                    -- Rows that were cut off, damaged, for those who want to look at what is left of them.
                    CREATE TABLE removed (
                        first    INTEGER NOT NULL,
                        entries  INTEGER NOT NULL,
                        checksum INTEGER NOT NULL,
                        content  BLOB    NOT NULL
                    ) STRICT;
                    -- Jobs that ended long ago, which the coordinator has forgotten.
                    CREATE TABLE archive (
                        job    INTEGER NOT NULL PRIMARY KEY,
                        detail BLOB    NOT NULL
                    ) STRICT;
                    """)
        },
        // Entries may be of two kinds more, which an earlier Banquet can't read; those that are there stay as they are.
        { _ in },
    ]

    static var version: Int { steps.count }

    /// Brings the database to the present version, each step in a transaction of its own.
    static func migrate(_ db: Database, folder: String, path: String) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        let mark = try Int.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        let isNew = try found == 0 && Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") == 0
        guard isNew || mark == applicationID else {
            throw StorageError.unusable(path: path, reason: "it is a database, but not one of Banquet's")
        }
        guard found <= version else {
            throw StorageError.newerSchema(folder: folder, found: found, supported: version)
        }
        for number in found..<version {
            do {
                try db.inTransaction(.immediate) {
                    try steps[number](db)
                    try db.execute(sql: "PRAGMA application_id = \(applicationID); PRAGMA user_version = \(number + 1)")
                    return .commit
                }
            } catch let error as Unreadable {
                throw StorageError.damaged(path: path, reason: error.reason)
            }
        }
    }
}
