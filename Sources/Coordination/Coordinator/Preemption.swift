/// Room for a job that waits too long: tasks that wait on workers ahead of their slots are taken back, and units of tenants
/// that hold more than their share are stopped, with a grace for a checkpoint.
extension Coordinator {
    /// After the last grant: what the job that leads the queue needs is made free, as far as the operator allows that.
    mutating func makeRoom(_ capacity: Capacity) {
        let isAhead = state.workers.values.contains { $0.used.slots > $0.capacity.slots }
        guard isAhead || configuration.preemptionMilliseconds != nil, !state.queue.isEmpty,
            let demand = policy.preemptor(view(capacity))
        else { return }
        // A task that may itself wait ahead has no better claim than those that do.
        if isAhead, demand.isGang || demand.requirements != Requirements() { takeBack(for: demand, capacity) }
        guard let after = configuration.preemptionMilliseconds, let job = state.jobs[demand.job] else { return }
        let due = job.submitted + Int64(after)
        if now >= due {
            preempt(for: demand, capacity)
        } else if preemptionDue.map({ due < $0 }) ?? true {
            preemptionDue = due
            agenda.add(.preemption, at: due)
        }
    }

    /// Where tasks wait ahead of their slots on workers that the leading job is to get, the slots would go to them. They
    /// haven't begun, so nothing is lost when others run them.
    private mutating func takeBack(for demand: Demand, _ capacity: Capacity) {
        let ahead = capacity.workers.filter { worker in
            state.workers[worker.name].map { $0.used.slots > $0.capacity.slots } ?? false
        }
        guard !ahead.isEmpty, let reservation = policy.reservation(view(capacity)), reservation.job == demand.job else {
            return
        }
        for worker in ahead where reservation.units[worker.name] != nil {
            guard let record = state.workers[worker.name] else { continue }
            var over = record.used.slots - record.capacity.slots
            for epoch in record.leases.reversed() where over > 0 {
                // A rank that its worker hasn't accepted yet waits for slots that are its gang's.
                guard let lease = state.leases[epoch], lease.phase == .assigned,
                    state.jobs[lease.task.job]?.isGang == false
                else { continue }
                over -= min(over, UInt64(lease.slots))
                preempt(Lease(lease.task, epoch))
            }
        }
    }

    /// Stops the youngest units of tenants that would still have no smaller share than the waiting one, until the waiting
    /// job fits; none if all of them together wouldn't be enough. A gang can only give all: it does if its tenant has the
    /// larger share now. That can't go back and forth, because it would need more for itself than the others then have. What was
    /// stopped often enough before is left to run to its end.
    private mutating func preempt(for demand: Demand, _ capacity: Capacity) {
        var future = capacity
        let indices = Dictionary(uniqueKeysWithValues: future.workers.enumerated().map { ($1.name, $0) })
        func give(back lease: LeaseRecord) {
            guard let index = indices[lease.worker], let needs = state.jobs[lease.task.job]?.specification.needs else {
                return
            }
            future.workers[index].free.add(needs)
        }
        var used = state.tenants.mapValues(\.used)
        // What is already on its way out.
        for lease in state.leases.values {
            guard let job = state.jobs[lease.task.job], job.isStopping(lease.task.index) else { continue }
            give(back: lease)
            used[job.specification.tenant]?.subtract(job.specification.needs)
        }
        guard future.units(of: demand) < demand.minimumUnits else { return }
        let goal = share(of: demand.tenant, adding: demand)
        var victims: [Lease] = []
        for (epoch, record) in state.leases.sorted(by: { $0.key > $1.key }) {
            guard let job = state.jobs[record.task.job], job.specification.tenant != demand.tenant,
                !job.isStopping(record.task.index), indices[record.worker] != nil,
                job.tries(of: record.task.index).preemptions < configuration.preemptionsPerUnit,
                !victims.contains(where: { $0.task.job == job.id && job.isGang })
            else { continue }
            let tenant = job.specification.tenant
            let leases = job.isGang ? job.liveEpochs : [epoch]
            let rest = (used[tenant] ?? Resources()).subtracting(job.specification.needs, times: UInt64(leases.count))
            let now = share(of: tenant, using: used[tenant] ?? Resources())
            guard share(of: tenant, using: rest) >= goal || (job.isGang && now > goal) else { continue }
            used[tenant] = rest
            victims.append(Lease(record.task, epoch))
            for epoch in leases { if let lease = state.leases[epoch] { give(back: lease) } }
            if future.units(of: demand) >= demand.minimumUnits { break }
        }
        guard future.units(of: demand) >= demand.minimumUnits else { return }
        for victim in victims { preempt(victim) }
    }

    private func share(of tenant: String, using used: Resources) -> Double {
        used.dominantShare(of: state.total) / Double(max(configuration.tenants.rules(of: tenant).weight, 1))
    }

    private func share(of tenant: String, adding demand: Demand) -> Double {
        var used = state.tenants[tenant]?.used ?? Resources()
        used.add(demand.needs, times: UInt64(demand.minimumUnits))
        return share(of: tenant, using: used)
    }
}
