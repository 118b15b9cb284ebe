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
    /// The epoch of the last lease, of anybody's, before its first job began to wait as the first.
    var waitingSince = Epoch(0)
}

extension ClusterState {
    /// Units that anybody started since the tenant's first job began to wait as the first.
    func age(of tenant: TenantRecord) -> UInt64 { lastEpoch.number - tenant.waitingSince.number }
}

/// What changes the queues and the tenants' books.
extension ClusterState {
    /// Changes a job in place, and then what follows for the queues and for its tenant.
    mutating func update(_ id: JobID, _ body: (inout JobRecord) -> Void) {
        guard let place = jobs.place(of: id) else { return }
        body(&jobs[at: place])
        refresh(place)
    }

    private mutating func refresh(_ place: JobTable.Place) {
        let id = jobs[at: place].id
        let waits = jobs[at: place].waitingUnits > 0
        let queued = jobs[at: place].queuedUnits
        let counted = jobs[at: place].countedUnits
        if waits != jobs[at: place].isEnqueued {
            let (tenant, priority) = (jobs[at: place].specification.tenant, jobs[at: place].specification.priority)
            jobs[at: place].isEnqueued = waits
            if waits { enqueue(id, tenant, priority) } else { dequeue(id, tenant, priority) }
        }
        if queued != counted {
            jobs[at: place].countedUnits = queued
            let tenant = jobs[at: place].specification.tenant
            tenants[tenant]?.queuedUnits += UInt64(queued)
            tenants[tenant]?.queuedUnits -= UInt64(counted)
        }
    }

    private mutating func enqueue(_ id: JobID, _ tenant: String, _ priority: Int32) {
        queue.insert(id)
        levels[priority, default: [:]][tenant, default: JobQueue()].insert(id)
        if tenants[tenant]?.queue.isEmpty == true { tenants[tenant]?.waitingSince = lastEpoch }
        tenants[tenant]?.queue.insert(id)
    }

    private mutating func dequeue(_ id: JobID, _ tenant: String, _ priority: Int32) {
        queue.remove(id)
        levels[priority]?[tenant]?.remove(id)
        if levels[priority]?[tenant]?.isEmpty == true { levels[priority]?[tenant] = nil }
        if levels[priority]?.isEmpty == true { levels[priority] = nil }
        tenants[tenant]?.queue.remove(id)
    }

    /// Works out all that follows from the records: queues, tenants' books, dependents, totals.
    mutating func restoreBooks(waitingSince: [String: Epoch]) {
        // The records are large: their numbers alone are sorted.
        for id in jobs.keys.sorted() {
            guard let job = jobs[id], job.end == nil else { continue }
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
