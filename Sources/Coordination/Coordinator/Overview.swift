/// The cluster at a glance, as a console shows it. One pass over jobs, workers and tenants, and no reasons: cheap enough for
/// once a second.
public struct ClusterOverview: Hashable, Codable, Sendable {
    /// The journal's last entry: as long as it stays the same, nothing durable has changed.
    public var sequence: UInt64
    public var time: Timestamp
    public var policy: String
    public var isUnverified: Bool
    /// How many jobs are in each state, those that ended and are still remembered among them; a state that none is in is left out.
    public var jobs: [String: Int]
    /// Workers by their state: `connected`, `silent`, `gone` …
    public var workers: [String: Int]
    /// Of the workers that are members.
    public var slots: UInt64
    public var slotsUsed: UInt64
    /// The tenants with jobs that haven't ended, by name.
    public var tenants: [TenantSummary]
    /// How many leases were granted so far, over the whole life of the state folder: the difference over a time is the rate.
    public var leasesGranted: UInt64

    public init(
        sequence: UInt64, time: Timestamp, policy: String, isUnverified: Bool, jobs: [String: Int],
        workers: [String: Int],
        slots: UInt64, slotsUsed: UInt64, tenants: [TenantSummary], leasesGranted: UInt64 = 0
    ) {
        self.sequence = sequence
        self.time = time
        self.policy = policy
        self.isUnverified = isUnverified
        self.jobs = jobs
        self.workers = workers
        self.slots = slots
        self.slotsUsed = slotsUsed
        self.tenants = tenants
        self.leasesGranted = leasesGranted
    }
}

/// What a tenant holds and waits for.
public struct TenantSummary: Hashable, Codable, Sendable {
    public var name: String
    public var weight: UInt32
    /// Slots that it may hold at one time; nil: as many as there are.
    public var quota: UInt32?
    public var slotsUsed: UInt64
    /// The largest of its shares of slots, cores, memory and devices, from 0 to 1; not divided by its weight.
    public var dominantShare: Double
    public var activeJobs: Int
    /// Units without a lease.
    public var queuedUnits: UInt64
    /// Its first job that waits for room; nil if none does.
    public var firstWaiting: JobID?
    /// Since when that job has been submitted.
    public var waitsSince: Timestamp?
    /// Units, of anybody, that were started since it became the tenant's first: it was overtaken so often.
    public var overtaken: UInt64

    public init(
        name: String, weight: UInt32, quota: UInt32?, slotsUsed: UInt64, dominantShare: Double, activeJobs: Int,
        queuedUnits: UInt64, firstWaiting: JobID?, waitsSince: Timestamp?, overtaken: UInt64
    ) {
        self.name = name
        self.weight = weight
        self.quota = quota
        self.slotsUsed = slotsUsed
        self.dominantShare = dominantShare
        self.activeJobs = activeJobs
        self.queuedUnits = queuedUnits
        self.firstWaiting = firstWaiting
        self.waitsSince = waitsSince
        self.overtaken = overtaken
    }
}

/// Which jobs a page of them shows.
public struct JobFilter: Hashable, Sendable {
    public enum Kind: String, Hashable, CaseIterable, Sendable {
        case all
        /// Not yet ended, and nothing of it runs.
        case waiting
        /// Something of it runs, starts or is being stopped.
        case running
        case ended
    }

    public var kind: Kind
    /// Only this tenant's.
    public var tenant: String?
    /// A part of the job's name, or its id.
    public var text: String?

    public init(kind: Kind = .all, tenant: String? = nil, text: String? = nil) {
        self.kind = kind
        self.tenant = tenant
        self.text = text
    }
}

/// In which order a page shows them.
public enum JobOrder: String, Hashable, CaseIterable, Sendable {
    case newest, oldest
    /// What runs first, then what waits, the oldest first; then what has ended, the latest first.
    case active
    /// By tenant, and each tenant's newest first.
    case tenant
    case name
}

/// A part of the jobs that a filter lets through, and how many there are in all.
public struct JobPage: Hashable, Codable, Sendable {
    public var total: Int
    public var offset: Int
    public var jobs: [JobSummary]

    public init(total: Int, offset: Int, jobs: [JobSummary]) {
        self.total = total
        self.offset = offset
        self.jobs = jobs
    }
}

