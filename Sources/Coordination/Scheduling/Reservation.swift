/// Slots that are kept for the first job that doesn't fit, so that what comes behind it can't push it back for ever.
///
/// It lies where the job could start earliest if nothing new were granted. Others may be granted meanwhile only what
/// leaves it room: slots outside of it, or slots in it which they are sure to have given back by then (Mu'alem and
/// Feitelson, "Utilization, predictability, workloads, and user runtime estimates in scheduling the IBM SP2 with
/// backfilling", IEEE TPDS 2001). A unit without a time limit is never sure to give anything back in time.
public struct Reservation: Hashable, Sendable {
    public let job: JobID
    /// When it could start at the latest, by the time limits of what runs there; nil if something there has none.
    public let start: Timestamp?
    /// Units of the job, by worker.
    public let units: [WorkerName: UInt32]
    /// What units that don't end in time may take of those workers.
    let spare: [WorkerName: Resources]
}

extension SchedulingView {
    /// The earliest reservation for the demand; nil if it wouldn't fit even if nothing ran.
    func reservation(for demand: Demand) -> Reservation? {
        var future = capacity
        if let reservation = reservation(for: demand, in: future, start: now) { return reservation }
        let releases = releases(in: future, of: demand)
        var next = 0
        while next < releases.count {
            let end = releases[next].end
            while next < releases.count, releases[next].end == end {
                future.workers[releases[next].worker].free.add(releases[next].needs)
                next += 1
            }
            guard future.units(of: demand) >= demand.minimumUnits else { continue }
            return reservation(for: demand, in: future, start: end < Self.unknown ? Timestamp(milliseconds: end) : nil)
        }
        return nil
    }

    private func reservation(for demand: Demand, in future: Capacity, start: Timestamp?) -> Reservation? {
        guard future.units(of: demand) >= demand.minimumUnits,
            let placed = future.pack(demand, units: demand.minimumUnits)
        else { return nil }
        let units = placed.reduce(into: [WorkerName: UInt32]()) { $0[$1, default: 0] += 1 }
        var spare: [WorkerName: Resources] = [:]
        for worker in future.workers {
            if let units = units[worker.name] {
                spare[worker.name] = worker.free.subtracting(demand.needs, times: UInt64(units))
            }
        }
        return Reservation(job: demand.job, start: start, units: units, spare: spare)
    }

    private struct Release {
        let end: Int64
        let worker: Int
        let needs: Resources
    }

    /// Beyond all times: ends that nobody knows, in the order in which the leases were granted. So what is granted later never
    /// comes before what is there, and a reservation only moves forward.
    private static let unknown = Int64.max / 2

    private func releases(in future: Capacity, of demand: Demand) -> [Release] {
        var releases: [Release] = []
        for (index, worker) in future.workers.enumerated() where worker.isAllowed(demand) {
            guard let record = state.workers[worker.name] else { continue }
            var over = record.used.slots > record.capacity.slots ? record.used.slots - record.capacity.slots : 0
            for epoch in record.leases.reversed() {
                guard let lease = state.leases[epoch], let job = state.jobs[lease.task.job] else { continue }
                // What waits there for a slot gives none back when it ends.
                if over > 0, lease.phase == .assigned, !job.isGang {
                    over -= min(over, job.specification.needs.slots)
                    continue
                }
                releases.append(
                    Release(
                        end: end(of: lease, epoch, job.specification), worker: index, needs: job.specification.needs))
            }
        }
        return releases.sorted { ($0.end, $0.worker) < ($1.end, $1.worker) }
    }

    private func end(of lease: LeaseRecord, _ epoch: Epoch, _ specification: JobSpecification) -> Int64 {
        guard let limit = specification.timeLimitMilliseconds else { return Self.unknown + Int64(epoch.number) }
        return max(now, (lease.started ?? lease.granted) + limit + graceMilliseconds).milliseconds
    }

    /// What is left for others while the reservation is kept.
    func capacity(keeping reservation: Reservation, for demand: Demand) -> Capacity {
        if let start = reservation.start, let limit = demand.timeLimitMilliseconds,
            now + limit + graceMilliseconds <= start
        {
            return capacity
        }
        var capacity = capacity
        for index in capacity.workers.indices {
            if let spare = reservation.spare[capacity.workers[index].name] {
                capacity.workers[index].free = capacity.workers[index].free.limited(to: spare)
            }
        }
        return capacity
    }
}
