import Coordination
import GRDB

/// The journal of schema version 1: a row an event, and no checksums. It is rewritten as today's when its folder is opened.
enum FirstJournal {
    static let table = """
        CREATE TABLE journal (
            sequence   INTEGER NOT NULL PRIMARY KEY,
            time       INTEGER NOT NULL,
            event      TEXT    NOT NULL,
            job        INTEGER,
            task       INTEGER,
            epoch      INTEGER,
            worker     TEXT,
            number     INTEGER,
            payload    TEXT,
            unverified INTEGER NOT NULL
        ) STRICT;
        """

    private static let entriesARow = 1000

    /// - Throws: `Unreadable` at a gap and at a row that holds no event; then nothing was changed.
    static func rewrite(in db: Database) throws {
        try db.execute(sql: "ALTER TABLE journal RENAME TO journal_1")
        try db.execute(sql: Schema.journal)
        var codec = EntryCodec()
        var tail = JournalTable.Tail()
        var entries: [JournalEntry] = []
        func flush() throws {
            guard !entries.isEmpty else { return }
            tail = try JournalTable.insert(try codec.encode(entries), entries: entries.count, after: tail, into: db)
            entries.removeAll(keepingCapacity: true)
        }
        try forEach(db) { entry in
            entries.append(entry)
            if entries.count == entriesARow { try flush() }
        }
        try flush()
        try db.execute(sql: "DROP TABLE journal_1")
    }

    private static func forEach(_ db: Database, _ body: (JournalEntry) throws -> Void) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT sequence, time, event, job, task, epoch, worker, number, payload, unverified
                FROM journal_1 ORDER BY sequence
                """)
        var expected: UInt64 = 1
        while let row = try rows.next() {
            let sequence = UInt64(bitPattern: row[0] as Int64)
            guard sequence == expected else {
                throw Unreadable(reason: "journal entry \(expected) is missing; the next one is \(sequence)")
            }
            let task = (row[4] as Int64?).map { UInt32(exactly: $0) }
            if case .some(.none) = task {
                throw Unreadable(reason: "journal entry \(sequence): its task is out of range")
            }
            let columns = FirstJournalRow(
                event: row[2], job: unsigned(row[3]), task: task ?? nil, epoch: unsigned(row[5]), worker: row[6],
                number: unsigned(row[7]), payload: row[8])
            do {
                try body(
                    JournalEntry(
                        sequence: sequence, time: Timestamp(milliseconds: row[1]), event: try columns.decoded(),
                        isUnverified: row[9]))
            } catch let error as Unreadable {
                throw Unreadable(reason: "journal entry \(sequence): \(error.reason)")
            }
            expected += 1
        }
    }

    // SQLite's integers are signed: ours are stored by their bits.
    private static func unsigned(_ value: Int64?) -> UInt64? { value.map { UInt64(bitPattern: $0) } }
}
