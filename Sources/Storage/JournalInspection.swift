public import Coordination
import Foundation
import GRDB

/// A state folder's journal, for people to look at: read only, and also while a coordinator owns the folder.
public struct JournalInspection {
    /// What `verify` found.
    public struct Verification: Hashable, Sendable, Codable {
        public var rows: Int
        public var entries: UInt64
        /// The first and last entry that are there; what is before the first is in a snapshot.
        public var first, last: UInt64
        /// The snapshots that can be read.
        public var snapshots: [UInt64]
        /// What is wrong, one line each.
        public var faults: [String]
        /// Whether a coordinator would start on it, perhaps with a warning.
        public var isUsable: Bool
    }

    public let folder: String
    private let database: DatabaseQueue
    private var path: String { RuntimeStore.path(folder) }

    /// - Throws: `StorageError`: the folder has no journal, or it can't be read.
    public init(folder: String) throws {
        self.folder = folder
        let path = RuntimeStore.path(folder)
        guard try Files.size(path) != nil else {
            throw StorageError.unusable(path: path, reason: "there is no such file")
        }
        database = try RuntimeStore.reading(path) {
            var configuration = GRDB.Configuration()
            configuration.readonly = true
            let database = try DatabaseQueue(path: path, configuration: configuration)
            try database.read { try Self.checkVersion($0, folder: folder, path: path) }
            return database
        }
    }

