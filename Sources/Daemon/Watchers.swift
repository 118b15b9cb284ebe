import Access
import Coordination

/// Who watches which job. A watch ends with its job, or with its connection.
struct Watchers {
    struct Watch: Hashable {
        let connection: ConnectionID
        /// The request that the updates answer.
        let request: UInt64
        let wantsEvents: Bool
        let wantsOutput: Bool
        let permissions: Permissions
    }

    private var watches: [JobID: [Watch]] = [:]
    private var watched: [ConnectionID: Set<JobID>] = [:]

    /// A connection has one watch of a job: a newer one takes the place of the older.
    mutating func add(_ watch: Watch, to job: JobID) {
        watches[job, default: []].removeAll { $0.connection == watch.connection }
        watches[job, default: []].append(watch)
        watched[watch.connection, default: []].insert(job)
    }

    func watching(_ job: JobID) -> [Watch] { watches[job] ?? [] }

    mutating func end(_ job: JobID) {
        for watch in watches.removeValue(forKey: job) ?? [] {
            watched[watch.connection]?.remove(job)
            if watched[watch.connection]?.isEmpty == true { watched[watch.connection] = nil }
        }
    }

    mutating func lost(_ connection: ConnectionID) {
        for job in watched.removeValue(forKey: connection) ?? [] {
            watches[job]?.removeAll { $0.connection == connection }
            if watches[job]?.isEmpty == true { watches[job] = nil }
        }
    }
}
