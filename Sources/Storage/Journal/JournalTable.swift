import Coordination
import GRDB

/// The journal's rows, in and out of SQLite.
enum JournalTable {
    static func insert(_ entries: [JournalEntry], into db: Database) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO journal (sequence, time, event, job, task, epoch, worker, number, payload, unverified)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
        for entry in entries {
            let row = try JournalRow(entry.event)
            statement.setUncheckedArguments([
                Int64(bitPattern: entry.sequence), entry.time.milliseconds, row.event, stored(row.job),
                row.task, stored(row.epoch), row.worker,
                stored(row.number), row.payload, entry.isUnverified,
            ])
            try statement.execute()
        }
    }

    static func lastSequence(_ db: Database) throws -> UInt64 {
        UInt64(bitPattern: try Int64.fetchOne(db, sql: "SELECT max(sequence) FROM journal") ?? 0)
    }

    /// Hands over every entry from `first` on, in order; throws `damaged` at a gap and at a row that holds no event.
    static func forEach(_ db: Database, from first: UInt64, path: String, _ body: (JournalEntry) throws -> Void) throws
    {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT sequence, time, event, job, task, epoch, worker, number, payload, unverified
                FROM journal WHERE sequence >= ? ORDER BY sequence
                """, arguments: [Int64(bitPattern: first)])
        var expected = first
        while let row = try rows.next() {
            let sequence = UInt64(bitPattern: row[0] as Int64)
            guard sequence == expected else {
                throw StorageError.damaged(
                    path: path, reason: "journal entry \(expected) is missing; the next one is \(sequence)")
            }
            let task = (row[4] as Int64?).map { UInt32(exactly: $0) }
            if case .some(.none) = task {
                throw StorageError.damaged(path: path, reason: "journal entry \(sequence): its task is out of range")
            }
            let columns = JournalRow(
                event: row[2], job: unsigned(row[3]),
                task: task ?? nil,
                epoch: unsigned(row[5]), worker: row[6],
                number: unsigned(row[7]), payload: row[8])
            let event: ProtocolEvent
            do {
                event = try columns.decoded()
            } catch let error as JournalRow.Unreadable {
                throw StorageError.damaged(path: path, reason: "journal entry \(sequence): \(error.reason)")
            }
            let time = Timestamp(milliseconds: row[1])
            try body(JournalEntry(sequence: sequence, time: time, event: event, isUnverified: row[9]))
            expected += 1
        }
    }

    // SQLite's integers are signed: ours are stored by their bits.
    private static func stored(_ value: UInt64?) -> Int64? { value.map { Int64(bitPattern: $0) } }
    private static func unsigned(_ value: Int64?) -> UInt64? { value.map { UInt64(bitPattern: $0) } }
}
