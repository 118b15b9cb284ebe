/// Granting leases, and keeping both sides of them in agreement while messages are lost, doubled and late.
extension Coordinator {
    /// Grants what the policy says, until it says no more.
    mutating func schedule() {
        guard needsScheduling else { return }
        needsScheduling = false
        guard !state.queue.isEmpty else { return }
        var capacity = capacity(at: now)
        while true {
            let decision = decision(capacity)
            leader = decision.leader
            guard let grant = decision.grant else { break }
            let needs = state.jobs[grant.job]?.specification.needs ?? Resources()
            for worker in grant.workers { capacity.take(needs, from: worker) }
            carryOut(grant)
        }
        makeRoom(capacity)
    }

    /// What the policy says; the view is gone when this returns, so that the state is nobody else's when it changes.
    private mutating func decision(_ capacity: Capacity) -> Decision {
        let view = view(capacity)
        let decision = policy.next(view)
        // What is granted beside a reservation isn't in its turn.
        if let job = decision.grant?.job, decision.leader == nil,
            let patience = policy.unitsBeforeAgeing(slots: state.total.slots)
        {
            overtakings.note(job, in: view, patience: patience)
        }
        return decision
    }

    func view(_ capacity: Capacity) -> SchedulingView {
        SchedulingView(
            state: state, capacity: capacity, now: now,
            graceMilliseconds: Int64(configuration.stopGraceMilliseconds), tenants: configuration.tenants,
            leader: leader)
    }

    func capacity(at time: Timestamp) -> Capacity {
        Capacity(
            state.workers.compactMap { name, worker in
                guard worker.isMember, !worker.isCordoned, !isSuspect(name, at: time) else { return nil }
                let allowed = UInt64(worker.slots) + UInt64(worker.offer.credit)
                return Capacity.Worker(
                    name: name, free: worker.free, offer: worker.offer,
                    credit: UInt32(clamping: allowed - min(allowed, max(worker.used.slots, UInt64(worker.slots)))),
                    slots: UInt64(worker.slots))
            })
    }

    private mutating func carryOut(_ grant: Grant) {
        guard let job = state.jobs[grant.job] else { preconditionFailure("there is no job for \(grant)") }
        if let gang = job.gang, !type(of: policy).grantsPieces {
            // One that a policy before this one left with a part of its slots gets all that it lacks.
            let least = gang.isQueued ? job.specification.minimumRanks ?? gang.size : gang.waiting
            precondition(
                gang.waiting > 0 && (least...gang.waiting).contains(UInt32(grant.workers.count)),
                "a gang holds all of its slots or none: \(grant)")
            if gang.isQueued, grant.workers.count < gang.size {
                record(.form(grant.job, ranks: UInt32(grant.workers.count)))
            }
        }
        var leases: [Lease] = []
        for worker in grant.workers {
            guard let job = state.jobs[grant.job],
                let index = job.gang.map({ UInt32($0.workers.count) }) ?? job.array?.first
            else { preconditionFailure("more is granted than waits: \(grant)") }
            let lease = Lease(TaskID(grant.job, index), Epoch(state.lastEpoch.number + 1))
            record(.assign(lease, worker, attempt: job.tries(of: index).attempts + 1))
            leases.append(lease)
        }
        for lease in leases { dispatch(.assign, lease) }
    }

    // MARK: Telling the worker

    /// Says to the lease's worker what it must know next, unless it was told less than a heartbeat ago.
    mutating func dispatch(_ kind: Dispatch.Kind, _ lease: Lease) {
        if let last = dispatches[lease.epoch], last.kind == kind,
            now - last.time < Int64(configuration.terms.heartbeatMilliseconds)
        {
            return
        }
        guard let record = state.live(lease), sessions[record.worker]?.connection != nil,
            let message = message(kind, lease, record)
        else { return }
        dispatches[lease.epoch] = Dispatch(kind: kind, time: now)
        send(message, to: record.worker)
    }

    private func message(_ kind: Dispatch.Kind, _ lease: Lease, _ record: LeaseRecord) -> CoordinatorMessage? {
        guard let job = state.jobs[lease.task.job] else { return nil }
        switch kind {
        case .assign: return .assign(assignment(lease, record, job))
        case .start: return rendezvous(lease, job).map { .start(lease, $0) }
        case .stop: return .stop(lease, graceMilliseconds: graceMilliseconds(of: lease, job))
        }
    }

