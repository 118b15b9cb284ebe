/// Who starts next, and where. A policy is pure: it sees what waits and what is free, and decides one step.
public protocol SchedulingPolicy: Sendable {
    /// The name that a configuration chooses it by.
    static var name: String { get }
    /// Grants gangs rank by rank, and lets them hold what they have while they wait for the rest.
    static var grantsPieces: Bool { get }

    /// The next grant, or none if all that waits must go on waiting. The coordinator carries a grant out and asks again,
    /// with what is left, until there is none.
    func next(_ view: SchedulingView) -> Decision

    /// The slots that are kept free for a job; nil if none are. Asked for explanations; `next` keeps to it by itself.
    func reservation(_ view: SchedulingView) -> Reservation?

    /// The waiting job for which others may be preempted, if the operator allows that.
    func preemptor(_ view: SchedulingView) -> Demand?

    /// How many units start, in a cluster of so many slots, before a tenant's first job is aged; nil where no job ages.
    func unitsBeforeAgeing(slots: UInt64) -> UInt64?
}

extension SchedulingPolicy {
    public static var grantsPieces: Bool { false }
    public func reservation(_ view: SchedulingView) -> Reservation? { nil }
    public func preemptor(_ view: SchedulingView) -> Demand? { nil }
    public func unitsBeforeAgeing(slots: UInt64) -> UInt64? { nil }
}

/// A job with units that wait, as a policy sees it.
public struct Demand: Hashable, Sendable {
    public let job: JobID
    public let tenant: String
    /// All units at once, or none.
    public let isGang: Bool
    /// Units that could start now.
    public var units: UInt32
    /// With fewer units than this it doesn't start: an array's tasks go one by one, a gang needs all of its ranks, an
    /// elastic one its least number.
    public let minimumUnits: UInt32
    /// What each unit holds.
    public let needs: Resources
    public let requirements: Requirements
    public let timeLimitMilliseconds: Int64?
}

/// One step of a policy.
public struct Decision: Hashable, Sendable {
    public var grant: Grant?
    /// The job for which slots are kept meanwhile. The next step finds it in its view, so that what was kept for it isn't
    /// lost on another only because shares have changed while the others' units ended.
    public var leader: JobID?

    public init(grant: Grant? = nil, leader: JobID? = nil) {
        self.grant = grant
        self.leader = leader
    }
}

/// The leases that a policy grants in one step: the first units of the job that wait, one to each worker named (a name
/// may occur again). For a gang as many as it is to have ranks.
public struct Grant: Hashable, Sendable {
    public let job: JobID
    public let workers: [WorkerName]

    public init(job: JobID, workers: [WorkerName]) {
        self.job = job
        self.workers = workers
    }
}

extension Demand {
    init(_ job: JobRecord) {
        let specification = job.specification
        let units = job.waitingUnits
        self.init(
            job: job.id, tenant: specification.tenant, isGang: specification.isGang, units: units,
            minimumUnits: job.isGang ? job.leastRanksToGrant : min(units, 1),
            needs: specification.needs, requirements: specification.requirements,
            timeLimitMilliseconds: specification.timeLimitMilliseconds)
    }
}

extension JobRecord {
    /// How many ranks of a gang are granted at least; all that it lacks, where it has a part (of `greedy-gang`'s granting).
    fileprivate var leastRanksToGrant: UInt32 {
        let units = waitingUnits
        return gang?.isQueued == true ? min(units, specification.minimumRanks ?? units) : units
    }
}

/// The policies, by the names that a configuration chooses them by.
public enum Policies {
    public static let all: [any SchedulingPolicy] = [
        Fair(), Fifo(), StrictPriority(), Backfill(), FirstFit(), GreedyGang(),
    ]

    public static func named(_ name: String) -> (any SchedulingPolicy)? { all.first { type(of: $0).name == name } }
}
