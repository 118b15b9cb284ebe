/// What the operator decided for the whole cluster.
public struct CoordinatorConfiguration: Hashable, Sendable {
    public var terms: Terms
    /// How many heartbeats of all workers together are wanted a second at most; where there are more workers than that allows, each
    /// sends its own more seldom, within bounds (`Coordinator.terms`).
    public var heartbeatsPerSecond: UInt32 = 500
    /// How much longer than the worker the coordinator waits before it lets a lease lapse. It covers the time that a
    /// killed process takes to be gone, and clocks that run at different rates.
    public var lapseMarginMilliseconds: UInt32
    /// What a unit gets between being asked to stop and being killed.
    public var stopGraceMilliseconds: UInt32
    public var limits: ClusterLimits
    /// Weights, quotas and rates of the tenants.
    public var tenants: TenantRules
    /// After how long a wait (milliseconds) a job of a tenant below its share has others stopped for it; nil: never.
    public var preemptionMilliseconds: UInt32?
    /// What a unit gets between being asked to make room, so that it can write a checkpoint, and being killed.
    public var preemptionGraceMilliseconds: UInt32
    /// How often one unit may be stopped for others, all in all: one that was stopped so often runs to its end, so that nobody
    /// begins anew for ever.
    public var preemptionsPerUnit: UInt32 = 3
    /// Started although the preflight did not pass: every entry of the journal then says so.
    public var isUnverified = false

    public init(
        terms: Terms = Terms(heartbeatMilliseconds: 1000, leaseMilliseconds: 10_000),
        lapseMarginMilliseconds: UInt32? = nil, stopGraceMilliseconds: UInt32 = 5000,
        limits: ClusterLimits = ClusterLimits(), tenants: TenantRules = TenantRules(),
        preemptionMilliseconds: UInt32? = nil, preemptionGraceMilliseconds: UInt32 = 30_000
    ) {
        self.terms = terms
        self.lapseMarginMilliseconds = lapseMarginMilliseconds ?? max(terms.leaseMilliseconds / 4, 100)
        self.stopGraceMilliseconds = stopGraceMilliseconds
        self.limits = limits
        self.tenants = tenants
        self.preemptionMilliseconds = preemptionMilliseconds
        self.preemptionGraceMilliseconds = preemptionGraceMilliseconds
    }

    /// After this much silence a worker's leases lapse.
    var lapseMilliseconds: Int64 { Int64(terms.leaseMilliseconds) + Int64(lapseMarginMilliseconds) }

    /// The same for a lease that was promised by other terms: the margin grows with the lease, because clocks that differ
    /// differ more over a longer time.
    func lapseMilliseconds(ofLease milliseconds: UInt32) -> Int64 {
        Int64(milliseconds) + max(Int64(lapseMarginMilliseconds), Int64(milliseconds) / 4)
    }
}

/// Bounds on what is admitted. A job beyond one of them is refused at once, with a reason that says what would be right.
public struct ClusterLimits: Hashable, Sendable {
    /// Slots of the largest gang: ranks times slots for each.
    public var gangSlots: UInt32
    /// Slots of the largest rank or task: what the largest worker offers.
    public var unitSlots: UInt32
    public var arrayTasks: UInt32
    /// Jobs that were admitted and haven't ended.
    public var activeJobs: Int
    /// Bytes of the program's arguments or parameters.
    public var programBytes: Int
    /// Bytes of the environment: names and values.
    public var environmentBytes: Int
    public var retries: UInt32
    /// How long jobs that have ended are remembered.
    public var retention: Retention

    public init(
        gangSlots: UInt32 = 64, unitSlots: UInt32 = 64, arrayTasks: UInt32 = 1_000_000, activeJobs: Int = 100_000,
        programBytes: Int = 65_536, environmentBytes: Int = 65_536, retries: UInt32 = 1000,
        retention: Retention = Retention()
    ) {
        self.gangSlots = gangSlots
        self.unitSlots = unitSlots
        self.arrayTasks = arrayTasks
        self.activeJobs = activeJobs
        self.programBytes = programBytes
        self.environmentBytes = environmentBytes
        self.retries = retries
        self.retention = retention
    }
}

/// What the operator grants each tenant.
public struct TenantRules: Hashable, Sendable {
    /// For tenants that have none of their own.
    public var others: TenantLimits
    public var named: [String: TenantLimits]

    public init(others: TenantLimits = TenantLimits(), named: [String: TenantLimits] = [:]) {
        self.others = others
        self.named = named
    }

    public func rules(of tenant: String) -> TenantLimits { named.isEmpty ? others : named[tenant] ?? others }
}

/// A tenant's weight and bounds. What is over a bound is refused or waits, and no other tenant notices.
public struct TenantLimits: Hashable, Sendable {
    /// Its part of the cluster, in proportion to the others' weights.
    public var weight: UInt32
    /// Slots that its units may hold at one time; nil: as many as there are.
    public var slots: UInt32?
    /// Units that wait: tasks and ranks without a lease.
    public var queuedUnits: UInt64
    /// Jobs that haven't ended.
    public var activeJobs: Int
    /// Submissions a second, on average; nil: as many as come.
    public var submissionsPerSecond: UInt32?
    /// Submissions at once, before the average is held against them.
    public var submissionBurst: UInt32
    /// Bytes of logs that the tenant's jobs may keep; nil: as many as they print.
    public var logBytes: UInt64?

    public init(
        weight: UInt32 = 1, slots: UInt32? = nil, queuedUnits: UInt64 = 10_000_000, activeJobs: Int = 1_000_000,
        submissionsPerSecond: UInt32? = nil, submissionBurst: UInt32 = 100, logBytes: UInt64? = nil
    ) {
        self.weight = weight
        self.slots = slots
        self.queuedUnits = queuedUnits
        self.activeJobs = activeJobs
        self.submissionsPerSecond = submissionsPerSecond
        self.submissionBurst = submissionBurst
        self.logBytes = logBytes
    }
}
