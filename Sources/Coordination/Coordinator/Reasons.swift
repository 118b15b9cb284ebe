/// Why jobs wait, and why their units go where they go: for people.
extension Coordinator {
    /// What the scheduler would see now: the same for all jobs.
    struct Outlook {
        let view: SchedulingView
        let reservation: Reservation?
        /// The job for which others would be preempted, and how many units are stopping to make room.
        let preemptor: JobID?
        let unitsMakingRoom: Int
    }

    var outlook: Outlook {
        let view = view(capacity(at: now))
        guard !state.queue.isEmpty else {
            return Outlook(view: view, reservation: nil, preemptor: nil, unitsMakingRoom: 0)
        }
        let preempts = configuration.preemptionMilliseconds != nil
        return Outlook(
            view: view, reservation: policy.reservation(view), preemptor: preempts ? policy.preemptor(view)?.job : nil,
            unitsMakingRoom: preempts
                ? state.leases.values.count { state.jobs[$0.task.job]?.isMakingRoom($0.task.index) == true } : 0)
    }

    /// Such as `waits for 8 slots; reserved on w1, w3 from 14:02:10 UTC; 2 jobs ahead`; nil if nothing of the job waits.
    func waitingReason(_ job: JobRecord, _ outlook: Outlook) -> String? {
        if let reason = stoppingReason(job) ?? barrierReason(job) { return reason }
        if job.blockers > 0 {
            let open = Set(job.specification.after).filter { state.jobs[$0]?.end == nil }.sorted().map(\.description)
            return "waits for the end of \(open.joined(separator: ", "))"
        }
        guard job.waitingUnits > 0 else { return retryReason(job) ?? limitReason(job) }
        let demand = Demand(job)
        var parts = [want(demand, outlook.view)]
        if let reservation = outlook.reservation, reservation.job == job.id {
            let workers = reservation.units.keys.sorted().map(\.description).joined(separator: ", ")
            let time = reservation.start.map { " from \($0.timeOfDay) UTC" } ?? " once what runs there has ended"
            parts.append("reserved on \(workers)\(reservation.start == now ? "" : time)")
        }
        if outlook.preemptor == job.id, let reason = preemptionReason(job, outlook) { parts.append(reason) }
        let ahead = state.queue.jobsAhead(of: job.id)
        if ahead > 0 { parts.append("\(Self.count(UInt64(ahead), "job")) ahead") }
        return parts.joined(separator: "; ")
    }

    /// What it waits for: slots, a worker that would do, its tenant's quota, or its turn.
    private func want(_ demand: Demand, _ view: SchedulingView) -> String {
        let isOne = demand.isGang || demand.units == 1
        let waits = demand.isGang ? "waits" : "\(Self.count(UInt64(demand.units), "task")) wait\(isOne ? "s" : "")"
        guard view.demand(demand.job) != nil else {
            let quota = configuration.tenants.rules(of: demand.tenant).slots ?? 0
            let held = state.tenants[demand.tenant]?.used.slots ?? 0
            return "\(waits) for slots of its tenant: \(demand.tenant) may hold \(quota), and holds \(held)"
        }
        let wanted = demand.isGang ? demand.minimumUnits : 1
        let missing = wanted - min(wanted, view.capacity.units(of: demand))
        guard missing > 0 else { return "\(waits) for \(isOne ? "its" : "their") turn" }
        // What the workers that may get leases now could take if nothing ran there.
        let fitting = view.capacity.workers.map { worker in
            worker.isAllowed(demand) ? UInt64(state.workers[worker.name]?.capacity.units(of: demand.needs) ?? 0) : 0
        }.reduce(0, +)
        let away = away(demand)
        guard fitting > 0 else {
            return !state.workers.values.contains(where: \.isMember)
                ? "\(waits) for a worker: none is connected"
                : "\(waits) for a worker with \(Self.text(of: demand)): \(away.isEmpty ? "none of those connected" : away)"
        }
        let enough =
            demand.isGang && demand.minimumUnits < demand.units
            ? "; \(demand.minimumUnits) of its \(demand.units) ranks are enough" : ""
        guard fitting >= UInt64(wanted) else {
            return "\(waits) for workers: those that are here could hold \(fitting) of \(wanted) ranks\(enough)"
                + (away.isEmpty ? "" : "; \(away)")
        }
        let bySlots = view.capacity.workers.reduce(UInt64(0)) { sum, worker in
            sum + (worker.isAllowed(demand) ? worker.free.slots / max(demand.needs.slots, 1) : 0)
        }
        guard bySlots < UInt64(wanted) else { return "\(waits) for \(Self.text(of: demand, slots: false))\(enough)" }
        let (slots, all) = (UInt64(missing) * demand.needs.slots, UInt64(wanted) * demand.needs.slots)
        return "\(waits) for \(Self.count(slots, "slot"))\(slots == all ? "" : " of \(all)")\(enough)"
    }

