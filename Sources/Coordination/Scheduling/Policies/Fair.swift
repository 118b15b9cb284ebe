/// The default: every tenant gets its share, and every admitted job its turn.
///
/// 1. **Shares.** The tenant whose dominant share (the largest share of any one resource that its units hold), divided by
///    its weight, is smallest goes first: dominant-resource fairness (Ghodsi et al., NSDI 2011). Within a tenant,
///    submission order.
/// 2. **Ageing.** A tenant's first job ages with every unit that anybody starts. Once `patience` units for each slot of the
///    cluster have started since it became the first, it goes before all that have not waited for so long, the
///    longest-waiting first, whatever its tenant's share.
/// 3. **Reservation.** The first job in this order that doesn't fit leads: it gets a reservation, and the rest may only
///    backfill. It leads until it starts, also if another tenant's share becomes smaller meanwhile.
/// 4. **Quotas.** Of a tenant's quota, what its first job needs is kept for it once it is aged: of the tenant's own jobs only
///    those start that leave it that much.
///
/// **The bound.** Let a job be its tenant's first, when T tenants have jobs waiting and the cluster has S slots. At most
/// `patience`·S units start before it is aged. From then on at most T others lead before it: the one that leads already,
/// and the first jobs of the T − 1 other tenants, each once, because every job that becomes a first one later is younger.
/// While a job leads, the start of its reservation never moves back: only units outside of it, or with a time limit that
/// ends before it, are granted, so the job waits for no unit that started after it began to lead. So it starts at the latest
/// when T + 1 runs of the longest unit are over after its ageing, whatever anybody submits; if it has to wait for its
/// tenant's quota first, that is one run more. (If units end, and the workers that it needs stay.)
public struct Fair: SchedulingPolicy {
    public static let name = "fair"

    /// Units started for each slot of the cluster before a waiting job is aged.
    public let patience: UInt32

    /// How many jobs of a tenant that wait for workers that are away are passed over.
    private static let misfits = 8

    public init(patience: UInt32 = 4) { self.patience = patience }

    public func next(_ view: SchedulingView) -> Decision {
        guard !view.capacity.isExhausted else { return Decision(leader: view.leader) }
        let lines = lines(view)
        // Mostly the first one fits, and then the others need no sorting.
        guard let first = lines.min(), let demand = first.quota.demand(first.job, view) else { return Decision() }
        if let grant = view.place(demand) ?? view.placeAhead(demand) { return Decision(grant: grant) }
        return view.firstThatFits(order(lines, view))
    }

    public func reservation(_ view: SchedulingView) -> Reservation? {
        preemptor(view).flatMap(view.reservation)
    }

    public func preemptor(_ view: SchedulingView) -> Demand? {
        order(lines(view), view).first { view.capacity.place($0) == nil && view.wouldFitIfIdle($0) }
    }

    public func unitsBeforeAgeing(slots: UInt64) -> UInt64? { UInt64(patience) * max(slots, 1) }

    // MARK: The order

    /// A tenant's first job that could start on an idle cluster within its quota, and what decides who goes first.
    struct Line: Comparable {
        let isLeader: Bool
        /// Since when it waits, if it is aged. Age is that of the tenant's very first: what only comes in its place while it
        /// can't start at all goes by share, so that it gains nothing from it.
        let agedSince: Epoch?
        let share: Double
        let job: JobID
        let tenant: String
        let quota: Quota

        static func < (a: Line, b: Line) -> Bool {
            if a.isLeader != b.isLeader { return a.isLeader }
            return switch (a.agedSince, b.agedSince) {
            case (let a?, let b?) where a != b: a < b
            case (_?, nil): true
            case (nil, _?): false
            default: (a.share, a.job) < (b.share, b.job)
            }
        }
    }

    /// What a tenant's jobs may take of its quota: the first in its queue all of it, the others what is not kept for that one.
    struct Quota: Equatable {
        let first: JobID
        /// Slots.
        let kept: UInt64

        func demand(_ id: JobID, _ view: SchedulingView) -> Demand? { view.demand(id, keeping: id == first ? 0 : kept) }
    }

    private func lines(_ view: SchedulingView) -> [Line] {
        let total = view.state.total
        let patience = unitsBeforeAgeing(slots: total.slots) ?? 0
        return view.state.tenants.compactMap { name, tenant in
            let waiting = tenant.queue.jobs
            guard let first = waiting.first else { return nil }
            let isAged = view.state.age(of: tenant) >= patience
            let quota = Quota(first: first, kept: isAged ? view.slotsOfQuota(for: first) : 0)
            let leader = view.leader.flatMap { tenant.queue.contains($0) && quota.demand($0, view) != nil ? $0 : nil }
            let others = waiting.prefix(SchedulingView.backfillDepth).lazy.compactMap { quota.demand($0, view) }
            guard let job = leader ?? firstThatCould(others, view) else { return nil }
            let weight = Double(max(view.tenants.rules(of: name).weight, 1))
            return Line(
                isLeader: leader != nil, agedSince: isAged && job == first ? tenant.waitingSince : nil,
                share: tenant.used.dominantShare(of: total) / weight, job: job, tenant: name, quota: quota)
        }
    }

    /// What waits for workers that are away doesn't keep its tenant's other jobs out of their turn. Few are looked at: each
    /// costs a look at all workers.
    private func firstThatCould(_ demands: some Sequence<Demand>, _ view: SchedulingView) -> JobID? {
        var first: JobID?
        for demand in demands.prefix(Self.misfits) {
            if view.wouldFitIfIdle(demand) { return demand.job }
            first = first ?? demand.job
        }
        return first
    }

    /// The first jobs of all tenants, and then, tenant by tenant, some of those behind them.
    private func order(_ lines: [Line], _ view: SchedulingView) -> some Sequence<Demand> {
        let lines = lines.sorted()
        var jobs = lines.map { (line: $0, job: $0.job) }
        let depth = jobs.count + SchedulingView.backfillDepth
        for line in lines where jobs.count < depth {
            let behind = view.state.tenants[line.tenant]?.queue.jobs.lazy.filter { $0 != line.job }
            jobs += (behind?.prefix(depth - jobs.count)).map { $0.map { (line, $0) } } ?? []
        }
        return jobs.lazy.compactMap { $0.line.quota.demand($0.job, view) }
    }
}
