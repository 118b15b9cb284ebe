import Coordination

/// Holds what the coordinator wrote down against the promises. It keeps its own books, by its own rules, and shares no
/// code with the core: what it is told are the events that are durable, what the coordinator says, and what really
/// happened on the workers' hosts.
struct Referee {
    /// What the operator decided; the terms of leases may change.
    let configuration: CoordinatorConfiguration
    /// The policy's name.
    let policy: String
    var jobs: [JobID: Job] = [:]
    var keys: [String: JobID] = [:]
    var live: [Epoch: Live] = [:]
    var workers: [WorkerName: Worker] = [:]
    /// Jobs that haven't ended.
    var active: Set<JobID> = []
    var tenants: [String: Tenant] = [:]
    /// There in runs in which the policy's bound is held.
    var fairness: FairnessBook?
    /// Jobs of which something happened since the books were last compared.
    var touched: Set<JobID> = []
    /// Slots of all members.
    var offeredSlots: UInt32 = 0
    private var sequence: UInt64 = 0
    private(set) var time = Timestamp(milliseconds: 0)
    var lastJob = JobID(0)
    var lastEpoch = Epoch(0)

    // What really happened.
    /// How units' processes ended, by their leases' epochs, until it is on disk.
    var ended: [Epoch: Outcome] = [:]
    /// Leases that their workers spoke of.
    var told: Set<Epoch> = []
    /// Leases whose units were started.
    var spawned: Set<Epoch> = []
    /// The latest checkpoint that a rank 0 wrote.
    private var written: [JobID: UInt64] = [:]

    init(configuration: CoordinatorConfiguration, policy: String) {
        self.configuration = configuration
        self.policy = policy
    }

    mutating func written(checkpoint step: UInt64, of lease: Lease) {
        written[lease.task.job] = max(written[lease.task.job] ?? 0, step)
    }

    /// What a worker's agent says by itself.
    mutating func hear(_ message: WorkerMessage) {
        switch message {
        case .accept(let lease, _), .finish(let lease, _): hear(of: lease)
        case .heartbeat(let beat): for holding in beat.held { hear(of: holding.lease) }
        case .join(let join): for holding in join.held { hear(of: holding.lease) }
        case .metrics, .log, .checkpoint, .leave: break
        }
    }

    private mutating func hear(of lease: Lease) {
        if live[lease.epoch]?.isAccepted == false { told.insert(lease.epoch) }
    }

    // MARK: The journal

    /// The next durable event; returns what it breaks.
    mutating func record(_ entry: JournalEntry) -> String? {
        guard entry.sequence == sequence + 1 else { return "the journal goes from \(sequence) to \(entry.sequence)" }
        guard entry.time >= time else { return "the journal's time runs backwards" }
        sequence = entry.sequence
        time = entry.time
        if let job = entry.event.job { touched.insert(job) }
        switch entry.event {
        case .submit(let id, let specification, let key): return submit(id, specification, key)
        case .assign(let lease, let worker, let attempt): return assign(lease, worker, attempt)
        case .accept(let lease, _): return accept(lease)
        case .start(let id, let attempt): return start(id, attempt)
        case .form(let id, let ranks): return form(id, ranks)
        case .finish(let lease): return release(lease, .exited(code: 0))
        case .fail(let lease, let outcome): return release(lease, outcome)
        case .lapse(let lease): return release(lease, nil)
        case .expire(let id, let index): return halt(id, index, .expired)
        case .preempt(let id, let index): return halt(id, index, .preempted)
        case .retry(let id, let index, let reason): return retry(id, index, reason)
        case .checkpoint(let id, let step):
            guard step <= written[id] ?? 0 else { return "a checkpoint that no rank wrote" }
            jobs[id]?.checkpoint = step
        case .cancel(let id):
            guard jobs[id]?.hasEnded == false else { return "a job that has ended is cancelled" }
            jobs[id]!.isCancelled = true
            if jobs[id]!.stopping == nil { jobs[id]!.stopping = time }
        case .end(let id, let end): return self.end(id, end)
        case .join(let name, let incarnation, let slots, _, let offer, _): return join(name, incarnation, slots, offer)
        case .leave(let name), .crash(let name, _):
            guard workers[name]?.isMember == true, workers[name]?.leases == 0 else {
                return "\(name) goes, and is no member without leases"
            }
            workers[name]!.isMember = false
            offeredSlots -= workers[name]!.slots
        case .cordon(let name): workers[name]?.isCordoned = true
        case .uncordon(let name): workers[name]?.isCordoned = false
        case .recover: forgetRates()
        }
        return nil
    }

    private mutating func join(
        _ name: WorkerName, _ incarnation: Incarnation, _ slots: UInt32, _ offer: WorkerOffer
    ) -> String? {
        if let worker = workers[name] {
            guard !worker.isMember else { return "\(name) joins twice" }
            guard worker.incarnation < incarnation else { return "\(name) joins as an incarnation that is over" }
        }
        offeredSlots += slots
        let isCordoned = workers[name]?.isCordoned ?? false
        workers[name] = Worker(incarnation, slots: slots, offer: offer)
        workers[name]!.isCordoned = isCordoned
        return nil
    }

    // MARK: Groups

    /// Records that became durable together: a gang holds all of its slots or none.
    mutating func faultOfGroup(_ group: [JournalEntry]) -> String? {
        if policy == GreedyGang.name { return nil }
        for entry in group {
            guard case .assign(let lease, _, _) = entry.event, let job = jobs[lease.task.job], job.isGang else {
                continue
            }
            if job.granted != job.size { return "\(job.id) holds \(job.granted) of its \(job.size) ranks" }
        }
        return faultOfFairness()
    }

    // MARK: Units

    mutating func faultOfSpawning(
        _ assignment: Assignment, _ rendezvous: Rendezvous?, on name: WorkerName
    ) -> String? {
        let lease = assignment.lease
        guard spawned.insert(lease.epoch).inserted else { return "\(lease) is started twice" }
        guard let record = live[lease.epoch], record.task == lease.task, record.worker == name else {
            return "\(name) starts \(lease), which isn't live"
        }
        guard let job = jobs[lease.task.job], job.isGang else { return nil }
        guard job.isRunning else { return "\(name) starts \(lease) before its gang was told to run" }
        if let step = rendezvous?.checkpointStep, step > job.checkpoint ?? 0 {
            return "\(lease) goes on from checkpoint \(step), which isn't on disk"
        }
        return nil
    }
}
