import Coordination

/// Whose turn it is: the tenants' bounds, and the order that the policy promises.
extension Referee {
    /// The bounds of the tenant that submits.
    mutating func faultOfAdmission(_ specification: JobSpecification) -> String? {
        let name = specification.tenant
        let rules = configuration.tenants.rules(of: name)
        var tenant = tenants[name] ?? Tenant()
        defer { tenants[name] = tenant }
        tenant.activeJobs += 1
        guard tenant.activeJobs <= rules.activeJobs else { return "\(name) has more jobs than it may have" }
        tenant.submittedUnits += UInt64(specification.units)
        if tenant.submittedUnits > rules.queuedUnits {
            // At least so many wait: tasks that were in vain and will be tried again are not counted.
            let waiting = active.reduce(UInt64(specification.units)) { sum, id in
                let job = jobs[id]!
                return sum
                    + (job.specification.tenant == name && !job.isCancelled && job.live.isEmpty && job.last.isEmpty
                        ? UInt64(job.waiting) : 0)
            }
            guard waiting <= rules.queuedUnits else { return "\(name) has more units waiting than it may have" }
        }
        guard let rate = rules.submissionsPerSecond else { return nil }
        tenant.level = max(0, tenant.level - (time - tenant.levelTime) * Int64(rate)) + 1000
        tenant.levelTime = time
        return tenant.level <= Int64(rules.submissionBurst) * 1000 ? nil : "\(name) submits faster than it may"
    }

    /// A coordinator that comes back has forgotten how fast tenants were.
    mutating func forgetRates() { for name in tenants.keys { tenants[name]!.level = 0 } }

    func faultOfQuota(_ name: String) -> String? {
        guard let quota = configuration.tenants.rules(of: name).slots, let held = tenants[name]?.slots, held > quota
        else {
            return nil
        }
        return "\(name) holds \(held) slots, and may hold \(quota)"
    }

    /// Under the policies that let nobody overtake: somebody waits who is before this job.
    func faultOfTurn(_ job: Job) -> String? {
        guard policy == Fifo.name || policy == StrictPriority.name else { return nil }
        func place(_ job: Job) -> (Int32, JobID) { (policy == Fifo.name ? 0 : -job.specification.priority, job.id) }
        // A generation that has begun goes on.
        if job.isGang, job.granted > 0 { return nil }
        for id in active {
            let other = jobs[id]!
            guard place(other) < place(job), other.isWilling(jobs),
                configuration.tenants.rules(of: other.specification.tenant).slots == nil
            else { continue }
            return "\(job.id) overtakes \(other.id), which is before it"
        }
        return nil
    }
}

/// The bound that `fair` promises, held in runs without faults: a tenant's first job is granted at the latest when T + 1 runs of the
/// longest unit are over after four units for each slot have started, T tenants waiting.
struct FairnessBook {
    /// How long a unit may run at the longest, in milliseconds, with all that belongs to it.
    let longestRun: Int64
    /// Slots of the cluster.
    let slots: UInt64
    /// Tenants that submit.
    let tenants: Int64
    /// Units started so far.
    private var starts: UInt64 = 0
    private var first: [String: Line] = [:]

    struct Line {
        let job: JobID
        let starts: UInt64
        var aged: Timestamp?
    }

    init(longestRun: Int64, slots: UInt64, tenants: Int) {
        self.longestRun = longestRun
        self.slots = slots
        self.tenants = Int64(tenants)
    }

    private var patience: UInt64 { 4 * slots }

    /// A unit was granted.
    mutating func granted(_ job: Referee.Job, at time: Timestamp) -> String? {
        defer {
            starts += 1
            for name in first.keys where first[name]!.aged == nil && starts - first[name]!.starts >= patience {
                first[name]!.aged = time
            }
        }
        guard first[job.specification.tenant]?.job == job.id else { return nil }
        let fault = fault(of: job.specification.tenant, at: time)
        first[job.specification.tenant] = nil
        return fault
    }

    /// Who is first in each tenant's line now.
    mutating func look(_ firsts: [String: JobID], at time: Timestamp) -> String? {
        for name in first.keys where firsts[name] != first[name]!.job { first[name] = nil }
        for (name, job) in firsts where first[name] == nil { first[name] = Line(job: job, starts: starts) }
        for tenant in first.keys.sorted() { if let fault = fault(of: tenant, at: time) { return fault } }
        return nil
    }

    private func fault(of tenant: String, at time: Timestamp) -> String? {
        guard let line = first[tenant], let aged = line.aged else { return nil }
        let bound = (tenants + 1) * longestRun
        return time - aged > bound
            ? "\(line.job), \(tenant)'s first, waits for \(time - aged) ms since it is aged; the bound is \(bound) ms"
            : nil
    }
}

extension Referee {
    /// The first job in each tenant's line, as far as the bound speaks of it.
    mutating func faultOfFairness() -> String? {
        guard fairness != nil else { return nil }
        var firsts: [String: JobID] = [:]
        for id in active {
            let job = jobs[id]!
            let tenant = job.specification.tenant
            guard job.isWilling(jobs), job.live.isEmpty || !job.isGang,
                configuration.tenants.rules(of: tenant).slots == nil
            else { continue }
            firsts[tenant] = min(firsts[tenant] ?? id, id)
        }
        return fairness!.look(firsts, at: time)
    }
}
