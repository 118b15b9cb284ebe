/// A job from its submission to its end.
extension Coordinator {
    mutating func submit(_ specification: JobSpecification, key: String) -> ClientReply {
        if let known = state.submissions[key] {
            count(.duplicateSubmissions)
            return .submitted(known)
        }
        if let refusal = refusal(of: specification, key: key) {
            count(.submissionsRefused)
            return refusal
        }
        let id = JobID(state.lastJob.number + 1)
        record(.submit(id, specification, key: key))
        needsScheduling = true
        return .submitted(id)
    }

    /// Submits a job that failed once more, as a new job: the gang, or those of the array's tasks that haven't succeeded.
    mutating func retry(_ id: JobID, key: String) -> ClientReply {
        if let known = state.submissions[key] { return .submitted(known) }
        guard let job = state.jobs[id] else {
            return .refused(reason: "there is no job \(id) any more; submit it anew")
        }
        switch job.end {
        case nil: return .refused(reason: "\(id) hasn't ended")
        case .succeeded: return .refused(reason: "\(id) has succeeded; submit it anew to run it again")
        case .failed, .cancelled: break
        }
        var specification = job.specification
        if let array = job.array, array.succeeded > 0 {
            let missing = (0..<array.count).filter { array.failed[$0] != nil || $0 >= array.next }
            specification.shape = .array(tasks: UInt32(missing.count))
            specification.taskNumbers = missing.map { specification.taskNumber(of: $0) }
        }
        // What has succeeded needs no waiting for, and may be forgotten.
        specification.after.removeAll { blocker in state.jobs[blocker].map { $0.end == .succeeded } ?? true }
        return submit(specification, key: key)
    }

    mutating func cancel(_ id: JobID) -> ClientReply {
        guard let job = state.jobs[id] else { return .refused(reason: "there is no job \(id)") }
        switch job.end {
        case .cancelled: return .cancelled(id)
        case .succeeded: return .refused(reason: "\(id) has already succeeded")
        case .failed: return .refused(reason: "\(id) has already failed")
        case nil: break
        }
        if !job.isCancelled {
            record(.cancel(id))
            needsScheduling = true
            advanceAll(id)
        }
        return .cancelled(id)
    }

    mutating func checkpoint(_ lease: Lease, step: UInt64, by name: WorkerName) {
        guard holds(name, lease) else { return count(.staleEpochRefused) }
        // Only rank 0 of a gang speaks for its job.
        guard state.jobs[lease.task.job]?.isGang == true, lease.task.index == 0 else { return }
        if let last = state.jobs[lease.task.job]?.checkpointStep, step <= last { return }
        record(.checkpoint(lease.task.job, step: step))
    }

    /// Carries out what follows from the last change to this unit.
    mutating func advance(_ task: TaskID) {
        carryOut(state.jobs[task.job]?.nextStep(after: task.index, at: now) ?? .wait, task.job, after: task.index)
    }

    /// The same for all of the job's units: after a restart, or a cancel.
    mutating func advanceAll(_ id: JobID) {
        guard let job = state.jobs[id], job.end == nil else { return }
        if job.isStopping { dispatch(.stop, toUnitsOf: id) }
        for index in (job.array?.halted ?? [:]).keys.sorted() {
            if let epoch = job.array?.live[index] { dispatch(.stop, Lease(TaskID(id, index), epoch)) }
        }
        for index in (job.array?.failed ?? [:]).keys.sorted() { advance(TaskID(id, index)) }
        carryOut(state.jobs[id]?.nextStep(after: nil, at: now) ?? .wait, id, after: nil)
    }

    mutating func carryOut(_ step: JobRecord.Step, _ id: JobID, after index: UInt32?) {
        switch step {
        case .wait: break
        case .waitUntil(let time):
            agenda.add(.retry(id, index: state.jobs[id]?.isGang == true ? nil : index), at: time)
        case .stop: dispatch(.stop, toUnitsOf: id)
        case .start(let generation):
            record(.start(id, attempt: generation))
            dispatch(.start, toUnitsOf: id)
            for (rank, epoch) in (state.jobs[id]?.liveEpochs ?? []).enumerated() {
                watchTimeLimit(of: Lease(TaskID(id, UInt32(rank)), epoch))
            }
        case .retry(let index, let reason):
            record(.retry(id, index: index, reason: reason))
            needsScheduling = true
        case .end(let end):
            // Read before it is forgotten.
            let dependents = state.dependents[id] ?? []
            record(.end(id, end))
            if !dependents.isEmpty { needsScheduling = true }
            if end != .succeeded { for dependent in dependents { advanceAll(dependent) } }
        }
    }

    private mutating func dispatch(_ kind: Dispatch.Kind, toUnitsOf id: JobID) {
        for epoch in state.jobs[id]?.liveEpochs ?? [] {
            if let record = state.leases[epoch] { dispatch(kind, Lease(record.task, epoch)) }
        }
    }
}
