public import Coordination

/// A run of the world, whole: the same schedule is the same run, to the last message.
public struct Schedule: Hashable, Sendable {
    /// What the small things are drawn from: delays of messages, how long a commit takes, which attempts fail.
    public var seed: UInt64
    public var cluster: Cluster
    /// When the faults stop and nothing new is submitted, in milliseconds; then all must come to its end.
    public var horizon: Int64
    /// By time.
    public var incidents: [Incident]

    public init(seed: UInt64, cluster: Cluster, horizon: Int64, incidents: [Incident] = []) {
        self.seed = seed
        self.cluster = cluster
        self.horizon = horizon
        self.incidents = incidents
    }

    /// The cluster that the world is built of.
    public struct Cluster: Hashable, Sendable {
        /// Slots of each worker.
        public var workers: [UInt32]
        public var policy: String
        public var heartbeat: UInt32
        public var lease: UInt32
        /// How fast the clocks run: the coordinator's, then each worker's, in parts per million more than true time.
        public var drift: [Int64]
        public var disk: Disk
        /// What each worker has besides slots.
        public var offers: [Offer]
        /// Weights and bounds of tenants, by name; the others have none.
        public var tenants: [String: TenantLimits] = [:]
        /// Nil: nobody is stopped for others.
        public var preemption: Preemption?

        public init(
            workers: [UInt32], policy: String, heartbeat: UInt32 = 1000, lease: UInt32 = 10_000, drift: [Int64]? = nil,
            disk: Disk = .blocking
        ) {
            self.workers = workers
            self.policy = policy
            self.heartbeat = heartbeat
            self.lease = lease
            self.drift = drift ?? Array(repeating: 0, count: workers.count + 1)
            self.disk = disk
            offers = Array(repeating: Offer(), count: workers.count)
        }

        /// The slots of the largest gang that fits however its slots are cut into ranks.
        public var largestGang: UInt32 {
            let all = workers.reduce(0, +)
            let largest = workers.max() ?? 0
            return (1...max(1, all)).last { gang in
                (1...max(1, largest)).allSatisfy { slots in workers.reduce(0) { $0 + $1 / slots } >= gang / slots }
            } ?? 1
        }
    }

    public enum Disk: String, Hashable, Sendable, CaseIterable {
        /// The coordinator waits for each commit, and decides nothing meanwhile.
        case blocking
        /// It goes on deciding; what it decided is said after the next commit.
        case pipelined
    }

    /// The policy of a coordinator that isn't told of another.
    public static let defaultPolicy = Fair.name

    /// The work of this schedule.
    public var submissions: [Submission] {
        incidents.compactMap { if case .submit(let submission) = $0.action { submission } else { nil } }
    }
}
