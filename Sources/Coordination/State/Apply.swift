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
            submit(JobRecord(id: id, specification: specification, submitted: entry.time, key: key))
        case .assign(let lease, let worker, let attempt):
            try check(lastEpoch < lease.epoch, "epoch \(lease.epoch.number) is not a new one")
            try check(workers[worker]?.isMember == true, "\(worker) is not a member")
            try check(jobs[lease.task.job]?.isNext(lease.task.index) == true, "\(lease.task) isn't next to be granted")
            assign(lease, to: worker, attempt: attempt)
        case .accept(let lease, let port):
            try check(live(lease)?.phase == .assigned, "lease \(lease) isn't one that waits for acceptance")
            accept(lease, port: port, at: entry.time)
        case .start(let job, let attempt):
            try check(jobs[job]?.gang?.isReady == true, "\(job) isn't ready to start")
            try check(jobs[job]?.gang?.generation == attempt, "\(job) is in another generation than \(attempt)")
            start(job, at: entry.time)
        case .finish(let lease):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .succeeded)
        case .fail(let lease, let outcome):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .failed(outcome))
        case .lapse(let lease):
            try check(live(lease) != nil, "lease \(lease) isn't live")
            release(lease, as: .lost)
        case .retry(let job, let index, let reason):
            try check(jobs[job]?.canRetry(index, reason) == true, "\(job) has nothing to retry")
            jobs[job]?.retry(index, reason)
            queue.insert(job)
        case .checkpoint(let job, let step):
            try check(jobs[job] != nil, "there is no job \(job)")
            jobs[job]?.checkpointStep = step
        case .cancel(let job):
            try check(jobs[job].map { $0.end == nil } == true, "\(job) isn't a job that could be cancelled")
            jobs[job]?.isCancelled = true
            queue.remove(job)
        case .end(let job, let end):
            try check(jobs[job].map { $0.end == nil && !$0.hasLiveLease } == true, "\(job) can't end")
            self.end(job, end, at: entry.time)
            forgotten = forgetOld(at: entry.time)
        case .join(let worker, let incarnation, let slots, let host):
            try check(workers[worker].map { !$0.isMember } ?? true, "\(worker) is a member already")
            workers[worker] = WorkerRecord(incarnation: incarnation, host: host, slots: slots)
        case .leave(let worker), .crash(let worker, _):
            let record = workers[worker]
            try check(
                record.map { $0.isMember && $0.leases.isEmpty } == true, "\(worker) isn't a member without leases")
            workers[worker]?.isMember = false
        case .recover:
            break
        }
        sequence = entry.sequence
        time = entry.time
        return forgotten
    }

    private mutating func submit(_ job: JobRecord) {
        lastJob = job.id
        jobs[job.id] = job
        submissions[job.key] = job.id
        activeJobs += 1
        queue.insert(job.id)
    }

    private mutating func assign(_ lease: Lease, to worker: WorkerName, attempt: UInt32) {
        let id = lease.task.job
        let slots = jobs[id]?.specification.slots ?? 0
        lastEpoch = lease.epoch
        leases[lease.epoch] = LeaseRecord(task: lease.task, worker: worker, slots: slots, attempt: attempt)
        workers[worker]?.grant(lease.epoch, slots: slots)
        jobs[id]?.grant(lease.task.index, lease.epoch, to: worker)
        if jobs[id]?.waitingUnits == 0 { queue.remove(id) }
    }

    private mutating func accept(_ lease: Lease, port: UInt16, at time: Timestamp) {
        let id = lease.task.job
        if jobs[id]?.isGang == true {
            leases[lease.epoch]?.phase = .accepted(port: port)
            jobs[id]?.gang?.accepted += 1
        } else {
            leases[lease.epoch]?.phase = .running
            if jobs[id]?.started == nil { jobs[id]?.started = time }
        }
    }

    private mutating func start(_ id: JobID, at time: Timestamp) {
        let epochs = jobs[id]?.liveEpochs ?? []
        if let first = epochs.first.flatMap({ leases[$0] }), case .accepted(let port) = first.phase {
            jobs[id]?.gang?.meeting = Meeting(host: workers[first.worker]?.host ?? "", port: port)
        }
        if jobs[id]?.started == nil { jobs[id]?.started = time }
        for epoch in epochs { leases[epoch]?.phase = .running }
    }

    /// Ends a lease: its slots are free again, and its unit has one attempt behind it.
    private mutating func release(_ lease: Lease, as ending: Ending) {
        guard let record = leases.removeValue(forKey: lease.epoch) else { return }
        workers[record.worker]?.release(lease.epoch, slots: record.slots)
        jobs[lease.task.job]?.release(lease.task.index, wasAccepted: record.phase != .assigned, as: ending)
    }

    private mutating func end(_ id: JobID, _ end: JobEnd, at time: Timestamp) {
        jobs[id]?.end = end
        jobs[id]?.ended = time
        activeJobs -= 1
        queue.remove(id)
        ended.append(id)
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
