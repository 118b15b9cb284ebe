public import Coordination
import Foundation
import GRDB
import Glibc
import Synchronization

/// What a coordinator must not forget, in its state folder: the journal with its snapshots, and the folder of every run.
///
///     DIR/lock              held by the process that owns the folder
///     DIR/banquet.sqlite    the journal, the archive of old jobs and the cluster's metadata (SQLite, WAL, synchronous=FULL)
///     DIR/snapshot-N        the state after the journal's entry N; the last two are kept
///     DIR/runs/j12/         logs, metrics, checkpoints and artifacts of job 12
///
/// All calls may come from any thread; they block until the disk has answered. After a write failed, every later write
/// is refused.
public final class RuntimeStore: Sendable {
    /// What the folder says about itself.
    public struct Metadata: Hashable, Sendable {
        /// 32 hexadecimal digits, drawn when the folder was made.
        public var clusterID: String
        public var created: Timestamp
        /// The journal's last entry; 0 when it is empty.
        public var lastSequence: UInt64
    }

    private struct Progress {
        var tail: JournalTable.Tail
        /// Rows whose entries all come before this one may go: the snapshots hold them.
        var needed: UInt64
        /// Such rows may be there.
        var hasNeedless: Bool
        var codec = EntryCodec()
    }

    /// The state folder.
    public let folder: String
    /// Logs, metrics, checkpoints and artifacts.
    public let runs: RunFolders
    /// What an operator should know of how the folder was found: one line each.
    public let warnings: [String]

    private let lock: FolderLock
    private let gate: WriteGate
    private let database: DatabaseQueue
    private let progress: Mutex<Progress>
    /// The newest snapshot that can be read.
    private let newest: UInt64?
    private var path: String { Self.path(folder) }

    static func path(_ folder: String) -> String { "\(folder)/banquet.sqlite" }
    /// Rows that one commit removes at most, so that removing many holds none of them up.
    private static let rowsRemovedAtOnce = 500

    /// Opens the state folder, which is made when it is not there, and takes it for this process alone. `now` is
    /// written down as the time of creation of a new one.
    ///
    /// A damaged end of the journal is cut off, with a warning: what a torn write leaves was never acknowledged.
    ///
    /// - Throws: `StorageError`: `locked`, `newerSchema`, `damaged` (in the middle of the journal), or `unusable` (no permission,
    ///   not a folder, a foreign database).
    public init(folder: String, now: Timestamp, limits: RunLimits = RunLimits()) throws {
        self.folder = folder
        try Files.createFolder(folder)
        lock = try FolderLock(folder: folder)
        gate = WriteGate()
        let path = Self.path(folder)
        let (database, found) = try Self.reading(path) {
            let database = try DatabaseQueue(path: path)
            let found = try database.writeWithoutTransaction { db in
                try Self.prepare(db, folder: folder, path: path, now: now)
                return try FoundJournal(db, folder: folder)
            }
            return (database, found)
        }
        self.database = database
        warnings = found.warnings
        newest = found.snapshots.last
        progress = Mutex(
            Progress(
                tail: found.tail, needed: found.snapshots.count > 1 ? found.snapshots[0] : 0,
                hasNeedless: found.snapshots.count > 1))
        try Self.makeRoomForCommits(path)
        runs = try RunFolders(folder: "\(folder)/runs", gate: gate, limits: limits)
        try Files.syncFolder(folder)
    }

    // MARK: Writing

    /// Makes `entries` durable, all or none of them: they are on disk when this returns. They continue the journal's
    /// sequence without a gap.
    /// - Parameter archived: jobs that these entries make the coordinator forget; kept in the archive.
    public func append(entries: [JournalEntry], archived: [JobDetail] = []) throws {
        guard !entries.isEmpty else { return }
        try gate.perform {
            try progress.withLock { progress in
                for (offset, entry) in entries.enumerated()
                where entry.sequence != progress.tail.sequence + 1 + UInt64(offset) {
                    throw StorageError.refused(
                        reason: "journal entry \(entry.sequence) does not follow "
                            + "\(progress.tail.sequence + UInt64(offset))")
                }
                let content = try progress.codec.encode(entries)
                let archive = try archived.map {
                    (Int64(bitPattern: $0.summary.id.number), try PackedEncoder.encode($0))
                }
                let (tail, needed, hasNeedless) = (progress.tail, progress.needed, progress.hasNeedless)
                let (next, removed) = try Self.writing(path) {
                    // One statement is a transaction of its own, and cheaper without the words for one.
                    if archive.isEmpty, !hasNeedless {
                        return try database.writeWithoutTransaction { db in
                            (try JournalTable.insert(content, entries: entries.count, after: tail, into: db), 0)
                        }
                    }
                    return try database.write { db in
                        for (job, detail) in archive {
                            try db.execute(
                                sql: "INSERT OR REPLACE INTO archive (job, detail) VALUES (?, ?)",
                                arguments: [job, Data(detail)])
                        }
                        let next = try JournalTable.insert(content, entries: entries.count, after: tail, into: db)
                        guard hasNeedless else { return (next, Self.rowsRemovedAtOnce) }
                        try JournalTable.removeRows(before: needed + 1, limit: Self.rowsRemovedAtOnce, in: db)
                        return (next, db.changesCount)
                    }
                }
                progress.tail = next
                if removed < Self.rowsRemovedAtOnce { progress.hasNeedless = false }
            }
        }
    }

    /// Closes the database; the folder is free for another process once the store is let go. Later writes are refused.
    public func close() throws {
        gate.close(because: "it was closed")
        try Self.reading(path) { try database.close() }
    }

