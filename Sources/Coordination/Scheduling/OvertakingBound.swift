/// What the preflight proved of a policy that lets jobs age: how many others start in their turn before a tenant's first job does.
///
/// A start outside of a reservation isn't in its turn: it delays nobody who has one (`Specs/policies/cluster.csp`).
public struct OvertakingBound: Hashable, Codable, Sendable {
    /// Others that start in their turn between the job's submission and its start, at most.
    public var most: Int
    /// The tenants of the model that it was proved in.
    public var tenants: Int

    public init(most: Int, tenants: Int) {
        self.most = most
        self.tenants = tenants
    }

    /// The bound where so many tenants have jobs that wait. Each beyond the model's adds one: its first job may be older, and what
    /// it submits later is younger (`Fair`; the model with four tenants says so too).
    public func most(tenants count: Int) -> Int { most + max(0, count - tenants) }
}

/// How often each tenant's first job was overtaken since it is aged: how many of others' jobs, or tasks of their arrays, were started in
/// their turn meanwhile. The starts by which it ages are not among them, for a cluster's patience is longer than the model's. It is
/// counted from the coordinator's start on.
struct Overtakings: Sendable {
    private struct Line {
        /// What the count is of: the same line as long as it is this old.
        let waitingSince: Epoch
        var times: UInt64 = 0
    }

    private var lines: [String: Line] = [:]

    /// A unit of this job, or all of its gang's ranks, starts in its turn.
    /// - Parameter patience: units that start before a line is aged.
    mutating func note(_ job: JobID, in view: SchedulingView, patience: UInt64) {
        let state = view.state
        for (name, tenant) in state.tenants {
            guard let first = tenant.queue.jobs.first, first != job,
                state.age(of: tenant) >= patience,
                // One whose quota has no room for it waits for its own tenant, and one whose workers are away for those.
                let demand = view.demand(first), view.wouldFitIfIdle(demand)
            else { continue }
            if lines[name]?.waitingSince != tenant.waitingSince {
                lines[name] = Line(waitingSince: tenant.waitingSince)
            }
            lines[name]!.times += 1
        }
        if lines.count > state.tenants.count { lines = lines.filter { state.tenants[$0.key] != nil } }
    }

    /// Of the tenants whose first job was overtaken while it was aged.
    func current(in state: ClusterState) -> [String: UInt64] {
        lines.mapValues(\.times).filter { name, _ in
            guard let tenant = state.tenants[name], !tenant.queue.isEmpty else { return false }
            return tenant.waitingSince == lines[name]!.waitingSince
        }
    }
}
