/// Who waits, in submission order, as far as the tenants' quotas leave them room: the tenants' queues, merged. A tenant at its quota
/// costs one look, however much it has waiting: it holds nobody back but itself.
struct WaitingDemands: Sequence, IteratorProtocol {
    private struct Line {
        var next: Demand
        var rest: ArraySlice<JobID>
    }

    private let view: SchedulingView
    private var lines: [Line] = []
    /// A bound, so that a flood of jobs can't make each decision dear.
    private var left = SchedulingView.backfillDepth

    init(_ queues: some Sequence<(tenant: String, queue: JobQueue)>, in view: SchedulingView) {
        self.view = view
        for (tenant, queue) in queues where view.hasQuotaLeft(tenant) {
            var rest = queue.jobs.prefix(SchedulingView.backfillDepth)
            if let next = Self.take(from: &rest, view) { lines.append(Line(next: next, rest: rest)) }
        }
    }

    /// The one that `next` gives.
    var first: Demand? { left > 0 ? firstLine.map { lines[$0].next } : nil }

    private var firstLine: Int? { lines.indices.min { lines[$0].next.job < lines[$1].next.job } }

    mutating func next() -> Demand? {
        guard left > 0, let first = firstLine else { return nil }
        left -= 1
        let demand = lines[first].next
        if let next = Self.take(from: &lines[first].rest, view) {
            lines[first].next = next
        } else {
            lines.remove(at: first)
        }
        return demand
    }

    private static func take(from jobs: inout ArraySlice<JobID>, _ view: SchedulingView) -> Demand? {
        while let job = jobs.popFirst() { if let demand = view.demand(job) { return demand } }
        return nil
    }
}

extension SchedulingView {
    /// Of all jobs.
    var waiting: WaitingDemands {
        WaitingDemands(state.tenants.lazy.map { (tenant: $0.key, queue: $0.value.queue) }, in: self)
    }

    /// Of those of one priority.
    func waiting(at priority: Int32) -> WaitingDemands {
        WaitingDemands((state.levels[priority] ?? [:]).lazy.map { (tenant: $0.key, queue: $0.value) }, in: self)
    }

    fileprivate func hasQuotaLeft(_ tenant: String) -> Bool {
        guard let quota = tenants.rules(of: tenant).slots else { return true }
        return state.tenants[tenant]?.used.slots ?? 0 < quota
    }
}