    // MARK: Snapshots

    /// A snapshot on its way to the disk.
    public struct PendingSnapshot: Sendable {
        let snapshot: ClusterSnapshot
        let tail: JournalTable.Tail
        let folder: String
        let gate: WriteGate

        /// Writes it down, durably; from any thread, and for as long as it takes.
        public func write() throws {
            try gate.perform { try SnapshotFile.write(snapshot, at: tail, in: folder) }
        }
    }

    /// Begins a snapshot of the state that the journal folds to now. To be written, and then adopted.
    /// - Precondition: it was taken after the last `append`.
    public func begin(_ snapshot: ClusterSnapshot) -> PendingSnapshot {
        let tail = progress.withLock { $0.tail }
        precondition(snapshot.sequence == tail.sequence, "a snapshot is of the state after the journal's last entry")
        return PendingSnapshot(snapshot: snapshot, tail: tail, folder: folder, gate: gate)
    }

    /// The snapshot was written: older ones, and the rows that are needed by none that is kept, go (the rows a few with
    /// each of the next commits).
    public func adopt(_ pending: PendingSnapshot) throws {
        try gate.perform {
            let kept = try SnapshotFile.prune(in: folder)
            guard kept.count > 1 else { return }
            progress.withLock {
                $0.needed = kept[0]
                $0.hasNeedless = true
            }
        }
    }

    // MARK: Reading

    /// The state that the newest snapshot holds; nil where there is none. The journal goes on after it.
    public func loadSnapshot() throws -> ClusterSnapshot? {
        guard let newest else { return nil }
        do {
            return try SnapshotFile.read(newest, in: folder).snapshot
        } catch let error as Unreadable {
            throw StorageError.damaged(path: "\(folder)/\(SnapshotFile.name(newest))", reason: error.reason)
        }
    }

    /// Hands over the journal from `first` on, in order, one entry at a time: a long journal needs no memory.
    ///
    /// - Throws: `StorageError.damaged` when an entry can't be read, and what `body` throws.
    public func loadJournal(from first: UInt64 = 1, _ body: (JournalEntry) throws -> Void) throws {
        try Self.reading(path) {
            try database.read { try FoundJournal.forEachEntry($0, from: first, path: path, body) }
        }
    }

    /// A job that the coordinator has forgotten; nil where the archive doesn't have it.
    public func archivedJob(_ job: JobID) throws -> JobDetail? {
        let bytes = try Self.reading(path) {
            try database.read {
                try Data.fetchOne(
                    $0, sql: "SELECT detail FROM archive WHERE job = ?", arguments: [Int64(bitPattern: job.number)])
            }
        }
        do {
            return try bytes.map { try PackedDecoder.decode(JobDetail.self, from: [UInt8]($0)) }
        } catch let error as Unreadable {
            throw StorageError.damaged(path: path, reason: "the archive's \(job): \(error.reason)")
        }
    }

    public func metadata() throws -> Metadata {
        let values = try Self.reading(path) {
            try database.read { db in
                try Row.fetchAll(db, sql: "SELECT key, value FROM metadata")
                    .reduce(into: [String: String]()) { $0[$1[0]] = $1[1] }
            }
        }
        guard let clusterID = values["cluster"], let created = values["created"].flatMap({ Int64($0) }) else {
            throw StorageError.damaged(path: path, reason: "its metadata lack the cluster's id or its time of creation")
        }
        return Metadata(
            clusterID: clusterID, created: Timestamp(milliseconds: created),
            lastSequence: progress.withLock { $0.tail.sequence })
    }

    private static func prepare(_ db: Database, folder: String, path: String, now: Timestamp) throws {
        try db.execute(
            sql: """
                PRAGMA journal_mode = WAL;
                PRAGMA synchronous = FULL;
                PRAGMA journal_size_limit = 67108864;
                """)
        try Schema.migrate(db, folder: folder, path: path)
        let id = (0..<4).map { _ in
            let digits = String(UInt32.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
        try db.execute(
            sql: "INSERT OR IGNORE INTO metadata (key, value) VALUES ('cluster', ?), ('created', ?)",
            arguments: [id, String(now.milliseconds)])
    }

    /// Fills the write-ahead log up to the size that it has between two checkpoints (SQLite begins it anew after 1000 pages). So
    /// a commit writes over what is there, and syncs no change of the file's size and blocks: a third of its time. SQLite takes
    /// nothing behind the last commit for anything.
    private static func makeRoomForCommits(_ path: String) throws {
        let log = "\(path)-wal"
        guard let size = try Files.size(log), size < logSize else { return }
        let file = try Files.open(log, O_WRONLY)
        defer { Glibc.close(file) }
        guard lseek(file, off_t(size), SEEK_SET) == off_t(size) else { return }
        let zeros = [UInt8](repeating: 0, count: Int(logSize - size))
        do {
            try zeros.withUnsafeBytes { try Files.writeAll(file, $0, path: log) }
        } catch StorageError.writeFailed {
            // A disk that is nearly full has other worries.
            ftruncate(file, off_t(size))
            return
        }
        guard fdatasync(file) == 0 else { throw StorageError.writeFailed(path: log, reason: Files.describe(errno)) }
    }

    private static let logSize: UInt64 = 5 << 20

    static func reading<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            let reason = error.message ?? "SQLite error \(error.resultCode.rawValue)"
            switch error.resultCode {
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: throw StorageError.damaged(path: path, reason: reason)
            default: throw StorageError.unusable(path: path, reason: reason)
            }
        }
    }

    static func writing<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StorageError.writeFailed(
                path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}