    /// Members that would do, and get no leases now: such as `w1 is drained, w2 isn't heard`.
    private func away(_ demand: Demand) -> String {
        state.workers.sorted { $0.key < $1.key }.compactMap { name, record -> String? in
            guard record.isMember, record.isCordoned || isSuspect(name),
                record.capacity.units(of: demand.needs) > 0,
                demand.requirements.labels.allSatisfy({ record.offer.labels[$0.key] == $0.value })
            else { return nil }
            return "\(name) \(record.isCordoned ? "is drained" : "isn't heard")"
        }.prefix(5).joined(separator: ", ")
    }

    /// What is told to stop has a reason, too.
    private func stoppingReason(_ job: JobRecord) -> String? {
        guard job.isStopping, job.hasLiveLease else { return nil }
        let units = Self.count(UInt64(job.liveEpochs.count), job.isGang ? "rank" : "task")
        let rest = "\(units) \(job.liveEpochs.count == 1 ? "is" : "are") being stopped"
        if job.isCancelled { return "cancelled: \(rest)" }
        switch job.gang?.halt {
        case .preempted: return "makes room for another job: \(rest)"
        case .expired: return "its time limit is over: \(rest)"
        case nil: break
        }
        let broken = job.gang?.ranks.firstIndex { $0 == .lost || $0 == .failed || $0 == .stopped }
        let how = broken.flatMap { job.gang?.ranks[$0] } == .lost ? "lost its worker" : "failed"
        return "rank \(broken ?? 0) \(how): \(rest)"
    }

    /// A gang that holds its slots, and whose ranks haven't all said so.
    private func barrierReason(_ job: JobRecord) -> String? {
        guard let gang = job.gang, !gang.isStarted, !gang.isStopping, gang.workers.count == gang.size else {
            return nil
        }
        let missing = job.liveEpochs.compactMap { epoch -> String? in
            guard let lease = state.leases[epoch], lease.phase == .assigned else { return nil }
            return "rank \(lease.task.index) on \(lease.worker)"
        }
        return missing.isEmpty ? nil : "waits until these have accepted: \(missing.prefix(5).joined(separator: ", "))"
    }

    private func preemptionReason(_ job: JobRecord, _ outlook: Outlook) -> String? {
        guard let after = configuration.preemptionMilliseconds else { return nil }
        if outlook.unitsMakingRoom > 0 {
            return "\(Self.count(UInt64(outlook.unitsMakingRoom), "unit")) of others being stopped to make room"
        }
        let due = job.submitted + Int64(after)
        return now < due ? "others may be stopped for it from \(due.timeOfDay) UTC" : nil
    }

