/// Who starts next, and where. A policy is pure: it sees what waits and what is free, and decides one step.
public protocol SchedulingPolicy: Sendable {
    /// The name that a configuration chooses it by.
    static var name: String { get }

    /// The next grant, or nil if all that waits must go on waiting. The coordinator carries a grant out and asks again,
    /// with what is left, until the answer is nil.
    /// - Parameters:
    ///   - waiting: the jobs with units that wait, in submission order.
    ///   - capacity: what the workers that may get leases now have free.
    func next(_ waiting: WaitingJobs, _ capacity: Capacity) -> Grant?
}

/// A job with units that wait, as a policy sees it.
public struct Demand: Hashable, Sendable {
    public let job: JobID
    public let tenant: String
    /// All units at once, or none.
    public let isGang: Bool
    public let units: UInt32
    /// Slots for each unit.
    public let slots: UInt32
}

/// The leases that a policy grants in one step: the first units of the job that wait, one to each worker named (a name
/// may occur again). For a gang as many as it has ranks.
public struct Grant: Hashable, Sendable {
    public let job: JobID
    public let workers: [WorkerName]

    public init(job: JobID, workers: [WorkerName]) {
        self.job = job
        self.workers = workers
    }
}

/// The jobs with units that wait, in submission order.
public struct WaitingJobs: Sequence, Sendable {
    let state: ClusterState

    /// The one that waits for longest.
    public var first: Demand? { makeIterator().next() }

    public func makeIterator() -> AnyIterator<Demand> {
        var ids = state.queue.jobs.makeIterator()
        return AnyIterator {
            guard let id = ids.next(), let job = state.jobs[id] else { return nil }
            return Demand(job)
        }
    }
}

extension Demand {
    init(_ job: JobRecord) {
        self.init(
            job: job.id, tenant: job.specification.tenant, isGang: job.specification.isGang, units: job.waitingUnits,
            slots: job.specification.slots)
    }
}

/// The policies, by the names that a configuration chooses them by.
public enum Policies {
    public static let all: [any SchedulingPolicy] = [Fifo()]

    public static func named(_ name: String) -> (any SchedulingPolicy)? { all.first { type(of: $0).name == name } }
}
