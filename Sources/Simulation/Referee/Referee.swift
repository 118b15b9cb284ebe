import Coordination

/// Holds what the coordinator wrote down against the promises. It keeps its own books, by its own rules, and shares no
/// code with the core: what it is told are the events that are durable, what the coordinator says, and what really
/// happened on the workers' hosts.
struct Referee {
    struct Job {
        let id: JobID
        let key: String
        let specification: JobSpecification
        let submitted: Timestamp
        var hasStarted = false
        var hasEnded = false
        var isCancelled = false
        var checkpoint: UInt64?
        /// The leases of its units, by index.
        var live: [UInt32: Epoch] = [:]
        /// How its units' last leases ended; a gang's are forgotten when a generation begins.
        var last: [UInt32: End] = [:]
        /// Attempts in vain, by a task's index; a gang's under 0.
        var failures: [UInt32: UInt32] = [:]
        var losses: [UInt32: UInt32] = [:]
        /// For gangs: ranks granted in this generation, those that have accepted, and whether they were told to run.
        var granted: UInt32 = 0
        var accepted: UInt32 = 0
        var isRunning = false
        /// When its units should begin to stop: it was cancelled, or a rank was lost.
        var stopping: Timestamp?

        var isGang: Bool { specification.isGang }
        var succeeded: UInt32 { UInt32(last.values.count { $0 == .succeeded }) }
        func attempts(of index: UInt32) -> UInt32 {
            let unit = isGang ? 0 : index
            return failures[unit, default: 0] + losses[unit, default: 0]
        }
    }

    enum End: Hashable { case succeeded, failed, stopped, lost }

    struct Live {
        let task: TaskID
        let worker: WorkerName
        let slots: UInt32
        var isAccepted = false
    }

    struct Worker {
        var incarnation: Incarnation
        var slots: UInt32
        var isMember: Bool
        var used: UInt32 = 0
        var leases = 0
    }

    let limits: ClusterLimits
    var jobs: [JobID: Job] = [:]
    var keys: [String: JobID] = [:]
    var live: [Epoch: Live] = [:]
    var workers: [WorkerName: Worker] = [:]
    var activeJobs = 0
    /// Jobs of which something happened since the books were last compared.
    var touched: Set<JobID> = []
    /// Slots of all members.
    var offeredSlots: UInt32 = 0
    private var sequence: UInt64 = 0
    private(set) var time = Timestamp(milliseconds: 0)
    private var lastJob = JobID(0)
    private(set) var lastEpoch = Epoch(0)

    // What really happened.
    /// How units' processes ended, by their leases' epochs, until it is on disk.
    var ended: [Epoch: Outcome] = [:]
    /// Leases that their workers spoke of.
    var told: Set<Epoch> = []
    /// Leases whose units were started.
    private var spawned: Set<Epoch> = []
    /// The latest checkpoint that a rank 0 wrote.
    private var written: [JobID: UInt64] = [:]

