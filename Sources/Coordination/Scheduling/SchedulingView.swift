/// What a policy decides upon: who waits, what is held by whom, and what is free.
public struct SchedulingView: Sendable {
    let state: ClusterState
    public var capacity: Capacity
    /// The present time, against which time limits are held.
    public let now: Timestamp
    /// How long a unit may take to end after it was told to stop, in milliseconds.
    let graceMilliseconds: Int64
    let tenants: TenantRules
    /// The job that the last decision kept slots for.
    let leader: JobID?

    /// How many waiting jobs a policy looks at behind the first that doesn't fit. A bound, so that a flood of jobs can't
    /// make each decision dear.
    static let backfillDepth = 64

    /// The job's demand within its tenant's quota; nil if the quota leaves it no room now.
    func demand(_ id: JobID) -> Demand? { demand(id, keeping: 0) }

    /// The same with so many slots of the quota kept for another of the tenant's jobs.
    func demand(_ id: JobID, keeping kept: UInt64) -> Demand? {
        guard let job = state.jobs[id] else { return nil }
        var demand = Demand(job)
        guard let quota = tenants.rules(of: demand.tenant).slots else { return demand }
        let used = state.tenants[demand.tenant]?.used.slots ?? 0
        let room = UInt64(quota) - min(UInt64(quota), used + kept)
        demand.units = min(demand.units, UInt32(clamping: room / max(demand.needs.slots, 1)))
        return demand.units >= demand.minimumUnits && demand.units > 0 ? demand : nil
    }

    /// The slots of its tenant's quota that the job needs to start; none if there is no quota, if nothing of it is left for
    /// anybody, or if the job couldn't start even if nothing ran: what waits for workers that are away, or for a larger
    /// quota, is kept nothing.
    func slotsOfQuota(for id: JobID) -> UInt64 {
        guard let job = state.jobs[id], let quota = tenants.rules(of: job.specification.tenant).slots,
            state.tenants[job.specification.tenant]?.used.slots ?? 0 < quota
        else { return 0 }
        let demand = Demand(job)
        let slots = UInt64(demand.minimumUnits) * demand.needs.slots
        return slots <= quota && wouldFitIfIdle(demand) ? slots : 0
    }

    /// Whether it could start if nothing ran on the workers that may get leases now.
    func wouldFitIfIdle(_ demand: Demand) -> Bool {
        var units: UInt64 = 0
        for worker in capacity.workers where worker.isAllowed(demand) {
            units += UInt64(state.workers[worker.name]?.capacity.units(of: demand.needs) ?? 0)
            if units >= demand.minimumUnits { return true }
        }
        return false
    }

    func place(_ demand: Demand) -> Grant? {
        capacity.place(demand).map { Grant(job: demand.job, workers: $0) }
    }

    /// For the first in order that doesn't fit: a task may wait on a worker that takes tasks ahead. One that was taken back for somebody
    /// waits here: it may be first in order all the same, and would come and go as fast as messages do.
    func placeAhead(_ demand: Demand) -> Grant? {
        guard let array = state.jobs[demand.job]?.array,
            array.first.flatMap({ array.tries[$0]?.preemptions }) ?? 0 == 0
        else { return nil }
        return capacity.placeAhead(demand).map { Grant(job: demand.job, workers: $0) }
    }

    /// Backfilling: the first demand that fits; behind the first that doesn't, only what leaves its reservation alone.
    func firstThatFits(_ demands: some Sequence<Demand>) -> Decision {
        var reservation: Reservation?
        for demand in demands {
            if let reservation {
                var rest = self
                rest.capacity = capacity(keeping: reservation, for: demand)
                // Never ahead: the slot that a task waits for may be one that is kept.
                if let grant = rest.place(demand) { return Decision(grant: grant, leader: reservation.job) }
            } else if let grant = place(demand) ?? placeAhead(demand) {
                return Decision(grant: grant)
            } else {
                // One that wouldn't fit even on an idle cluster, while workers are away, holds nobody back.
                reservation = self.reservation(for: demand)
            }
        }
        return Decision(leader: reservation?.job)
    }
}
