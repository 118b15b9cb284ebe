@testable import Coordination

/// DESIGN's promises, as what must be true after every step.
extension World {
    mutating func check() {
        checkLeases()
        checkProcesses()
        checkSlots()
        if coordinator.state != folded { violations.append("what was recorded isn't the state") }
        for id in acknowledged where coordinator.state.jobs[id] == nil {
            violations.append("\(id) was acknowledged and is lost")
        }
    }

    /// At most one live lease a task, and a gang holds all of its slots or none.
    private mutating func checkLeases() {
        let state = coordinator.state
        let tasks = state.leases.values.map(\.task)
        if Set(tasks).count != tasks.count { violations.append("two live leases for one task: \(tasks)") }
        for job in state.jobs.values {
            if let gang = job.gang, gang.ranks.contains(.unassigned), !type(of: policy).grantsPieces {
                violations.append("\(job.id) holds a part of its slots")
            }
            if job.end != nil, job.hasLiveLease { violations.append("\(job.id) has ended and holds a lease") }
        }
    }

    /// What a worker runs, or could run, is a lease that the coordinator knows to be live; it is the only one of its task,
    /// and a gang's ranks are all of one generation.
    private mutating func checkProcesses() {
        var holders: [TaskID: Lease] = [:]
        var generations: [JobID: UInt32] = [:]
        for node in nodes {
            let held = (node.machine?.holdings.values).map { $0.filter { !$0.phase.isFinished }.map(\.lease) } ?? []
            for lease in Set(held).union(node.processes.keys) {
                if coordinator.state.live(lease)?.worker != node.name {
                    violations.append("\(node.name) holds \(lease), which isn't live")
                }
                if let other = holders.updateValue(lease, forKey: lease.task) {
                    violations.append("two live leases for one task: \(lease) and \(other)")
                }
            }
            for process in node.processes.values where process.assignment.isGang {
                let job = process.assignment.lease.task.job
                if let other = generations.updateValue(process.assignment.attempt, forKey: job),
                    other != process.assignment.attempt
                {
                    violations.append("two generations of \(job) run at once")
                }
            }
        }
    }

    private mutating func checkSlots() {
        let state = coordinator.state
        for (name, worker) in state.workers {
            let used = worker.leases.reduce(0) { $0 + (state.leases[$1]?.slots ?? 1000) }
            if used != worker.slotsUsed { violations.append("\(name) counts \(worker.slotsUsed) slots, uses \(used)") }
            if used > worker.slots + worker.offer.credit { violations.append("\(name) is oversubscribed") }
        }
        checkTenants()
        let counted = state.workers.values.reduce(0) { $0 + $1.leases.count }
        if counted != state.leases.count { violations.append("a lease without a worker") }
    }

    /// The tenants' books and the queues say what the jobs say.
    private mutating func checkTenants() {
        let state = coordinator.state
        let active = Dictionary(grouping: state.jobs.values.filter { $0.end == nil }, by: \.specification.tenant)
        if Set(active.keys) != Set(state.tenants.keys) { violations.append("tenants are \(state.tenants.keys)") }
        for (name, jobs) in active {
            guard let tenant = state.tenants[name] else { continue }
            let waiting = jobs.filter { $0.waitingUnits > 0 }.map(\.id).sorted()
            if Array(tenant.queue.jobs) != waiting { violations.append("\(name) queues \(tenant.queue.jobs)") }
            let queued = jobs.reduce(UInt64(0)) { $0 + UInt64($1.queuedUnits) }
            if tenant.queuedUnits != queued { violations.append("\(name) counts \(tenant.queuedUnits) units queued") }
            var used = Resources()
            for job in jobs { used.add(job.specification.needs, times: UInt64(job.liveEpochs.count)) }
            if tenant.used != used { violations.append("\(name) uses \(tenant.used), not \(used)") }
        }
        let waiting = state.jobs.values.filter { $0.waitingUnits > 0 }.map(\.id).sorted()
        if Array(state.queue.jobs) != waiting { violations.append("\(state.queue.jobs) are queued, not \(waiting)") }
        let levels = state.levels.values.flatMap { $0.values.flatMap(\.jobs) }
        if levels.sorted() != waiting { violations.append("the levels queue others") }
    }
}

extension Holding.Phase {
    var isFinished: Bool { if case .finished = self { true } else { false } }
}
