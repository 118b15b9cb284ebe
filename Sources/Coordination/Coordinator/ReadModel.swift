/// What clients may read. Nothing here changes anything.
extension Coordinator {
    /// The jobs that come after `after`, oldest first; `limit` at most.
    public func jobs(after: JobID = JobID(0), limit: Int = .max) -> [JobSummary] {
        // Ids are given in a row, and only those of jobs that ended long ago are missing.
        let outlook = outlook
        var found: [JobSummary] = []
        let steps = state.lastJob.number - min(after.number, state.lastJob.number)
        if steps / 4 > UInt64(state.jobs.count) {
            return state.jobs.keys.filter { $0 > after }.sorted().prefix(limit).compactMap {
                state.jobs[$0].map { summary($0, outlook) }
            }
        }
        var number = after.number
        while number < state.lastJob.number, found.count < limit {
            number += 1
            if let job = state.jobs[JobID(number)] { found.append(summary(job, outlook)) }
        }
        return found
    }

    /// Jobs that haven't ended.
    public var activeJobs: Int { state.activeJobs }

    public func job(_ id: JobID) -> JobDetail? {
        state.jobs[id].map { detail($0, $0.end == nil ? outlook : nil) }
    }

    /// Those of the jobs that are known. What the scheduler would see is worked out once for all of them.
    /// - Parameter explained: with why they wait and where they would go, which costs more than all else.
    public func details(of ids: some Sequence<JobID>, explained: Bool = true) -> [JobDetail] {
        let outlook = explained ? outlook : nil
        return ids.compactMap { id in state.jobs[id].map { detail($0, outlook) } }
    }

    /// The latest job that was admitted; its number is 0 when none was.
    public var lastJob: JobID { state.lastJob }

    /// The job that was submitted with this key.
    public func job(submittedWith key: String) -> JobID? { state.submissions[key] }

    /// Whether there is such a job; one that ended long ago may have been forgotten.
    public func knows(_ id: JobID) -> Bool { state.jobs.place(of: id) != nil }

    /// How the job ended; nil for one that hasn't, or isn't known.
    public func end(of id: JobID) -> JobEnd? { state.jobs[id]?.end }

    /// The generation of a gang whose ranks are a built-in program; nil for any other job.
    public func builtinGeneration(of id: JobID) -> UInt32? {
        guard let job = state.jobs[id], let gang = job.gang, case .builtin = job.specification.program else {
            return nil
        }
        return gang.generation
    }

    /// What its tenant called it; nil for one that isn't known.
    public func name(of id: JobID) -> String? { state.jobs[id]?.specification.name }

    /// Whose job it is, and how many bytes of logs that tenant's jobs may keep; nil where that isn't bounded.
    public func logQuota(of id: JobID) -> (tenant: String, bytes: UInt64)? {
        guard configuration.tenants.others.logBytes != nil || !configuration.tenants.named.isEmpty,
            let tenant = state.jobs[id]?.specification.tenant
        else { return nil }
        return configuration.tenants.rules(of: tenant).logBytes.map { (tenant, $0) }
    }

    /// The tenant's jobs that are known, in no order.
    public func jobs(of tenant: String) -> [JobID] {
        state.jobs.values.filter { $0.specification.tenant == tenant }.map(\.id)
    }

    /// - Parameter outlook: of no use for a job that has ended.
    func detail(_ job: JobRecord, _ outlook: Outlook?) -> JobDetail {
        let placements = job.liveEpochs.compactMap { epoch in
            state.leases[epoch].map {
                Placement(index: $0.task.index, worker: $0.worker, epoch: epoch, accepted: $0.phase != .assigned)
            }
        }
        var detail = JobDetail(
            summary: summary(job, outlook), specification: job.specification, placements: placements,
            checkpointStep: job.checkpointStep)
        detail.checkpointed = job.checkpointed
        let letters = job.deadLetters(limit: 100)
        if !letters.isEmpty { detail.deadLetters = letters }
        if let outlook, job.end == nil { detail.explanation = explanation(job, outlook.view.capacity) }
        return detail
    }

    /// All workers that were ever here, by name. `at` is the present time, on which depends who counts as suspect.
    public func workers(at time: Timestamp) -> [WorkerSummary] {
        state.workers.sorted { $0.key < $1.key }.map { summary(of: $0.key, worker: $0.value, at: time) }
    }

    func summary(of name: WorkerName, worker: WorkerRecord, at time: Timestamp) -> WorkerSummary {
        let state: WorkerSummary.State = !worker.isMember ? .gone : isSuspect(name, at: time) ? .suspect : .connected
        let holding = worker.leases.compactMap { epoch in self.state.leases[epoch].map { Lease($0.task, epoch) } }
        var summary = WorkerSummary(
            name: name, state: state, host: worker.host, slots: worker.slots, slotsUsed: worker.slotsUsed,
            lastHeard: sessions[name]?.lastHeard, holding: holding, isDraining: worker.isCordoned ? true : nil,
            offer: worker.offer == WorkerOffer() ? nil : worker.offer)
        if let session = sessions[name] {
            summary.silentMilliseconds = max(0, time - session.lastHeard)
            if session.connection != nil { summary.suspectAfterMilliseconds = suspicionMilliseconds(of: session) }
            summary.lapsesAfterMilliseconds = lapse(of: session) - session.lastHeard
        }
        return summary
    }

    func summary(_ job: JobRecord, _ outlook: Outlook?) -> JobSummary {
        let state = jobState(job)
        var summary = JobSummary(
            id: job.id, name: job.specification.name, tenant: job.specification.tenant,
            shape: job.isGang ? "gang" : "array", units: job.specification.units,
            slotsPerUnit: job.specification.slots, state: state, submitted: job.submitted)
        summary.started = job.started
        summary.ended = job.ended
        summary.unitsRunning = UInt32(job.liveEpochs.count { self.state.leases[$0]?.phase == .running })
        if let gang = job.gang {
            summary.unitsSucceeded = UInt32(gang.ranks.count { $0 == .succeeded })
            summary.unitsFailed = UInt32(gang.ranks.count { $0 == .failed || $0 == .lost })
            summary.attempts = gang.generation
        } else if let array = job.array {
            summary.unitsSucceeded = array.succeeded
            summary.unitsFailed = UInt32(array.failed.count)
            summary.attempts = array.next == 0 ? 0 : array.mostTries + 1
        }
        switch job.end {
        case .succeeded: summary.exitCode = 0
        case .failed(let code, let reason):
            summary.exitCode = code
            summary.reason = reason
        case .cancelled, nil: summary.reason = job.end == nil ? outlook.flatMap { waitingReason(job, $0) } : nil
        }
        return summary
    }

    func jobState(_ job: JobRecord) -> JobState {
        switch job.end {
        case .succeeded: return .succeeded
        case .failed: return .failed
        case .cancelled: return .cancelled
        case nil: break
        }
        guard job.hasLiveLease else { return .queued }
        if job.isStopping { return .stopping }
        let isRunning = job.gang?.isStarted ?? job.liveEpochs.contains { state.leases[$0]?.phase == .running }
        return isRunning ? .running : .starting
    }
}