    private static func checkVersion(_ db: Database, folder: String, path: String) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA application_id") == Schema.applicationID else {
            throw StorageError.unusable(path: path, reason: "it is a database, but not one of Banquet's")
        }
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found <= Schema.version else {
            throw StorageError.newerSchema(folder: folder, found: found, supported: Schema.version)
        }
        guard found == Schema.version else {
            throw StorageError.unusable(
                path: path,
                reason: "it has schema version \(found); a coordinator that starts on it brings it to \(Schema.version)"
            )
        }
    }

    /// Hands over the entries from `first` on.
    public func forEach(from first: UInt64 = 1, _ body: (JournalEntry) throws -> Void) throws {
        try RuntimeStore.reading(path) {
            try database.read { try FoundJournal.forEachEntry($0, from: first, path: path, body) }
        }
    }

    /// At most `limit` entries from `first` on.
    public func entries(from first: UInt64, limit: Int) throws -> [JournalEntry] {
        struct Enough: Error {}
        var entries: [JournalEntry] = []
        do {
            try forEach(from: first) { entry in
                guard entries.count < limit else { throw Enough() }
                entries.append(entry)
            }
        } catch is Enough {}
        return entries
    }

    /// The first and the last entry that are there; nil where there is none.
    public func bounds() throws -> ClosedRange<UInt64>? {
        try RuntimeStore.reading(path) {
            try database.read { db in
                guard let row = try Row.fetchOne(db, sql: "SELECT min(first), max(first + entries - 1) FROM journal"),
                    let first = row[0] as Int64?, let last = row[1] as Int64?, first <= last
                else { return nil }
                return UInt64(bitPattern: first)...UInt64(bitPattern: last)
            }
        }
    }

    /// The state from which the entries that are there go on, if the first of them isn't entry 1: that of the oldest snapshot
    /// which can be read and has an entry, or the end of the journal, behind it.
    public func past() throws -> ClusterSnapshot? {
        let bounds = try bounds()
        guard bounds?.lowerBound != 1 else { return nil }
        for sequence in try SnapshotFile.sequences(in: folder) where sequence + 1 >= bounds?.lowerBound ?? 0 {
            do { return try SnapshotFile.read(sequence, in: folder).snapshot } catch is Unreadable {}
        }
        return nil
    }

    /// Jobs that the coordinator has forgotten.
    public func archive(_ body: (JobDetail) throws -> Void) throws {
        try RuntimeStore.reading(path) {
            try database.read { db in
                let rows = try Row.fetchCursor(db, sql: "SELECT job, detail FROM archive ORDER BY job")
                while let row = try rows.next() {
                    do {
                        try body(try PackedDecoder.decode(JobDetail.self, from: [UInt8](row[1] as Data)))
                    } catch let error as Unreadable {
                        throw StorageError.damaged(
                            path: path, reason: "the archive's j\(row[0] as Int64): \(error.reason)")
                    }
                }
            }
        }
    }

    /// Whether the process that last took the folder is there still.
    public var isOwned: Bool {
        guard let text = try? Files.read("\(folder)/lock", offset: 0, limit: 32),
            let line = String(decoding: text, as: UTF8.self).split(separator: "\n").first, let pid = pid_t(line)
        else { return false }
        return kill(pid, 0) == 0 || errno == EPERM
    }

    /// Holds every row against its checksum, reads every entry, and every snapshot.
    public func verify() throws -> Verification {
        var result = Verification(rows: 0, entries: 0, first: 0, last: 0, snapshots: [], faults: [], isUsable: true)
        var places: [JournalTable.Tail] = []
        for sequence in try SnapshotFile.sequences(in: folder) {
            do {
                places.append(try SnapshotFile.read(sequence, in: folder).tail)
                result.snapshots.append(sequence)
            } catch let error as Unreadable {
                result.faults.append("\(folder)/\(SnapshotFile.name(sequence)): \(error.reason)")
            }
        }
        try RuntimeStore.reading(path) {
            try database.read { db in
                let first = try Int64.fetchOne(db, sql: "SELECT min(first) FROM journal").map { UInt64(bitPattern: $0) }
                // Rows from before the older snapshot are on their way out, and nothing says what came before them.
                let start = places.first { first ?? 1 <= $0.sequence + 1 } ?? JournalTable.Tail()
                let scan = try JournalScan(db, after: start)
                result.rows = scan.rows
                result.entries = scan.entries
                result.first = scan.entries == 0 ? 0 : start.sequence + 1
                result.last = max(scan.tail.sequence, places.last?.sequence ?? 0)
                if let damage = scan.damage {
                    let isCovered = damage.first <= places.last?.sequence ?? 0
                    result.isUsable = damage.goodRowsAfter == 0 || isCovered
                    result.faults.append(
                        damage.goodRowsAfter == 0 || isCovered
                            ? damage.reason : FoundJournal.instruction(damage, folder: folder))
                    return
                }
                do {
                    try FoundJournal.forEachEntry(db, from: start.sequence + 1, path: path) { _ in }
                } catch let error as StorageError {
                    result.isUsable = false
                    result.faults.append("\(error)")
                }
            }
        }
        return result
    }

    /// Gives up entry `first` and all after it, with the snapshots that hold them. The rows are kept in the table `removed`.
    /// No coordinator may own the folder.
    /// - Throws: `StorageError.locked`; `refused` where a snapshot that is needed would have to go.
    public static func cut(folder: String, from first: UInt64) throws {
        let lock = try FolderLock(folder: folder)
        defer { withExtendedLifetime(lock) {} }
        let path = RuntimeStore.path(folder)
        let database = try RuntimeStore.reading(path) { try DatabaseQueue(path: path) }
        try RuntimeStore.reading(path) {
            try database.read { try checkVersion($0, folder: folder, path: path) }
            let begin = try database.read { try Int64.fetchOne($0, sql: "SELECT min(first) FROM journal") } ?? 1
            let kept = try SnapshotFile.sequences(in: folder).filter { $0 < first }
            // From 1 on is all of it: whoever says so wants to begin anew.
            guard begin == 1 || first <= 1 || kept.contains(where: { $0 + 1 >= UInt64(bitPattern: begin) }) else {
                throw StorageError.refused(
                    reason:
                        "the journal in \(path) begins with entry \(begin), and no snapshot from before entry \(first) holds "
                        + "what came before: nothing would be left to start from")
            }
        }
        try RuntimeStore.writing(path) { try database.write { try JournalScan.cut(from: first, in: $0) } }
        for sequence in try SnapshotFile.sequences(in: folder) where sequence >= first {
            try Files.remove("\(folder)/\(SnapshotFile.name(sequence))")
        }
        try Files.syncFolder(folder)
    }
}
