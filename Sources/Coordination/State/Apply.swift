/// A journal entry that can't follow those before it: the journal is damaged, or was written by a faulty coordinator.
public struct JournalFault: Error, Hashable, Sendable, CustomStringConvertible {
    public let sequence: UInt64
    public let reason: String

    public var description: String { "journal entry \(sequence): \(reason)" }
}

/// The only place where durable state changes. Live and in replay, the same function folds the same events.
extension ClusterState {
    /// - Returns: the jobs that are forgotten, because they ended long ago.
    @discardableResult
    mutating func apply(_ entry: JournalEntry) throws(JournalFault) -> [JobRecord] {
        var forgotten: [JobRecord] = []
        let event = entry.event
        func check(_ condition: Bool, _ reason: @autoclosure () -> String) throws(JournalFault) {
            if !condition { throw JournalFault(sequence: entry.sequence, reason: reason()) }
        }

        try check(entry.sequence == sequence + 1, "follows entry \(sequence)")
        switch event {
        case .submit(let id, let specification, let key):
            try check(lastJob < id, "job \(id) is not a new one")
            var specification = specification
            if let before = jobs[lastJob] { specification.share(before.specification) }
            submit(JobRecord(id: id, specification: specification, submitted: entry.time, key: key))
        case .form(let job, let ranks):
            let gang = jobs[job]?.gang
            try check(gang.map { $0.isQueued && (1...$0.fullSize).contains(ranks) } == true, "\(job) can't be formed")
            update(job) { $0.gang?.size = ranks }
        case .assign(let lease, let worker, let attempt):
            try check(lastEpoch < lease.epoch, "epoch \(lease.epoch.number) is not a new one")
            try check(workers[worker]?.isMember == true, "\(worker) is not a member")
            try check(jobs[lease.task.job]?.isNext(lease.task.index) == true, "\(lease.task) isn't next to be granted")
            assign(lease, to: worker, attempt: attempt, at: entry.time)
        case .accept(let lease, let port):
            try check(live(lease)?.phase == .assigned, "lease \(lease) isn't one that waits for acceptance")
            accept(lease, port: port, at: entry.time)
        case .start(let job, let attempt):
            try check(jobs[job]?.gang?.isReady == true, "\(job) isn't ready to start")
            try check(jobs[job]?.gang?.generation == attempt, "\(job) is in another generation than \(attempt)")
            start(job, at: entry.time)
        case .finish(let lease):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .succeeded, at: entry.time)
        case .fail(let lease, let outcome):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .failed(outcome), at: entry.time)
        case .lapse(let lease):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .lost, at: entry.time)
        case .retry(let job, let index, let reason):
            try check(jobs[job]?.canRetry(index, reason) == true, "\(job) has nothing to retry")
            update(job) { $0.retry(index, reason) }
        case .expire(let job, let index), .preempt(let job, let index):
            try check(jobs[job]?.canHalt(index) == true, "\(job) has nothing to stop")
            let halt: Halt = if case .expire = event { .expired } else { .preempted }
            update(job) { $0.halt(index, halt) }
        case .checkpoint(let job, let step):
            try check(jobs[job] != nil, "there is no job \(job)")
            jobs[job]?.checkpointStep = step
            jobs[job]?.checkpointed = entry.time
        case .cancel(let job):
            try check(jobs[job].map { $0.end == nil } == true, "\(job) isn't a job that could be cancelled")
            update(job) { $0.isCancelled = true }
        case .end(let job, let end):
            try check(jobs[job].map { $0.end == nil && !$0.hasLiveLease } == true, "\(job) can't end")
            self.end(job, end, at: entry.time)
            forgotten = forgetOld(at: entry.time)
        case .join(let worker, let incarnation, let slots, let host, let offer, let terms):
            try check(workers[worker].map { !$0.isMember } ?? true, "\(worker) is a member already")
            var record = WorkerRecord(incarnation: incarnation, host: host, slots: slots, offer: offer)
            record.isCordoned = workers[worker]?.isCordoned ?? false
            record.longestLeaseMilliseconds = terms?.leaseMilliseconds
            workers[worker] = record
            total.add(record.capacity)
        case .leave(let worker), .crash(let worker, _):
            let record = workers[worker]
            try check(
                record.map { $0.isMember && $0.leases.isEmpty } == true, "\(worker) isn't a member without leases")
            workers[worker]?.isMember = false
            if let record { total.subtract(record.capacity) }
        case .cordon(let worker), .uncordon(let worker):
            try check(workers[worker] != nil, "there is no worker \(worker)")
            workers[worker]?.isCordoned = if case .cordon = event { true } else { false }
        case .recover(let terms):
            if let terms { renewAll(by: terms) }
        }
        sequence = entry.sequence
        time = entry.time
        return forgotten
    }

    /// Members keep what they were promised before, and may be promised more from here on.
    private mutating func renewAll(by terms: Terms) {
        for (name, worker) in workers where worker.isMember {
            workers[name]?.longestLeaseMilliseconds = max(
                worker.longestLeaseMilliseconds ?? 0, terms.leaseMilliseconds)
        }
    }

    private mutating func submit(_ job: JobRecord) {
        let (id, tenant) = (job.id, job.specification.tenant)
        lastJob = id
        jobs[id] = job
        submissions[job.key] = id
        activeJobs += 1
        tenants[tenant, default: TenantRecord()].activeJobs += 1
        var blockers: UInt32 = 0
        for blocker in Set(job.specification.after) where jobs[blocker]?.end == nil && jobs[blocker] != nil {
            dependents[blocker, default: []].append(id)
            blockers += 1
        }
        update(id) { $0.blockers = blockers }
    }

    private mutating func assign(_ lease: Lease, to worker: WorkerName, attempt: UInt32, at time: Timestamp) {
        let id = lease.task.job
        guard let place = jobs.place(of: id) else { return }
        let needs = jobs[at: place].specification.needs
        let tenant = jobs[at: place].specification.tenant
        lastEpoch = lease.epoch
        leases[lease.epoch] = LeaseRecord(
            task: lease.task, worker: worker, slots: UInt32(needs.slots), attempt: attempt, granted: time)
        workers[worker]?.grant(lease.epoch, needs)
        tenants[tenant]?.used.add(needs)
        // The next unit of the tenant begins to wait as the first; one that came in between keeps nobody's age down.
        if tenants[tenant]?.queue.jobs.first == id { tenants[tenant]?.waitingSince = lease.epoch }
        update(id) { $0.grant(lease.task.index, lease.epoch, to: worker) }
    }

    private mutating func accept(_ lease: Lease, port: UInt16, at time: Timestamp) {
        let id = lease.task.job
        if jobs[id]?.isGang == true {
            leases[lease.epoch]?.phase = .accepted(port: port)
            jobs[id]?.gang?.accepted += 1
        } else {
            leases[lease.epoch]?.phase = .running
            leases[lease.epoch]?.started = time
            if jobs[id]?.started == nil { jobs[id]?.started = time }
        }
    }

    private mutating func start(_ id: JobID, at time: Timestamp) {
        let epochs = jobs[id]?.liveEpochs ?? []
        if let first = epochs.first.flatMap({ leases[$0] }), case .accepted(let port) = first.phase {
            jobs[id]?.gang?.meeting = Meeting(host: workers[first.worker]?.host ?? "", port: port)
        }
        if jobs[id]?.started == nil { jobs[id]?.started = time }
        for epoch in epochs {
            leases[epoch]?.phase = .running
            leases[epoch]?.started = time
        }
    }

    /// Ends a lease: its slots are free again, and its unit has one attempt behind it.
    private mutating func release(_ lease: Lease, as ending: Ending, at time: Timestamp) {
        guard let record = leases.removeValue(forKey: lease.epoch), let place = jobs.place(of: lease.task.job) else {
            return
        }
        let needs = jobs[at: place].specification.needs
        workers[record.worker]?.release(lease.epoch, needs)
        tenants[jobs[at: place].specification.tenant]?.used.subtract(needs)
        update(lease.task.job) {
            $0.release(lease.task.index, wasAccepted: record.phase != .assigned, as: ending, at: time)
        }
    }

    private mutating func end(_ id: JobID, _ end: JobEnd, at time: Timestamp) {
        update(id) {
            $0.end = end
            $0.ended = time
        }
        activeJobs -= 1
        ended.append(id)
        if let tenant = jobs[id]?.specification.tenant {
            tenants[tenant]?.activeJobs -= 1
            if tenants[tenant]?.activeJobs == 0 { tenants[tenant] = nil }
        }
        for blocker in jobs[id]?.specification.after ?? [] {
            dependents[blocker]?.removeAll { $0 == id }
            if dependents[blocker]?.isEmpty == true { dependents[blocker] = nil }
        }
        for dependent in dependents.removeValue(forKey: id) ?? [] {
            update(dependent) {
                $0.blockers -= 1
                if end != .succeeded, $0.failedBlocker == nil { $0.failedBlocker = id }
            }
        }
    }

    /// Keeps the jobs that have ended within their bounds. It follows from the journal alone, so a replay forgets the same.
    private mutating func forgetOld(at time: Timestamp) -> [JobRecord] {
        var forgotten: [JobRecord] = []
        while let first = ended.first, let job = jobs[first],
            ended.count > retention.jobs || time - (job.ended ?? time) > retention.milliseconds
        {
            ended.removeFirst()
            jobs[first] = nil
            submissions[job.key] = nil
            forgotten.append(job)
        }
        return forgotten
    }
}
