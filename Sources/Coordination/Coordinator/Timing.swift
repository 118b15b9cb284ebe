/// What happens because time has passed: retries after their back-off, time limits, preemption.
extension Coordinator {
    /// Looks at all that is due.
    mutating func lookAtAgenda() {
        while let matter = agenda.take(dueAt: now) {
            switch matter {
            case .retry(let job, let index): retryDue(job, index)
            case .expiry(let lease): expiryDue(lease)
            case .preemption:
                preemptionDue = nil
                needsScheduling = true
            }
        }
    }

    private mutating func retryDue(_ id: JobID, _ index: UInt32?) {
        guard state.jobs[id]?.end == nil else { return }
        carryOut(state.jobs[id]?.nextStep(after: index, at: now) ?? .wait, id, after: index)
    }

    private mutating func expiryDue(_ lease: Lease) {
        guard let record = state.live(lease), let job = state.jobs[lease.task.job],
            let limit = job.specification.timeLimitMilliseconds, let started = record.started
        else { return }
        guard now >= started + limit else { return agenda.add(.expiry(lease), at: started + limit) }
        let index = job.isGang ? nil : lease.task.index
        guard job.canHalt(index), !job.isStopping else { return }
        halt(.expire(job.id, index: index), lease)
    }

    /// Records that a unit is to stop, and tells it.
    private mutating func halt(_ event: ProtocolEvent, _ lease: Lease) {
        record(event)
        if state.jobs[lease.task.job]?.isGang == true { advance(lease.task) } else { dispatch(.stop, lease) }
    }

    /// The unit that holds the lease makes room.
    mutating func preempt(_ lease: Lease) {
        guard let job = state.jobs[lease.task.job] else { return }
        let index = job.isGang ? nil : lease.task.index
        guard job.canHalt(index), !job.isStopping else { return }
        halt(.preempt(job.id, index: index), lease)
    }

    /// Watches over the time limit of what has just begun to run. A gang's is watched with each of its ranks: one of them may end
    /// well before it is over, and the others go on.
    mutating func watchTimeLimit(of lease: Lease) {
        guard let limit = state.jobs[lease.task.job]?.specification.timeLimitMilliseconds,
            let started = state.live(lease)?.started
        else { return }
        agenda.add(.expiry(lease), at: started + limit)
        agenda.tidy { if case .expiry(let lease) = $0 { state.live(lease) != nil } else { true } }
    }

    /// After a restart: the time limits of all that runs.
    mutating func watchTimeLimits() {
        for (epoch, record) in state.leases.sorted(by: { $0.key < $1.key }) where record.started != nil {
            watchTimeLimit(of: Lease(record.task, epoch))
        }
    }
}
