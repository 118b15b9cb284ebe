import Coordination
import GRDB

/// The journal's rows, one a commit, in and out of SQLite.
///
/// Each carries a checksum over the one before it, its place and its content, so that a row that was changed, lost or put
/// elsewhere is recognised when the journal is read.
enum JournalTable {
    /// A row as it stands in the table.
    struct Row {
        var first: UInt64
        var entries: UInt64
        var checksum: UInt32
        var content: [UInt8]

        /// What the checksum should be, after a row with the checksum `before`.
        static func checksum(first: UInt64, entries: UInt64, content: [UInt8], after before: UInt32) -> UInt32 {
            var head = ByteWriter()
            head.fixed64(first)
            head.fixed64(entries)
            return Checksum.crc32c(content, seed: Checksum.crc32c(head.bytes, seed: before))
        }
    }

    /// The end of the journal, after which the next row comes.
    struct Tail: Equatable {
        var sequence: UInt64 = 0
        var checksum: UInt32 = 0
    }

    static func insert(_ content: [UInt8], entries: Int, after tail: Tail, into db: Database) throws -> Tail {
        let first = tail.sequence + 1
        let checksum = Row.checksum(first: first, entries: UInt64(entries), content: content, after: tail.checksum)
        let statement = try db.cachedStatement(
            sql: "INSERT INTO journal (first, entries, checksum, content) VALUES (?, ?, ?, ?)")
        try content.withUnsafeBytes { content in
            try SQLiteBinding.execute(
                statement, in: db,
                [.number(Int64(bitPattern: first)), .number(Int64(entries)), .number(Int64(checksum)), .blob(content)])
        }
        return Tail(sequence: tail.sequence + UInt64(entries), checksum: checksum)
    }

    /// Hands over the rows with entries from `first` on, in order.
    static func forEachRow(_ db: Database, from first: UInt64 = 1, _ body: (Row) throws -> Bool) throws {
        let begin = try Int64.fetchOne(
            db, sql: "SELECT max(first) FROM journal WHERE first <= ?", arguments: [Int64(bitPattern: first)])
        let rows = try GRDB.Row.fetchCursor(
            db, sql: "SELECT first, entries, checksum, content FROM journal WHERE first >= ? ORDER BY first",
            arguments: [begin ?? 0])
        while let row = try rows.next() {
            let content = try row.withUnsafeData(atIndex: 3) { data in data.map { [UInt8]($0) } ?? [] }
            let stored = Row(
                first: UInt64(bitPattern: row[0] as Int64), entries: UInt64(bitPattern: row[1] as Int64),
                checksum: UInt32(truncatingIfNeeded: row[2] as Int64), content: content)
            guard try body(stored) else { return }
        }
    }

    /// Removes at most `limit` rows whose entries all come before `sequence`.
    static func removeRows(before sequence: UInt64, limit: Int, in db: Database) throws {
        // The row that holds `sequence` itself, or begins there, stays.
        try db.execute(
            sql: """
                DELETE FROM journal WHERE first IN (
                    SELECT first FROM journal WHERE first + entries <= ? ORDER BY first LIMIT ?)
                """, arguments: [Int64(bitPattern: sequence), limit])
    }
}