    private func retryReason(_ job: JobRecord) -> String? {
        guard case .waitUntil(let due) = job.nextStep(after: nil, at: now) else {
            let due = job.array.map { array in
                array.failed.lazy.filter(\.value.isTriedAgain).map { index, failed in
                    failed.time
                        + job.tries(of: index).delayMilliseconds(after: failed.reason, of: job.specification)
                }.min()
            }
            return (due ?? nil).map { "waits until \($0.timeOfDay) UTC before a task is tried again" }
        }
        return "waits until \(due.timeOfDay) UTC before it is tried again"
    }

    private func limitReason(_ job: JobRecord) -> String? {
        guard let limit = job.specification.concurrency, let array = job.array, array.waiting > 0, job.end == nil,
            !job.isCancelled
        else { return nil }
        return "\(Self.count(UInt64(array.waiting), "task")) wait: at most \(limit) of this array run at one time"
    }

    // MARK: Places

    /// How good each worker is for a unit of this job, the best first; and for one that can't take it, why.
    func explanation(_ job: JobRecord, _ capacity: Capacity) -> [String] {
        let demand = Demand(job)
        let able = capacity.workers.filter { $0.isAllowed(demand) }.sorted {
            let (a, b) = (Rank($0, demand), Rank($1, demand))
            return a == b ? $0.name < $1.name : a < b
        }
        let known = able.prefix(50).map { worker in
            let transfer = Rank.transfer(worker, demand)
            var line = "\(worker.name): done in about \((Rank.work(worker, demand) + transfer).asDuration)"
            line += " at \(worker.offer.speedPercent) % speed"
            if transfer > 0 { line += ", of it \(transfer.asDuration) to move its data" }
            if worker.offer.price > 0 { line += "; price \(worker.offer.price)" }
            let units = worker.units(of: demand)
            line += units > 0 ? "; has room for \(units)" : "; full: \(lack(worker, demand))"
            return line
        }
        return known
            + state.workers.sorted { $0.key < $1.key }.compactMap { name, record in
                record.isMember && !able.contains { $0.name == name }
                    ? "\(name): \(refusal(name, record, demand))" : nil
            }.prefix(50)
    }

    private func lack(_ worker: Capacity.Worker, _ demand: Demand) -> String {
        let (free, needs) = (worker.free, demand.needs)
        if free.slots < needs.slots { return "\(free.slots) of \(needs.slots) slots free" }
        if free.cores < needs.cores { return "\(free.cores) of \(needs.cores) cores free" }
        if free.memory < needs.memory { return "\(free.memory >> 20) of \(needs.memory >> 20) MiB free" }
        for (kind, amount) in needs.devices.sorted(by: { $0.key < $1.key }) where free.devices[kind] ?? 0 < amount {
            return "\(free.devices[kind] ?? 0) of \(amount) \(kind) free"
        }
        return "nothing free"
    }

    private func refusal(_ name: WorkerName, _ record: WorkerRecord, _ demand: Demand) -> String {
        if record.isCordoned { return "is drained" }
        if sessions[name]?.isLeaving == true { return "is shutting down" }
        if isSuspect(name) { return "isn't heard" }
        for (label, value) in demand.requirements.labels.sorted(by: { $0.key < $1.key })
        where record.offer.labels[label] != value {
            return "has \(label) \(record.offer.labels[label] ?? "unset"), not \(value)"
        }
        return "can't take it"
    }

    private static func text(of demand: Demand, slots: Bool = true) -> String {
        let (needs, requirements) = (demand.needs, demand.requirements)
        var parts = slots ? [count(needs.slots, "slot")] : []
        if needs.cores > 0 { parts.append(count(needs.cores, "core")) }
        if needs.memory > 0 { parts.append("\(needs.memory >> 20) MiB") }
        parts += needs.devices.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        parts += requirements.labels.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return parts.joined(separator: ", ")
    }

    static func count(_ number: UInt64, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }
}

extension Timestamp {
    /// `14:02:10`, in UTC.
    var timeOfDay: String {
        let seconds = (milliseconds / 1000) % 86_400
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(seconds / 3600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }
}