extension Coordinator {
    public func overview(at time: Timestamp) -> ClusterOverview {
        var jobs: [JobState: Int] = [:]
        for job in state.jobs.values { jobs[jobState(job), default: 0] += 1 }
        var workers: [WorkerSummary.State: Int] = [:]
        var used: UInt64 = 0
        for (name, worker) in state.workers {
            workers[summary(of: name, worker: worker, at: time).state, default: 0] += 1
            if worker.isMember { used += min(worker.used.slots, worker.capacity.slots) }
        }
        return ClusterOverview(
            sequence: state.sequence, time: time, policy: type(of: policy).name,
            isUnverified: configuration.isUnverified,
            jobs: Dictionary(uniqueKeysWithValues: jobs.map { ($0.key.rawValue, $0.value) }),
            workers: Dictionary(uniqueKeysWithValues: workers.map { ($0.key.rawValue, $0.value) }),
            slots: state.total.slots, slotsUsed: used, tenants: tenants(), leasesGranted: state.lastEpoch.number)
    }

    /// By tenant, how often its first job was overtaken by others in their turn since it is aged (`OvertakingBound`); one that was not
    /// is left out.
    public var overtakenInTurn: [String: UInt64] { overtakings.current(in: state) }

    private func tenants() -> [TenantSummary] {
        state.tenants.map { name, tenant in
            let rules = configuration.tenants.rules(of: name)
            let first = tenant.queue.jobs.first
            return TenantSummary(
                name: name, weight: rules.weight, quota: rules.slots, slotsUsed: tenant.used.slots,
                dominantShare: tenant.used.dominantShare(of: state.total), activeJobs: tenant.activeJobs,
                queuedUnits: tenant.queuedUnits, firstWaiting: first,
                waitsSince: first.flatMap { state.jobs[$0]?.submitted },
                overtaken: first == nil ? 0 : state.age(of: tenant))
        }.sorted { $0.name < $1.name }
    }

    /// The jobs that `filter` lets through, in this order; `limit` of them from `offset` on.
    public func jobs(_ filter: JobFilter, by order: JobOrder = .newest, offset: Int, limit: Int) -> JobPage {
        let found = sorted(state.jobs.values.filter { matches($0, filter) }, by: order)
        let outlook = outlook
        let shown = found.dropFirst(max(offset, 0)).prefix(max(limit, 0))
        return JobPage(
            total: found.count, offset: offset,
            jobs: shown.compactMap { state.jobs[$0].map { summary($0, outlook) } })
    }

    private func sorted(_ jobs: [JobRecord], by order: JobOrder) -> [JobID] {
        // The records are large: small keys are sorted. Ids grow with time.
        func ids<Key: Comparable>(_ key: (JobRecord) -> Key) -> [JobID] {
            jobs.map { (key: key($0), id: $0.id) }.sorted { ($0.key, $1.id) < ($1.key, $0.id) }.map(\.id)
        }
        switch order {
        case .newest: return jobs.map(\.id).sorted(by: >)
        case .oldest: return jobs.map(\.id).sorted()
        case .tenant: return ids(\.specification.tenant)
        case .name: return ids(\.specification.name)
        case .active:
            let ranked = jobs.map { job -> (rank: Int64, id: JobID) in
                if job.end != nil { return (1 + (.max / 2 - (job.ended?.milliseconds ?? 0)), job.id) }
                return (job.hasLiveLease ? -1 : 0, job.id)
            }
            return ranked.sorted {
                $0.rank == $1.rank ? ($0.rank > 0 ? $0.id > $1.id : $0.id < $1.id) : $0.rank < $1.rank
            }
            .map(\.id)
        }
    }

    private func matches(_ job: JobRecord, _ filter: JobFilter) -> Bool {
        switch filter.kind {
        case .all: break
        case .waiting: guard job.end == nil, !job.hasLiveLease else { return false }
        case .running: guard job.end == nil, job.hasLiveLease else { return false }
        case .ended: guard job.end != nil else { return false }
        }
        if let tenant = filter.tenant, job.specification.tenant != tenant { return false }
        guard let text = filter.text, !text.isEmpty else { return true }
        return job.id.description == text || job.specification.name.contains(text)
    }

    /// Whether the job is a gang whose ranks were told to run.
    public func isRunningGang(_ id: JobID) -> Bool {
        state.jobs[id].map { $0.isGang && jobState($0) == .running } ?? false
    }
}
