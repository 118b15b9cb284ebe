public import Coordination
import GRDB
import Synchronization

/// What a coordinator must not forget, in its state folder: the journal, and the folder of every run.
///
///     DIR/lock              held by the process that owns the folder
///     DIR/banquet.sqlite    the journal and the cluster's metadata (SQLite, WAL, synchronous=FULL)
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

    /// The state folder.
    public let folder: String
    /// Logs, metrics, checkpoints and artifacts.
    public let runs: RunFolders

    private let lock: FolderLock
    private let gate: WriteGate
    private let database: DatabaseQueue
    private let lastSequence: Mutex<UInt64>
    private var path: String { "\(folder)/banquet.sqlite" }

    /// Opens the state folder, which is made when it is not there, and takes it for this process alone. `now` is
    /// written down as the time of creation of a new one.
    ///
    /// - Throws: `StorageError`: `locked`, `newerSchema`, `damaged`, or `unusable` (no permission, not a folder, a
    ///   foreign database).
    public init(folder: String, now: Timestamp) throws {
        self.folder = folder
        try Files.createFolder(folder)
        lock = try FolderLock(folder: folder)
        gate = WriteGate()
        let path = "\(folder)/banquet.sqlite"
        let (database, last) = try Self.reading(path) {
            let database = try DatabaseQueue(path: path)
            let last = try database.writeWithoutTransaction { db in
                try Self.prepare(db, folder: folder, path: path, now: now)
                return try JournalTable.lastSequence(db)
            }
            return (database, last)
        }
        self.database = database
        lastSequence = Mutex(last)
        runs = try RunFolders(folder: "\(folder)/runs", gate: gate)
        try Files.syncFolder(folder)
    }

    /// Makes `entries` durable, all or none of them: they are on disk when this returns. They continue the journal's
    /// sequence without a gap.
    public func append(entries: [JournalEntry]) throws {
        guard !entries.isEmpty else { return }
        try gate.perform {
            try lastSequence.withLock { last in
                for (offset, entry) in entries.enumerated() where entry.sequence != last + 1 + UInt64(offset) {
                    throw StorageError.refused(
                        reason: "journal entry \(entry.sequence) does not follow \(last + UInt64(offset))")
                }
                try Self.writing(path) {
                    try database.write { try JournalTable.insert(entries, into: $0) }
                }
                last += UInt64(entries.count)
            }
        }
    }

    /// Hands over the journal from `first` on, in order, one entry at a time: a long journal needs no memory.
    ///
    /// - Throws: `StorageError.damaged` when an entry is missing or can't be read, and what `body` throws.
    public func loadJournal(from first: UInt64 = 1, _ body: (JournalEntry) throws -> Void) throws {
        try Self.reading(path) {
            try database.read { try JournalTable.forEach($0, from: first, path: path, body) }
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
            clusterID: clusterID, created: Timestamp(milliseconds: created), lastSequence: lastSequence.withLock { $0 })
    }

    /// Closes the database; the folder is free for another process once the store is let go. Later writes are refused.
    public func close() throws {
        gate.close(because: "it was closed")
        try Self.reading(path) { try database.close() }
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

    private static func reading<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
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

    private static func writing<Result>(_ path: String, _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch let error as DatabaseError {
            throw StorageError.writeFailed(
                path: path, reason: error.message ?? "SQLite error \(error.resultCode.rawValue)")
        }
    }
}
