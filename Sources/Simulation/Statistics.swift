import Coordination

/// What a run was like: how long tenants waited, who overtook whom, how full the cluster was.
public struct Statistics: Hashable, Sendable, Codable {
    public struct Tenant: Hashable, Sendable, Codable {
        public var submitted = 0
        public var refused = 0
        public var started = 0
        public var ended = 0
        /// Seconds from submission to first start, of each job that started, in no order.
        public var waits: [Double] = []
        /// How many later submissions started before it, for each job that started.
        public var overtaken: [Int] = []
        public var slotSeconds = 0.0
    }

    public var tenants: [String: Tenant] = [:]
    /// Events, faults, and what the coordinator counts, by name.
    public var counts: [String: Int] = [:]
    public var messages = 0
    public var spawned = 0
    /// Slot-seconds that leases held, and that members offered.
    public var usedSlotSeconds = 0.0
    public var offeredSlotSeconds = 0.0

    private var used: [String: UInt32] = [:]
    private var offered: UInt32 = 0
    private var since: Int64 = 0
    /// Jobs that wait for their first start, and how many overtook each.
    private var waiting: [JobID: Int] = [:]
    private var submittedAt: [JobID: Int64] = [:]

    enum CodingKeys: String, CodingKey {
        case tenants, counts, messages, spawned, usedSlotSeconds, offeredSlotSeconds
    }

    init(tenants names: [String]) { for name in names { tenants[name] = Tenant() } }

    mutating func count(_ what: String) { counts[what, default: 0] += 1 }
    mutating func submitted(_ tenant: String) { tenants[tenant, default: Tenant()].submitted += 1 }
    mutating func refused(_ tenant: String) { tenants[tenant, default: Tenant()].refused += 1 }

    /// The share of the members' slots that leases held.
    public var utilisation: Double { offeredSlotSeconds > 0 ? usedSlotSeconds / offeredSlotSeconds : 0 }

    mutating func record(_ event: ProtocolEvent, _ job: Referee.Job?, offered: UInt32, at now: Int64) {
        counts[event.name, default: 0] += 1
        if offered != self.offered {
            integrate(to: now)
            self.offered = offered
        }
        guard let job else { return }
        switch event {
        case .submit:
            waiting[job.id] = 0
            submittedAt[job.id] = now
        case .assign: change(job.specification, by: 1, at: now)
        case .finish, .fail, .lapse: change(job.specification, by: -1, at: now)
        case .accept, .start: if job.hasStarted { started(job, at: now) }
        case .end:
            waiting[job.id] = nil
            submittedAt[job.id] = nil
            tenants[job.specification.tenant, default: Tenant()].ended += 1
        default: break
        }
    }

    private mutating func started(_ job: Referee.Job, at now: Int64) {
        guard let overtaken = waiting.removeValue(forKey: job.id),
            let submitted = submittedAt.removeValue(forKey: job.id)
        else { return }
        for other in waiting.keys where other < job.id { waiting[other]! += 1 }
        let tenant = job.specification.tenant
        tenants[tenant, default: Tenant()].started += 1
        tenants[tenant]!.waits.append(Double(now - submitted) / 1e6)
        tenants[tenant]!.overtaken.append(overtaken)
    }

    private mutating func change(_ job: JobSpecification, by units: Int64, at now: Int64) {
        integrate(to: now)
        used[job.tenant] = UInt32(Int64(used[job.tenant, default: 0]) + units * Int64(job.slots))
    }

    private mutating func integrate(to now: Int64) {
        let seconds = Double(now - since) / 1e6
        since = now
        for (tenant, slots) in used.sorted(by: { $0.key < $1.key }) where slots > 0 {
            tenants[tenant, default: Tenant()].slotSeconds += Double(slots) * seconds
            usedSlotSeconds += Double(slots) * seconds
        }
        offeredSlotSeconds += Double(offered) * seconds
    }

    mutating func finish(at now: Int64) { integrate(to: now) }

    /// Adds another run's.
    public mutating func add(_ other: Statistics) {
        for (name, tenant) in other.tenants {
            var sum = tenants[name] ?? Tenant()
            sum.submitted += tenant.submitted
            sum.refused += tenant.refused
            sum.started += tenant.started
            sum.ended += tenant.ended
            sum.waits += tenant.waits
            sum.overtaken += tenant.overtaken
            sum.slotSeconds += tenant.slotSeconds
            tenants[name] = sum
        }
        counts.merge(other.counts, uniquingKeysWith: +)
        messages += other.messages
        spawned += other.spawned
        usedSlotSeconds += other.usedSlotSeconds
        offeredSlotSeconds += other.offeredSlotSeconds
    }
}
