import Coordination
import GRDB

/// What a state folder's journal and snapshots were found to hold, when a coordinator opened them.
struct FoundJournal {
    /// Those that can be read, lowest first.
    private(set) var snapshots: [UInt64] = []
    private(set) var tail = JournalTable.Tail()
    private(set) var warnings: [String] = []

    /// Cuts a damaged end off.
    /// - Throws: `StorageError.damaged` where rows are damaged or missing, and good ones follow.
    init(_ db: Database, folder: String) throws {
        let start = try newestSnapshot(in: folder)
        let scan = try JournalScan(db, after: start)
        tail = scan.tail
        guard let damage = scan.damage else { return }
        let path = RuntimeStore.path(folder)
        guard damage.goodRowsAfter == 0 else {
            throw StorageError.damaged(path: path, reason: Self.instruction(damage, folder: folder))
        }
        try RuntimeStore.writing(path) {
            try db.inTransaction(.immediate) {
                try JournalScan.cut(from: damage.first, in: db)
                return .commit
            }
        }
        warnings.append(
            "the end of the journal in \(path) was damaged and is cut off: \(damage.reason); "
                + "what was there is kept in its table `removed`")
    }

    /// The newest snapshot that is as it was written; the beginning, where there is none.
    private mutating func newestSnapshot(in folder: String) throws -> JournalTable.Tail {
        var newest: JournalTable.Tail?
        for sequence in try SnapshotFile.sequences(in: folder).reversed() {
            do {
                let tail = try SnapshotFile.check(sequence, in: folder)
                newest = newest ?? tail
                snapshots.insert(sequence, at: 0)
            } catch let error as Unreadable {
                warnings.append(
                    "\(folder)/\(SnapshotFile.name(sequence)) is damaged and not used: \(error.reason)")
            }
        }
        return newest ?? JournalTable.Tail()
    }

    static func instruction(_ damage: JournalScan.Damage, folder: String) -> String {
        "\(damage.reason), and \(damage.goodRowsAfter) good row\(damage.goodRowsAfter == 1 ? "" : "s") follow\(damage.goodRowsAfter == 1 ? "s" : ""). "
            + "Restore the folder from a backup, or give up entry \(damage.first) and all after it: "
            + "banquet journal \(folder) --cut \(damage.first)"
    }

    /// Hands over the entries from `first` on.
    static func forEachEntry(
        _ db: Database, from first: UInt64, path: String, _ body: (JournalEntry) throws -> Void
    ) throws {
        try JournalTable.forEachRow(db, from: first) { row in
            do {
                let count = try row.content.withUnsafeBytes { content in
                    try EntryCodec.decode(content, from: row.first) { if $0.sequence >= first { try body($0) } }
                }
                guard count == row.entries else {
                    throw Unreadable(reason: "the row of entry \(row.first) holds \(count) entries, not \(row.entries)")
                }
            } catch let error as Unreadable {
                throw StorageError.damaged(path: path, reason: "journal \(error.reason)")
            }
            return true
        }
    }
}
