import Coordination

/// How leases end, what follows from it, and how jobs end.
extension Referee {
    mutating func release(_ lease: Lease, _ outcome: Outcome?) -> String? {
        guard let record = live[lease.epoch], record.task == lease.task else { return "an old epoch was counted" }
        let id = lease.task.job
        let end = end(of: lease, outcome)
        if end == .succeeded, jobs[id]!.isGang, !jobs[id]!.isRunning { return "a rank ends well before its gang ran" }
        live[lease.epoch] = nil
        told.remove(lease.epoch)
        ended[lease.epoch] = nil
        spawned.remove(lease.epoch)
        let specification = jobs[id]!.specification
        if record.isAccepted { jobs[id]!.accepted -= 1 }
        workers[record.worker]!.used -= specification.slots
        workers[record.worker]!.gpus -= specification.requirements.devices["gpu"] ?? 0
        workers[record.worker]!.leases -= 1
        tenants[specification.tenant]!.slots -= specification.slots
        jobs[id]!.live[lease.task.index] = nil
        jobs[id]!.last[lease.task.index] = end
        jobs[id]!.lastTime[jobs[id]!.unit(lease.task.index)] = time
        if jobs[id]!.isGang {
            if end != .succeeded, jobs[id]!.stopping == nil { jobs[id]!.stopping = time }
        } else {
            jobs[id]!.halts[lease.task.index] = nil
        }
        return nil
    }

    /// - Parameter outcome: nil where the lease lapsed.
    private func end(of lease: Lease, _ outcome: Outcome?) -> End {
        let job = jobs[lease.task.job]!
        if outcome?.isSuccess == true { return .succeeded }
        switch job.halts[job.unit(lease.task.index)] {
        // A rank that ends because its gang's time is over stops; that the gang has failed is its cause.
        case .expired: return job.isGang ? .stopped : .failed
        case .preempted: if outcome == nil || outcome == .stopped { return .preempted }
        case nil: break
        }
        guard let outcome else { return .lost }
        guard outcome == .stopped else { return .failed }
        return job.isCancelled || job.isGang && job.isBroken ? .stopped : .lost
    }

    /// A unit is to stop, because its time is over or because it makes room.
    mutating func halt(_ id: JobID, _ index: UInt32?, _ halt: Halt) -> String? {
        guard let job = jobs[id], !job.hasEnded, job.isGang == (index == nil) else {
            return "what can't stop is to stop"
        }
        let units = index.map { [$0] } ?? Array(job.live.keys)
        let leases = units.compactMap { job.live[$0].flatMap { live[$0] } }
        guard !leases.isEmpty, job.halts[index ?? 0] == nil else { return "what isn't running is to stop" }
        switch halt {
        case .expired:
            guard let limit = job.specification.timeLimitMilliseconds,
                leases.allSatisfy({ $0.started.map { time - $0 >= limit } ?? false })
            else { return "its time limit isn't over" }
        case .preempted:
            // Without preemption only an operator takes a worker from a unit, and what hasn't begun may be taken back.
            let isAllowed =
                configuration.preemptionMilliseconds != nil
                || leases.contains { workers[$0.worker]?.isCordoned == true } || leases.allSatisfy { !$0.isAccepted }
            guard isAllowed else { return "it is to make room, and nobody may ask for that" }
        }
        jobs[id]!.halts[index ?? 0] = halt
        if job.isGang, job.stopping == nil { jobs[id]!.stopping = time }
        return nil
    }

    mutating func retry(_ id: JobID, _ index: UInt32?, _ reason: RetryReason) -> String? {
        guard let job = jobs[id], !job.hasEnded, !job.isCancelled else { return "a job that is over is tried again" }
        let unit = index ?? 0
        let cause: End
        if job.isGang {
            guard index == nil, job.live.isEmpty, job.isBroken else { return "a gang is tried again that isn't over" }
            cause = job.cause
            jobs[id]!.granted = 0
            jobs[id]!.stopping = nil
            jobs[id]!.isRunning = false
            jobs[id]!.size = job.specification.units
            jobs[id]!.waiting = job.specification.units
            jobs[id]!.last = [:]
            jobs[id]!.halts = [:]
        } else {
            guard let index, job.live[index] == nil, let last = job.last[index], last != .succeeded else {
                return "a task is tried again that didn't fail"
            }
            cause = last
            jobs[id]!.last[index] = nil
            jobs[id]!.waiting += 1
        }
        let failures = job.failures[unit, default: 0]
        switch (reason, cause) {
        case (.lost, .lost): jobs[id]!.losses[unit, default: 0] += 1
        case (.preempted, .preempted): jobs[id]!.preemptions[unit, default: 0] += 1
        case (.failed, .failed):
            jobs[id]!.failures[unit, default: 0] += 1
            let pause = Int64(job.specification.retryDelayMilliseconds) << min(failures, 6)
            guard let last = job.lastTime[unit], time - last >= pause else {
                return "it is tried again before its pause is over"
            }
        default: return "it is tried again for another reason"
        }
        guard jobs[id]!.failures[unit, default: 0] <= job.specification.retries,
            jobs[id]!.losses[unit, default: 0] <= job.specification.crashLimit
        else { return "it is tried more often than it may be" }
        return nil
    }

    mutating func end(_ id: JobID, _ end: JobEnd) -> String? {
        guard let job = jobs[id], !job.hasEnded else { return "a job ends that isn't there" }
        guard job.live.isEmpty else { return "a job ends that holds leases" }
        // Where gangs are granted piece by piece, one may break before it is whole.
        let isWhole = job.last.count == Int(job.isGang ? job.granted : job.size)
        switch end {
        case .cancelled: guard job.isCancelled else { return "a job counts as cancelled that nobody cancelled" }
        case .succeeded:
            guard isWhole, job.succeeded == job.size else {
                return "a job counts as succeeded, and \(job.succeeded) of its \(job.size) units did"
            }
        case .failed:
            let couldNotStart = job.specification.after.contains {
                jobs[$0].map { $0.hasEnded && !$0.hasSucceeded } ?? false
            }
            guard couldNotStart || isWhole && job.succeeded < job.size && job.hasExhausted else {
                return "a job counts as failed that could have gone on"
            }
        }
        jobs[id]!.hasEnded = true
        jobs[id]!.hasSucceeded = end == .succeeded
        active.remove(id)
        tenants[job.specification.tenant]!.activeJobs -= 1
        return nil
    }

    // MARK: What goes on for too long

    /// A job whose units should have stopped before `moment`, and haven't.
    func faultOfStopping(before moment: Timestamp) -> String? {
        let slow = active.lazy.compactMap { jobs[$0] }.filter { !$0.live.isEmpty && ($0.stopping ?? moment) < moment }
            .min { $0.id < $1.id }
        return slow.map {
            "the units of \($0.id) run on, although \($0.isCancelled ? "it was cancelled" : "a rank was lost or told to stop")"
        }
    }

    /// A unit whose time limit was over before `moment`, and that goes on.
    func faultOfTimeLimits(before moment: Timestamp) -> String? {
        for (epoch, record) in live.sorted(by: { $0.key < $1.key }) {
            guard let limit = jobs[record.task.job]?.specification.timeLimitMilliseconds, let started = record.started,
                started + limit < moment
            else { continue }
            return "\(record.task)@\(epoch.number) runs on, although its time limit is over"
        }
        return nil
    }
}
