/// What the tenant's jobs wait for and hold, all of them together. It is there as long as one of them hasn't ended.
struct TenantRecord: Hashable, Sendable {
    /// Its jobs with units that could start.
    var queue = JobQueue()
    /// What its units hold.
    var used = Resources()
    /// Jobs that haven't ended.
    var activeJobs = 0
    /// Units that hold no lease and will yet be tried.
    var queuedUnits: UInt64 = 0
    /// The epoch of the last lease, of anybody's, before its first job began to wait as the first: the difference to the
    /// present one is how many units were started since, and so its age.
    var waitingSince = Epoch(0)
}

/// What changes the queues and the tenants' books.
extension ClusterState {
    /// Changes a job in place, and then what follows for the queues and for its tenant.
    mutating func update(_ id: JobID, _ body: (inout JobRecord) -> Void) {
        guard let at = jobs.index(forKey: id) else { return }
        body(&jobs.values[at])
        refresh(at)
    }

    private mutating func refresh(_ at: Dictionary<JobID, JobRecord>.Index) {
        let id = jobs.keys[at]
        let waits = jobs.values[at].waitingUnits > 0
        let queued = jobs.values[at].queuedUnits
        let counted = jobs.values[at].countedUnits
        if waits != jobs.values[at].isEnqueued {
            let (tenant, priority) = (jobs.values[at].specification.tenant, jobs.values[at].specification.priority)
            jobs.values[at].isEnqueued = waits
            if waits { enqueue(id, tenant, priority) } else { dequeue(id, tenant, priority) }
        }
        if queued != counted {
            jobs.values[at].countedUnits = queued
            let tenant = jobs.values[at].specification.tenant
            tenants[tenant]?.queuedUnits += UInt64(queued)
            tenants[tenant]?.queuedUnits -= UInt64(counted)
        }
    }

    private mutating func enqueue(_ id: JobID, _ tenant: String, _ priority: Int32) {
        queue.insert(id)
        levels[priority, default: JobQueue()].insert(id)
        if tenants[tenant]?.queue.isEmpty == true { tenants[tenant]?.waitingSince = lastEpoch }
        tenants[tenant]?.queue.insert(id)
    }

    private mutating func dequeue(_ id: JobID, _ tenant: String, _ priority: Int32) {
        queue.remove(id)
        levels[priority]?.remove(id)
        if levels[priority]?.isEmpty == true { levels[priority] = nil }
        tenants[tenant]?.queue.remove(id)
    }

    /// Works out all that follows from the records: queues, tenants' books, dependents, totals.
    mutating func restoreBooks(waitingSince: [String: Epoch]) {
        for job in jobs.values.sorted(by: { $0.id < $1.id }) where job.end == nil {
            activeJobs += 1
            tenants[job.specification.tenant, default: TenantRecord()].activeJobs += 1
            for blocker in Set(job.specification.after) where jobs[blocker].map({ $0.end == nil }) == true {
                dependents[blocker, default: []].append(job.id)
            }
            update(job.id) {
                $0.isEnqueued = false
                $0.countedUnits = 0
            }
        }
        for lease in leases.values {
            guard let specification = jobs[lease.task.job]?.specification else { continue }
            tenants[specification.tenant]?.used.add(specification.needs)
        }
        for worker in workers.values where worker.isMember { total.add(worker.capacity) }
        for (tenant, epoch) in waitingSince { tenants[tenant]?.waitingSince = epoch }
    }
}
