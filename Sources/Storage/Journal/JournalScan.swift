import GRDB

/// Reads a journal's rows and judges them by their checksums.
struct JournalScan {
    /// A row that isn't as it was written, or is missing.
    struct Damage: Equatable {
        /// The first entry that can't be trusted.
        var first: UInt64
        var reason: String
        /// Rows after it that are as they were written: then it is in the middle.
        var goodRowsAfter: Int
    }

    /// Where the good part ends.
    private(set) var tail: JournalTable.Tail
    private(set) var rows = 0
    private(set) var entries: UInt64 = 0
    private(set) var damage: Damage?

    /// Reads all rows from `start` on.
    /// - Parameter start: the end of what a snapshot holds, or of nothing.
    init(_ db: Database, after start: JournalTable.Tail) throws {
        tail = start
        var before = start.checksum
        var expected = start.sequence + 1
        try JournalTable.forEachRow(db, from: expected) { row in
            // Rows before the snapshot, or one that it cuts through, which never is.
            if row.first < expected, damage == nil, row.first &+ row.entries <= expected { return true }
            let checksum = JournalTable.Row.checksum(
                first: row.first, entries: row.entries, content: row.content, after: before)
            let isGood = checksum == row.checksum
            if damage != nil {
                if isGood { damage?.goodRowsAfter += 1 }
            } else if row.first != expected {
                damage = Damage(
                    first: expected,
                    reason: "journal entry \(expected) is missing; the next row begins with \(row.first)",
                    // It can't be checked, without the one before it, and is there all the same.
                    goodRowsAfter: 1)
            } else if !isGood {
                let last = row.first &+ max(row.entries, 1) &- 1
                damage = Damage(
                    first: row.first,
                    reason:
                        "journal entries \(row.first) to \(last) are not as they were written (their checksum differs)",
                    goodRowsAfter: 0)
            } else {
                rows += 1
                entries += row.entries
                expected = row.first &+ row.entries
                tail = JournalTable.Tail(sequence: expected - 1, checksum: row.checksum)
            }
            // The next row was chained to this one's checksum as it was stored.
            before = row.checksum
            return true
        }
    }

    /// Moves entry `first` and all after it to the table `removed`.
    static func cut(from first: UInt64, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO removed (first, entries, checksum, content)
                SELECT first, entries, checksum, content FROM journal WHERE first + entries > ?
                """, arguments: [Int64(bitPattern: first)])
        try db.execute(sql: "DELETE FROM journal WHERE first + entries > ?", arguments: [Int64(bitPattern: first)])
    }
}
