import Access
import Coordination

/// Who watches which job. A watch ends with its job, or with its connection.
struct Watchers {
    struct Watch: Hashable {
        let connection: ConnectionID
        /// The request that the updates answer.
        let request: UInt64
        let kind: Kind
        let permissions: Permissions
    }

    enum Kind: Hashable {
        /// Told of every change of the job.
        case follow(events: Bool, output: Bool)
        /// Told of its end alone.
        case end
    }

    private var watches: [JobID: [Watch]] = [:]
    private var watched: [ConnectionID: Set<JobID>] = [:]

    /// A connection follows a job once, and waits once for its end: a newer watch takes the place of the older.
    mutating func add(_ watch: Watch, to job: JobID) {
        watches[job, default: []].removeAll {
            $0.connection == watch.connection && ($0.kind == .end) == (watch.kind == .end)
        }
        watches[job, default: []].append(watch)
        watched[watch.connection, default: []].insert(job)
    }

    /// Those who are told of every change.
    func following(_ job: JobID) -> [Watch] { watches[job]?.filter { $0.kind != .end } ?? [] }
    /// Those who are told of its end.
    func waiting(_ job: JobID) -> [Watch] { watches[job]?.filter { $0.kind == .end } ?? [] }

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

extension Watchers.Watch {
    var wantsEvents: Bool { if case .follow(let events, _) = kind { events } else { false } }
    var wantsOutput: Bool { if case .follow(_, let output) = kind { output } else { false } }
}
