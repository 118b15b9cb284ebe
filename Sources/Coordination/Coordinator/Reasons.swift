/// Why jobs wait, and why their units go where they go: for people.
extension Coordinator {
    /// What the scheduler would see now: the same for all jobs.
    struct Outlook {
        let view: SchedulingView
        let reservation: Reservation?
    }

    var outlook: Outlook {
        let view = view(capacity(at: now))
        return Outlook(view: view, reservation: state.queue.isEmpty ? nil : policy.reservation(view))
    }

    /// Such as `waits for 8 slots; reserved on w1, w3 from 14:02:10 UTC; 2 jobs ahead`; nil if nothing of the job waits.
    func waitingReason(_ job: JobRecord, _ outlook: Outlook) -> String? {
        if job.blockers > 0 {
            let open = job.specification.after.filter { state.jobs[$0].map { $0.end == nil } ?? false }.map(
                \.description)
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
        let ahead = state.queue.jobsAhead(of: job.id)
        if ahead > 0 { parts.append("\(Self.count(UInt64(ahead), "job")) ahead") }
        return parts.joined(separator: "; ")
    }

    /// What it waits for: slots, a worker that would do, its tenant's quota, or its turn.
    private func want(_ demand: Demand, _ view: SchedulingView) -> String {
        let isOne = demand.isGang || demand.units == 1
        let waits = demand.isGang ? "waits" : "\(Self.count(UInt64(demand.units), "task")) wait\(isOne ? "s" : "")"
        guard !view.capacity.workers.isEmpty else { return "\(waits) for a worker: none is connected" }
        guard view.demand(demand.job) != nil else {
            let quota = configuration.tenants.rules(of: demand.tenant).slots ?? 0
            return "\(waits) for slots of its tenant: \(demand.tenant) may hold \(quota)"
        }
        let wanted = demand.isGang ? demand.minimumUnits : 1
        let missing = wanted - min(wanted, view.capacity.units(of: demand))
        guard missing > 0 else { return "\(waits) for \(isOne ? "its" : "their") turn" }
        let fitting = view.capacity.workers.filter { worker in
            worker.isAllowed(demand)
                && (state.workers[worker.name]?.capacity.units(of: demand.needs) ?? 0) > 0
        }
        guard !fitting.isEmpty else {
            return "\(waits) for a worker with \(Self.text(of: demand)): none of those connected"
        }
        let (slots, all) = (UInt64(missing) * demand.needs.slots, UInt64(wanted) * demand.needs.slots)
        return "\(waits) for \(Self.count(slots, "slot"))\(slots == all ? "" : " of \(all)")"
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
    func explanation(_ job: JobRecord) -> [String] {
        let demand = Demand(job)
        let capacity = capacity(at: now)
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
        if isSilent(name) { return "isn't heard" }
        for (label, value) in demand.requirements.labels.sorted(by: { $0.key < $1.key })
        where record.offer.labels[label] != value {
            return "has \(label) \(record.offer.labels[label] ?? "unset"), not \(value)"
        }
        return "can't take it"
    }

    private static func text(of demand: Demand) -> String {
        let (needs, requirements) = (demand.needs, demand.requirements)
        var parts = [count(needs.slots, "slot")]
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