    init(limits: ClusterLimits) { self.limits = limits }

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
        case .finish(let lease): return release(lease, .succeeded)
        case .fail(let lease, .stopped):
            let isStopping = jobs[lease.task.job].map { $0.isCancelled || $0.isGang && $0.isBroken } ?? false
            return release(lease, isStopping ? .stopped : .lost)
        case .fail(let lease, _): return release(lease, .failed)
        case .lapse(let lease): return release(lease, .lost)
        case .retry(let id, let index, let reason): return retry(id, index, reason)
        case .checkpoint(let id, let step):
            guard step <= written[id] ?? 0 else { return "a checkpoint that no rank wrote" }
            jobs[id]?.checkpoint = step
        case .cancel(let id):
            guard jobs[id]?.hasEnded == false else { return "a job that has ended is cancelled" }
            jobs[id]!.isCancelled = true
            if jobs[id]!.stopping == nil { jobs[id]!.stopping = time }
        case .end(let id, let end): return self.end(id, end)
        case .join(let name, let incarnation, let slots, _, _, _): return join(name, incarnation, slots)
        case .leave(let name), .crash(let name, _):
            guard workers[name]?.isMember == true, workers[name]?.leases == 0 else {
                return "\(name) goes, and is no member without leases"
            }
            workers[name]!.isMember = false
            offeredSlots -= workers[name]!.slots
        default: break
        }
        return nil
    }

    private mutating func submit(_ id: JobID, _ specification: JobSpecification, _ key: String) -> String? {
        guard lastJob < id else { return "the number of a job is used again" }
        guard keys.updateValue(id, forKey: key) == nil else { return "one submission became two jobs" }
        guard specification.slots <= limits.unitSlots,
            !specification.isGang || specification.slots * specification.units <= limits.gangSlots
        else { return "a job was admitted that can't fit" }
        lastJob = id
        jobs[id] = Job(id: id, key: key, specification: specification, submitted: time)
        activeJobs += 1
        return nil
    }

    private mutating func assign(_ lease: Lease, _ name: WorkerName, _ attempt: UInt32) -> String? {
        let (id, index) = (lease.task.job, lease.task.index)
        guard lastEpoch < lease.epoch else { return "an epoch is used again" }
        guard let job = jobs[id], !job.hasEnded, !job.isCancelled else { return "a lease for a job that is over" }
        guard index < job.specification.units else { return "a lease for a unit that the job doesn't have" }
        guard job.live[index] == nil else { return "two live leases of one task" }
        guard attempt == job.attempts(of: index) + 1 else { return "attempts are counted wrong" }
        let worker = workers[name]
        guard let worker, worker.isMember else { return "a lease for a worker that isn't a member" }
        guard worker.used + job.specification.slots <= worker.slots else { return "\(name) has no slots for this" }
        if job.isGang {
            guard job.granted == index, job.live.count == job.granted else {
                return "a generation begins while another holds leases"
            }
            jobs[id]!.granted += 1
            jobs[id]!.last = [:]
        } else {
            guard job.last[index] == nil else { return "a task is tried again that has ended" }
        }
        lastEpoch = lease.epoch
        jobs[id]!.live[index] = lease.epoch
        live[lease.epoch] = Live(task: lease.task, worker: name, slots: job.specification.slots)
        workers[name]!.used += job.specification.slots
        workers[name]!.leases += 1
        return nil
    }

    private mutating func accept(_ lease: Lease) -> String? {
        guard let record = live[lease.epoch], record.task == lease.task, !record.isAccepted else {
            return "an old epoch was accepted"
        }
        guard told.contains(lease.epoch) else { return "a lease counts as accepted that its worker never spoke of" }
        live[lease.epoch]!.isAccepted = true
        jobs[lease.task.job]!.accepted += 1
        if !jobs[lease.task.job]!.isGang { jobs[lease.task.job]!.hasStarted = true }
        return nil
    }

    private mutating func start(_ id: JobID, _ attempt: UInt32) -> String? {
        guard let job = jobs[id], job.isGang, !job.isRunning, attempt == job.attempts(of: 0) + 1,
            job.granted == job.specification.units, job.accepted == job.granted,
            job.live.count == Int(job.granted)
        else { return "a gang was started that isn't whole" }
        jobs[id]!.isRunning = true
        jobs[id]!.hasStarted = true
        return nil
    }

    private mutating func release(_ lease: Lease, _ end: End) -> String? {
        guard let record = live[lease.epoch], record.task == lease.task else { return "an old epoch was counted" }
        let id = lease.task.job
        if end == .succeeded, jobs[id]!.isGang, !jobs[id]!.isRunning { return "a rank ends well before its gang ran" }
        live[lease.epoch] = nil
        told.remove(lease.epoch)
        ended[lease.epoch] = nil
        spawned.remove(lease.epoch)
        if record.isAccepted { jobs[id]!.accepted -= 1 }
        workers[record.worker]!.used -= record.slots
        workers[record.worker]!.leases -= 1
        jobs[id]!.live[lease.task.index] = nil
        jobs[id]!.last[lease.task.index] = end
        if jobs[id]!.isGang, end != .succeeded, jobs[id]!.stopping == nil { jobs[id]!.stopping = time }
        return nil
    }

    private mutating func retry(_ id: JobID, _ index: UInt32?, _ reason: RetryReason) -> String? {
        guard let job = jobs[id], !job.hasEnded, !job.isCancelled else { return "a job that is over is tried again" }
        let unit = index ?? 0
        let cause: End
        if job.isGang {
            guard index == nil, job.live.isEmpty, job.isBroken else { return "a gang is tried again that isn't over" }
            cause = job.last.values.contains(.lost) ? .lost : .failed
            jobs[id]!.granted = 0
            jobs[id]!.stopping = nil
            jobs[id]!.isRunning = false
        } else {
            guard let index, job.live[index] == nil, let last = job.last[index], last != .succeeded else {
                return "a task is tried again that didn't fail"
            }
            cause = last
            jobs[id]!.last[index] = nil
        }
        if reason != .preempted, (cause == .lost) != (reason == .lost) { return "it is tried again for another reason" }
        switch reason {
        case .lost: jobs[id]!.losses[unit, default: 0] += 1
        case .failed: jobs[id]!.failures[unit, default: 0] += 1
        case .preempted: break
        }
        guard jobs[id]!.failures[unit, default: 0] <= job.specification.retries,
            jobs[id]!.losses[unit, default: 0] <= job.specification.crashLimit
        else { return "it is tried more often than it may be" }
        return nil
    }

    private mutating func end(_ id: JobID, _ end: JobEnd) -> String? {
        guard let job = jobs[id], !job.hasEnded else { return "a job ends that isn't there" }
        guard job.live.isEmpty else { return "a job ends that holds leases" }
        let isWhole = job.last.count == Int(job.specification.units)
        switch end {
        case .cancelled: guard job.isCancelled else { return "a job counts as cancelled that nobody cancelled" }
        case .succeeded:
            guard isWhole, job.succeeded == job.specification.units else {
                return "a job counts as succeeded, and \(job.succeeded) of its \(job.specification.units) units did"
            }
        case .failed:
            guard isWhole, job.succeeded < job.specification.units, job.hasExhausted else {
                return "a job counts as failed that could have gone on"
            }
        }
        jobs[id]!.hasEnded = true
        activeJobs -= 1
        return nil
    }

    private mutating func join(_ name: WorkerName, _ incarnation: Incarnation, _ slots: UInt32) -> String? {
        if let worker = workers[name] {
            guard !worker.isMember else { return "\(name) joins twice" }
            guard worker.incarnation < incarnation else { return "\(name) joins as an incarnation that is over" }
        }
        offeredSlots += slots
        workers[name] = Worker(incarnation: incarnation, slots: slots, isMember: true)
        return nil
    }

    // MARK: Groups

    /// Records that became durable together: a gang holds all of its slots or none.
    func faultOfGroup(_ group: [JournalEntry]) -> String? {
        for entry in group {
            guard case .assign(let lease, _, _) = entry.event, let job = jobs[lease.task.job], job.isGang else {
                continue
            }
            if job.granted != job.specification.units {
                return "\(job.id) holds \(job.granted) of its \(job.specification.units) ranks"
            }
        }
        return nil
    }

    /// A job whose units should have stopped before `moment`, and haven't.
    func faultOfStopping(before moment: Timestamp) -> String? {
        let slow = jobs.values.filter { !$0.live.isEmpty && ($0.stopping ?? moment) < moment }.min { $0.id < $1.id }
        return slow.map {
            "the units of \($0.id) run on, although \($0.isCancelled ? "it was cancelled" : "a rank was lost")"
        }
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

extension Referee.Job {
    /// A rank of this generation ended in another way than well.
    var isBroken: Bool { last.values.contains { $0 != .succeeded } }

    /// Whether a unit has no attempts left.
    var hasExhausted: Bool {
        if isGang {
            return last.values.contains(.lost)
                ? losses[0, default: 0] == specification.crashLimit
                : failures[0, default: 0] == specification.retries
        }
        return last.allSatisfy { index, end in
            switch end {
            case .succeeded: true
            case .lost: losses[index, default: 0] == specification.crashLimit
            case .failed: failures[index, default: 0] == specification.retries
            case .stopped: false
            }
        }
    }
}
