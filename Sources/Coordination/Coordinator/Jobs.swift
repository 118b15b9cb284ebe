/// A job from its submission to its end.
extension Coordinator {
    mutating func submit(_ specification: JobSpecification, key: String) -> ClientReply {
        if let known = state.submissions[key] {
            count(.duplicateSubmissions)
            return .submitted(known)
        }
        if let reason = refusal(of: specification, key: key) {
            count(.submissionsRefused)
            return .refused(reason: reason)
        }
        let id = JobID(state.lastJob.number + 1)
        record(.submit(id, specification, key: key))
        needsScheduling = true
        return .submitted(id)
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

    /// Decides what follows from the last change to this unit. Deciding again what was decided changes nothing.
    mutating func advance(_ task: TaskID) {
        guard let job = state.jobs[task.job], job.end == nil else { return }
        if let gang = job.gang {
            advance(job, gang)
        } else if let array = job.array {
            if let reason = array.failed[task.index], !job.isCancelled,
                (array.tries[task.index] ?? Tries()).allowsRetry(after: reason, of: job.specification)
            {
                record(.retry(task.job, index: task.index, reason: reason))
                needsScheduling = true
            }
            conclude(task.job)
        }
    }

    /// The same for all of the job's units: after a restart, or a cancel.
    mutating func advanceAll(_ id: JobID) {
        guard let job = state.jobs[id], job.end == nil else { return }
        if let gang = job.gang { return advance(job, gang) }
        if job.isCancelled { stopUnits(of: job) }
        for index in (job.array?.failed ?? [:]).keys.sorted() { advance(TaskID(id, index)) }
        conclude(id)
    }

    mutating func stopUnits(of job: JobRecord) {
        for epoch in job.liveEpochs {
            if let record = state.leases[epoch] { dispatch(.stop, Lease(record.task, epoch)) }
        }
    }

    /// Ends an array whose tasks have all ended.
    private mutating func conclude(_ id: JobID) {
        guard let job = state.jobs[id], job.end == nil, let array = job.array else { return }
        if job.isCancelled {
            if array.live.isEmpty { record(.end(id, .cancelled)) }
        } else if array.isOver {
            record(.end(id, array.failed.isEmpty ? .succeeded : failure(of: job)))
        }
    }

    func failure(of job: JobRecord) -> JobEnd {
        let cause = job.firstFailure.map { "\(job.isGang ? "rank" : "task") \($0.index) \($0.outcome.explanation)" }
        let limit = job.specification.crashLimit
        let lost = "lost its worker \(limit + 1) times, the crash limit is \(limit)"
        let code = job.firstFailure?.outcome.exitCode ?? 1
        guard let array = job.array else {
            return .failed(code: code, reason: job.gang?.cause == .lost ? lost : cause ?? "a rank failed")
        }
        let share = array.count == 1 ? "" : "\(array.failed.count) of \(array.count) tasks failed; "
        return .failed(code: code, reason: share + (cause ?? "task \(array.failed.keys.min() ?? 0) \(lost)"))
    }
}

extension JobRecord {
    var isGang: Bool { gang != nil }
}

extension Outcome {
    /// What a shell would show: the program's own code, 128 and the signal, or 127 for a program that isn't there.
    var exitCode: Int32 {
        switch self {
        case .exited(let code): code
        case .signalled(let signal): 128 + signal
        case .stopped: 143
        case .notStarted: 127
        }
    }

    var explanation: String {
        switch self {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .stopped: "was stopped"
        case .notStarted(let reason): "could not be started: \(reason)"
        }
    }
}