    private func graceMilliseconds(of lease: Lease, _ job: JobRecord) -> UInt32 {
        let halt = job.gang?.halt ?? job.array?.halted[lease.task.index]
        return !job.isCancelled && halt == .preempted
            ? configuration.preemptionGraceMilliseconds : configuration.stopGraceMilliseconds
    }

    private func assignment(_ lease: Lease, _ record: LeaseRecord, _ job: JobRecord) -> Assignment {
        let specification = job.specification
        return Assignment(
            lease: lease, program: specification.program,
            environment: specification.environment, workingDirectory: specification.workingDirectory,
            slots: specification.slots, isGang: specification.isGang, worldSize: job.gang?.size ?? 1,
            attempt: record.attempt, taskNumber: specification.taskNumber(of: lease.task.index),
            tenant: specification.tenant, memory: specification.requirements.memory,
            devices: specification.requirements.devices)
    }

    /// What a rank needs to meet the others. Rank 0's worker chose the port for this generation alone, so the ranks never
    /// meet the store of the generation before (pytorch#135712).
    private func rendezvous(_ lease: Lease, _ job: JobRecord) -> Rendezvous? {
        guard let gang = job.gang, let meeting = gang.meeting else { return nil }
        return Rendezvous(
            host: meeting.host, port: meeting.port, localRank: gang.localRank(of: lease.task.index),
            checkpointStep: job.checkpointStep)
    }

    // MARK: Hearing from the worker

    mutating func accepted(_ lease: Lease, port: UInt16, by name: WorkerName) {
        guard let record = state.live(lease), record.worker == name else { return count(.staleEpochRefused) }
        guard record.phase == .assigned else { return }
        self.record(.accept(lease, port: port))
        if state.jobs[lease.task.job]?.isGang == false { watchTimeLimit(of: lease) }
        advance(lease.task)
    }

    mutating func ended(_ lease: Lease, _ outcome: Outcome, on name: WorkerName) {
        guard let record = state.live(lease), record.worker == name else {
            if sessions[name]?.settled.contains(lease.epoch) != true { count(.staleEpochRefused) }
            return send(.settle(lease), to: name)
        }
        let isRank = state.jobs[lease.task.job]?.isGang == true
        // Only a worker that is about to leave stops a unit without being asked to: others are not to lose a try on it.
        if outcome == .stopped, state.jobs[lease.task.job]?.isStopping(lease.task.index) == false {
            sessions[name]?.isLeaving = true
        }
        // An end stands for the acceptance that was lost.
        if !isRank, record.phase == .assigned, outcome != .stopped { self.record(.accept(lease, port: 0)) }
        if outcome.isSuccess, !isRank || record.phase == .running {
            self.record(.finish(lease))
        } else {
            // A rank can't have succeeded before its gang was started.
            self.record(.fail(lease, outcome.isSuccess ? .stopped : outcome))
        }
        dispatches[lease.epoch] = nil
        sessions[name]?.settled.insert(lease.epoch)
        send(.settle(lease), to: name)
        needsScheduling = true
        advance(lease.task)
    }

    /// Compares what a worker says that it holds with what it should hold, and repeats what it must have missed.
    mutating func reconcile(_ name: WorkerName, holding held: [HeldLease]) {
        let listed = Set(held.map(\.lease.epoch))
        sessions[name]?.settled.formIntersection(listed)
        for holding in held { reconcile(holding, of: name) }
        for epoch in state.workers[name]?.leases ?? [] where !listed.contains(epoch) {
            guard let record = state.leases[epoch], let job = state.jobs[record.task.job] else { continue }
            if job.isStopping(record.task.index) {
                dispatch(.stop, Lease(record.task, epoch))
            } else if record.phase == .assigned {
                dispatch(.assign, Lease(record.task, epoch))
            }
        }
    }

    private mutating func reconcile(_ holding: HeldLease, of name: WorkerName) {
        let lease = holding.lease
        if case .finished(let outcome) = holding.phase { return ended(lease, outcome, on: name) }
        guard holds(name, lease) else { return send(.stop(lease, graceMilliseconds: 0), to: name) }
        if case .accepted(let port) = holding.phase {
            accepted(lease, port: port, by: name)
        } else if holding.phase != .queued, state.jobs[lease.task.job]?.isGang == false {
            accepted(lease, port: 0, by: name)
        }
        guard let job = state.jobs[lease.task.job], let record = state.live(lease) else { return }
        if job.isStopping(lease.task.index) {
            dispatch(.stop, lease)
        } else if holding.phase != .running, record.phase == .running {
            dispatch(.start, lease)
        }
    }
}
