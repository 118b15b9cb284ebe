import Coordination

/// Submissions, and leases from their grant to their beginning.
extension Referee {
    mutating func submit(_ id: JobID, _ specification: JobSpecification, _ key: String) -> String? {
        guard lastJob < id else { return "the number of a job is used again" }
        guard keys.updateValue(id, forKey: key) == nil else { return "one submission became two jobs" }
        let limits = configuration.limits
        guard specification.slots <= limits.unitSlots,
            !specification.isGang || specification.slots * specification.units <= limits.gangSlots
        else { return "a job was admitted that can't fit" }
        for blocker in specification.after {
            guard let blocker = jobs[blocker], !blocker.hasEnded || blocker.hasSucceeded else {
                return "a job was admitted that comes after one that didn't succeed"
            }
        }
        if let fault = faultOfAdmission(specification) { return fault }
        lastJob = id
        jobs[id] = Job(id: id, key: key, specification: specification, submitted: time)
        active.insert(id)
        return nil
    }

    mutating func form(_ id: JobID, _ ranks: UInt32) -> String? {
        guard let job = jobs[id], job.isGang, job.granted == 0, job.live.isEmpty,
            ranks < job.specification.units, ranks >= job.specification.minimumRanks ?? job.specification.units
        else { return "a generation was formed that can't be one" }
        jobs[id]!.size = ranks
        jobs[id]!.waiting = ranks
        return nil
    }

    mutating func assign(_ lease: Lease, _ name: WorkerName, _ attempt: UInt32) -> String? {
        let (id, index) = (lease.task.job, lease.task.index)
        guard lastEpoch < lease.epoch else { return "an epoch is used again" }
        guard let job = jobs[id], !job.hasEnded, !job.isCancelled else { return "a lease for a job that is over" }
        guard index < job.size else { return "a lease for a unit that the job doesn't have" }
        guard job.live[index] == nil else { return "two live leases of one task" }
        guard attempt == job.attempts(of: index) + 1 else { return "attempts are counted wrong" }
        if let fault = faultOfPlace(job.specification, name) ?? faultOfTurn(job) { return fault }
        guard job.isWilling(jobs) else { return faultOfWill(job) }
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
        jobs[id]!.waiting -= 1
        live[lease.epoch] = Live(task: lease.task, worker: name)
        workers[name]!.used += job.specification.slots
        workers[name]!.gpus += job.specification.requirements.devices["gpu"] ?? 0
        workers[name]!.leases += 1
        tenants[job.specification.tenant, default: Tenant()].slots += job.specification.slots
        return faultOfQuota(job.specification.tenant) ?? fairness?.granted(job, at: time)
    }

    private func faultOfWill(_ job: Job) -> String {
        if let limit = job.specification.concurrency, job.live.count >= Int(limit) {
            return "more than \(limit) tasks of one array run at one time"
        }
        for blocker in job.specification.after where jobs[blocker]?.hasSucceeded == false {
            return "it begins before \(blocker), which it comes after, has succeeded"
        }
        return "a lease for a job that has nothing waiting"
    }

    /// Whether the worker may get this unit.
    private func faultOfPlace(_ specification: JobSpecification, _ name: WorkerName) -> String? {
        guard let worker = workers[name], worker.isMember else { return "a lease for a worker that isn't a member" }
        guard !worker.isCordoned else { return "\(name) is drained, and gets a lease" }
        for (label, value) in specification.requirements.labels where worker.offer.labels[label] != value {
            return "\(name) has not \(label) \(value)"
        }
        let gpus = specification.requirements.devices["gpu"] ?? 0
        guard worker.gpus + gpus <= worker.offer.devices["gpu"] ?? 0 || gpus == 0 else {
            return "\(name) has no devices for this"
        }
        // Tasks that ask for slots alone may go ahead of them.
        let isPlain = !specification.isGang && specification.requirements == Requirements()
        let allowed = worker.slots + (isPlain ? worker.offer.credit : 0)
        return worker.used + specification.slots <= allowed ? nil : "\(name) has no slots for this"
    }

    mutating func accept(_ lease: Lease) -> String? {
        guard let record = live[lease.epoch], record.task == lease.task, !record.isAccepted else {
            return "an old epoch was accepted"
        }
        guard told.contains(lease.epoch) else { return "a lease counts as accepted that its worker never spoke of" }
        live[lease.epoch]!.isAccepted = true
        jobs[lease.task.job]!.accepted += 1
        if !jobs[lease.task.job]!.isGang {
            jobs[lease.task.job]!.hasStarted = true
            live[lease.epoch]!.started = time
        }
        return nil
    }

    mutating func start(_ id: JobID, _ attempt: UInt32) -> String? {
        guard let job = jobs[id], job.isGang, !job.isRunning, attempt == job.attempts(of: 0) + 1,
            job.granted == job.size, job.accepted == job.granted, job.live.count == Int(job.granted)
        else { return "a gang was started that isn't whole" }
        jobs[id]!.isRunning = true
        jobs[id]!.hasStarted = true
        for epoch in job.live.values { live[epoch]!.started = time }
        return nil
    }
}
