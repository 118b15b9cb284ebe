/// Takes slots for gangs piece by piece: each free slot goes to the waiting job that has least, and a gang holds what it
/// has while it waits for the rest. For the deadlock lab: two gangs that each hold a half wait for each other for ever
/// (hold and wait; volcano#3373). Its `assign`s are those of any lease, so the journal shows who holds what.
public struct GreedyGang: SchedulingPolicy {
    public static let name = "greedy-gang"
    public static let grantsPieces = true

    public init() {}

    public func next(_ view: SchedulingView) -> Decision {
        var poorest: (job: JobID, held: UInt32, worker: WorkerName)?
        for demand in view.waiting {
            guard let job = view.state.jobs[demand.job] else { continue }
            let held = job.gang?.live ?? UInt32(job.array?.live.count ?? 0)
            if let poorest, poorest.held <= held { continue }
            if let worker = view.capacity.place(demand.onePiece)?.first { poorest = (demand.job, held, worker) }
        }
        return Decision(grant: poorest.map { Grant(job: $0.job, workers: [$0.worker]) })
    }
}

extension Demand {
    /// One of its units alone.
    fileprivate var onePiece: Demand {
        Demand(
            job: job, tenant: tenant, isGang: isGang, units: 1, minimumUnits: 1, needs: needs,
            requirements: requirements, timeLimitMilliseconds: timeLimitMilliseconds)
    }
}
