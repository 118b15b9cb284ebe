/// All that the coordinator must not forget: what the journal folds to.
struct ClusterState: Hashable, Sendable {
    /// The journal's last sequence number.
    var sequence: UInt64 = 0
    /// When that was written.
    var time = Timestamp(milliseconds: 0)
    var lastJob = JobID(0)
    var lastEpoch = Epoch(0)
    var jobs = JobTable()
    /// Jobs that haven't ended.
    var activeJobs = 0
    var submissions: [String: JobID] = [:]
    var ended = EndedJobs()
    /// How long ended jobs are remembered.
    var retention = Retention()
    /// Jobs with units that could start now: all of them, by their priority, and (in `tenants`) by their tenant.
    var queue = JobQueue()
    var levels: [Int32: [String: JobQueue]] = [:]
    var tenants: [String: TenantRecord] = [:]
    /// Jobs that come after a job which hasn't ended.
    var dependents: [JobID: [JobID]] = [:]
    /// What the members offer, all of them together.
    var total = Resources()
    var workers: [WorkerName: WorkerRecord] = [:]
    /// The leases that are live, by epoch.
    var leases: [Epoch: LeaseRecord] = [:]

    /// The record of a lease that is live; nil for one that has ended, or never was.
    func live(_ lease: Lease) -> LeaseRecord? {
        guard let record = leases[lease.epoch], record.task == lease.task else { return nil }
        return record
    }
}

struct LeaseRecord: Hashable, Codable, Sendable {
    enum Phase: Hashable, Codable, Sendable {
        case assigned
        /// A rank that waits for `start`.
        case accepted(port: UInt16)
        case running
    }

    var task: TaskID
    let worker: WorkerName
    let slots: UInt32
    let attempt: UInt32
    var phase: Phase = .assigned
    var granted: Timestamp
    /// When it began to run.
    var started: Timestamp?
}

struct WorkerRecord: Hashable, Codable, Sendable {
    var incarnation: Incarnation
    var host: String
    var slots: UInt32
    var offer: WorkerOffer
    /// All that it has.
    let capacity: Resources
    /// What its leases hold.
    var used = Resources()
    /// False once it has left, or its incarnation is over.
    var isMember = true
    /// It gets no new leases. An operator's word: it outlives the incarnation.
    var isCordoned = false
    /// The leases that it holds; sorted, because epochs only grow.
    var leases: [Epoch] = []
    /// The longest lease, in milliseconds, that this incarnation was ever promised, or may have been: nobody knows by which
    /// terms its last renewal was before it is heard again.
    var longestLeaseMilliseconds: UInt32?

    init(incarnation: Incarnation, host: String, slots: UInt32, offer: WorkerOffer = WorkerOffer()) {
        self.incarnation = incarnation
        self.host = host
        self.slots = slots
        self.offer = offer
        capacity = offer.resources(slots: slots)
    }

    var slotsUsed: UInt32 { UInt32(clamping: used.slots) }
    /// What could be granted; tasks that wait on the worker for a slot count as if they had it.
    var free: Resources { capacity.subtracting(used) }

    mutating func grant(_ epoch: Epoch, _ needs: Resources) {
        leases.append(epoch)
        used.add(needs)
    }

    mutating func release(_ epoch: Epoch, _ needs: Resources) {
        var low = 0
        var high = leases.count
        while low < high {
            let middle = low + (high - low) / 2
            if leases[middle] < epoch { low = middle + 1 } else { high = middle }
        }
        leases.remove(at: low)
        used.subtract(needs)
    }
}
