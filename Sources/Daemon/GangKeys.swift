import Coordination
import Logging
import Messaging
import Storage

/// The keys with which the ranks of a gang of the built-in trainer encrypt what they say to each other: a fresh one for each generation,
/// told to the ranks with their start, and in no journal. It lies in the run's folder (mode 0600) while the gang lives, so that a
/// coordinator that comes back tells the ranks that it starts what the others were told.
struct GangKeys {
    /// Nil for a cluster without keys: its gangs have none either.
    private let folders: RunFolders?
    private let log: Logger
    private var known: [JobID: (generation: UInt32, key: GangKey?)] = [:]
    /// Connections of workers that would not hand a key on.
    private var older: Set<ConnectionID> = []

    /// Jobs up to this one may have a key of a life of the coordinator's before this one.
    private let lastBefore: JobID

    init(_ folders: RunFolders?, lastJob: JobID, log: Logger) {
        self.folders = folders
        lastBefore = lastJob
        self.log = log
    }

    mutating func joined(_ join: Join, on connection: ConnectionID) {
        if join.takesGangKeys { older.remove(connection) } else { older.insert(connection) }
    }

    mutating func lost(_ connection: ConnectionID) { older.remove(connection) }

    /// The key of a gang's generation; the same whenever it is asked for.
    mutating func key(of job: JobID, generation: UInt32) throws -> GangKey? {
        guard let folders else { return nil }
        if let last = known[job], last.generation == generation { return last.key }
        if let text = try folders.gangKey(of: job, generation: generation) {
            let key = GangKey(revealed: text)
            known[job] = (generation, key)
            return key
        }
        var key: GangKey?
        if older.isEmpty {
            key = GangKey(revealed: try CurveKeyPair.generate().secretKey.revealed)
        } else {
            // All ranks have one, or none has; who will be which rank's worker is not looked into.
            log.warning(
                "\(job), attempt \(generation): its ranks don't encrypt what they say to each other, because a worker of an older version is connected"
            )
        }
        try folders.keepGangKey(key?.revealed ?? "", of: job, generation: generation)
        known[job] = (generation, key)
        return key
    }

    mutating func ended(_ job: JobID) throws {
        guard let folders, known.removeValue(forKey: job) != nil || job <= lastBefore else { return }
        try folders.forgetGangKey(of: job)
    }
}
