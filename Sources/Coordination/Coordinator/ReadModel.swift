/// What clients may read. Nothing here changes anything.
extension Coordinator {
    /// The jobs that come after `after`, oldest first; `limit` at most.
    public func jobs(after: JobID = JobID(0), limit: Int = .max) -> [JobSummary] {
        // Ids are given in a row, and only those of jobs that ended long ago are missing.
        var found: [JobSummary] = []
        let steps = state.lastJob.number - min(after.number, state.lastJob.number)
        if steps / 4 > UInt64(state.jobs.count) {
            return state.jobs.keys.filter { $0 > after }.sorted().prefix(limit).compactMap {
                state.jobs[$0].map(summary)
            }
        }
        var number = after.number
        while number < state.lastJob.number, found.count < limit {
            number += 1
            if let job = state.jobs[JobID(number)] { found.append(summary(job)) }
        }
        return found
    }

    /// Jobs that haven't ended.
    public var activeJobs: Int { state.activeJobs }

    public func job(_ id: JobID) -> JobDetail? {
        state.jobs[id].map(detail)
    }

    func detail(_ job: JobRecord) -> JobDetail {
        let placements = job.liveEpochs.compactMap { epoch in
            state.leases[epoch].map {
                Placement(index: $0.task.index, worker: $0.worker, epoch: epoch, accepted: $0.phase != .assigned)
            }
        }
        return JobDetail(
            summary: summary(job), specification: job.specification, placements: placements,
            checkpointStep: job.checkpointStep)
    }

    /// All workers that were ever here, by name. `at` is the present time, on which depends who counts as silent.
    public func workers(at time: Timestamp) -> [WorkerSummary] {
        state.workers.sorted { $0.key < $1.key }.map { name, worker in
            let state: WorkerSummary.State = !worker.isMember ? .gone : isSilent(name, at: time) ? .silent : .connected
            let holding = worker.leases.compactMap { epoch in self.state.leases[epoch].map { Lease($0.task, epoch) } }
            return WorkerSummary(
                name: name, state: state, host: worker.host, slots: worker.slots, slotsUsed: worker.slotsUsed,
                lastHeard: sessions[name]?.lastHeard, holding: holding)
        }
    }

    private func summary(_ job: JobRecord) -> JobSummary {
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
        case .cancelled, nil: summary.reason = job.end == nil ? waitingReason(job) : nil
        }
        return summary
    }

    private func jobState(_ job: JobRecord) -> JobState {
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

    /// Why units of this job wait, such as `waits for 3 slots of 4; 1 job ahead`; nil if none does.
    private func waitingReason(_ job: JobRecord) -> String? {
        guard job.waitingUnits > 0 else { return nil }
        let demand = Demand(job)
        let capacity = capacity(at: now)
        let ahead = state.queue.jobsAhead(of: job.id)
        let behind = ahead == 0 ? "" : "; \(Self.count(UInt64(ahead), "job")) ahead"
        let waits =
            demand.isGang ? "waits" : "\(Self.count(UInt64(demand.units), "task")) wait\(demand.units == 1 ? "s" : "")"
        guard !capacity.workers.isEmpty else { return "\(waits) for a worker: none is connected\(behind)" }
        let wanted = demand.isGang ? demand.units : 1
        let missing = wanted - min(wanted, capacity.units(of: demand.slots))
        guard missing > 0 else {
            return "\(waits) for \(demand.isGang || demand.units == 1 ? "its" : "their") turn\(behind)"
        }
        let (slots, all) = (UInt64(missing) * UInt64(demand.slots), UInt64(wanted) * UInt64(demand.slots))
        return "\(waits) for \(Self.count(slots, "slot"))\(slots == all ? "" : " of \(all)")\(behind)"
    }

    private static func count(_ number: UInt64, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
}
