/// Gives numbers that only grow (epochs, jobs, connections, incarnations, sequence numbers) small names in the same order, and times
/// their distance from now. Two states that are equal afterwards have the same future, because the core only ever compares such
/// numbers and counts on from the largest; and so a search through its states comes to an end.
///
/// It is used twice in the same order: first it collects what is mentioned, then, after `close`, it renames.
package final class Renamer {
    /// How far back times matter; all earlier ones are alike.
    package struct Horizons: Hashable, Sendable {
        /// Since when a job waits: what preemption waits for.
        package var waits: Int64 = 0
        /// Since when a unit runs: the longest time limit, with its grace.
        package var runs: Int64 = 0
        /// When a unit failed: the longest pause before a retry.
        package var pauses: Int64 = 0
        /// Units started since a tenant's first job began to wait: what makes it aged.
        package var ages: UInt64 = 0

        package init() {}
    }

    package let now: Timestamp
    package let horizons: Horizons
    let configuration: CoordinatorConfiguration

    /// Leases that something holds or speaks of.
    package private(set) var leases: Set<Epoch> = []

    private var isClosed = false
    private var epochs = Names()
    private var jobs = Names()
    private var connections = Names()
    private var incarnations: [WorkerName: Names] = [:]
    private var sequences: [WorkerName: Names] = [:]
    private var currentSequences: [WorkerName: UInt64] = [:]

    package init(at now: Timestamp, _ horizons: Horizons, _ configuration: CoordinatorConfiguration) {
        self.now = now
        self.horizons = horizons
        self.configuration = configuration
    }

    /// All that is mentioned was seen: from here on names are given.
    package func close() {
        isClosed = true
        epochs.sort()
        jobs.sort()
        connections.sort()
        for name in incarnations.keys { incarnations[name]?.sort() }
        for name in sequences.keys { sequences[name]?.sort() }
    }

    package func epoch(_ epoch: Epoch) -> Epoch {
        if isClosed { return Epoch(epochs.name(of: epoch.number)) }
        epochs.add(epoch.number)
        return epoch
    }

    package func job(_ job: JobID) -> JobID {
        if isClosed { return JobID(jobs.name(of: job.number)) }
        jobs.add(job.number)
        return job
    }

    package func connection(_ connection: ConnectionID) -> ConnectionID {
        if isClosed { return ConnectionID(connections.name(of: connection.number)) }
        connections.add(connection.number)
        return connection
    }

    package func incarnation(_ incarnation: Incarnation, of worker: WorkerName) -> Incarnation {
        if isClosed { return Incarnation(incarnations[worker]?.name(of: incarnation.number) ?? 0) }
        incarnations[worker, default: Names()].add(incarnation.number)
        return incarnation
    }

    /// An agent counts its joins and heartbeats from 1. Numbers beyond its present one are those of an agent of that name before it, whose
    /// incarnation is over: they are never compared with this one's.
    func sequence(_ sequence: UInt64, of worker: WorkerName, isCurrent: Bool = false) -> UInt64 {
        if isClosed {
            let name = sequences[worker]?.name(of: sequence) ?? 0
            guard let current = currentSequences[worker], sequence > current else { return name }
            return name + 1_000_000
        }
        sequences[worker, default: Names()].add(sequence)
        if isCurrent { currentSequences[worker] = sequence }
        return sequence
    }

    func past(_ time: Timestamp, _ horizon: Int64) -> Timestamp {
        isClosed ? Timestamp(milliseconds: -min(max(now - time, 0), horizon)) : time
    }

    package func future(_ time: Timestamp) -> Timestamp {
        isClosed ? Timestamp(milliseconds: max(time - now, 0)) : time
    }

    func task(_ task: TaskID) -> TaskID { TaskID(job(task.job), task.index) }
    package func lease(_ lease: Lease) -> Lease {
        leases.insert(lease.epoch)
        return Lease(task(lease.task), epoch(lease.epoch))
    }

    /// Numbers and the names that they get: their places among all that are mentioned.
    private struct Names {
        private var numbers: [UInt64] = []

        mutating func add(_ number: UInt64) { if !numbers.contains(number) { numbers.append(number) } }
        mutating func sort() { numbers.sort() }
        func name(of number: UInt64) -> UInt64 { UInt64((numbers.firstIndex(of: number) ?? -1) + 1) }
    }
}

extension Optional {
    func renamed(_ body: (Wrapped) -> Wrapped) -> Self { map(body) }
}
