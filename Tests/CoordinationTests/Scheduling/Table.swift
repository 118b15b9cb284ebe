@testable import Coordination

/// A coordinator and workers that accept everything at once and end a unit when they are told to: the cluster as a policy
/// sees it, without a network.
struct Table {
    var core: Coordinator
    var time = Timestamp(milliseconds: 0)
    var running: [Lease] = []
    private var connections: [WorkerName: ConnectionID] = [:]
    private var sequences: [WorkerName: UInt64] = [:]
    private var keys = 0
    /// What ranks were told about where they meet, in order.
    private(set) var meetings: [(lease: Lease, rendezvous: Rendezvous)] = []

    init(_ policy: any SchedulingPolicy, configuration: CoordinatorConfiguration = .forTests) {
        core = Coordinator(configuration: configuration, policy: policy)
        _ = core.start(at: time)
    }

    init(_ policy: any SchedulingPolicy, slots: [UInt32], configuration: CoordinatorConfiguration = .forTests) {
        self.init(policy, configuration: configuration)
        for (index, slots) in slots.enumerated() { join("w\(index)", slots: slots) }
    }

    /// - Parameter phase: how far a unit is that runs on the worker when it joins.
    mutating func join(
        _ name: String, slots: UInt32, offer: WorkerOffer = WorkerOffer(), incarnation: UInt64 = 1,
        phase: (Lease, Coordinator) -> HeldLease.Phase = { _, _ in .running }
    ) {
        let name = WorkerName(name)!
        connections[name] = ConnectionID(UInt64(connections.count + 1))
        sequences[name] = 1
        let join = Join(
            worker: name, incarnation: Incarnation(incarnation), sequence: 1, slots: slots, host: "h",
            held: running.filter { core.state.live($0)?.worker == name }.map { HeldLease($0, phase($0, core)) },
            offer: offer)
        give(.worker(.join(join), connections[name]!))
    }

    /// The coordinator ends, and comes back with another policy; the workers join again.
    mutating func restart(_ policy: any SchedulingPolicy, slots: [UInt32]) {
        let snapshot = core.snapshot
        core = Coordinator(configuration: .forTests, policy: policy)
        core.restore(snapshot)
        _ = core.start(at: time)
        connections = [:]
        for (index, slots) in slots.enumerated() {
            join("w\(index)", slots: slots) { lease, core in
                core.state.live(lease)?.started == nil ? .accepted(port: 1) : .running
            }
        }
    }

    @discardableResult
    mutating func submit(_ job: JobSpecification, tenant: String = "a") -> ClientReply? {
        var job = job
        job.tenant = tenant
        keys += 1
        return ask(.submit(job, key: "\(keys)"))
    }

    @discardableResult
    mutating func ask(_ request: ClientRequest) -> ClientReply? {
        let effects = give(.client(request, ConnectionID(1000), request: 1))
        for effect in effects { if case .reply(let reply, _, _) = effect { return reply } }
        return nil
    }

    /// Ends the unit.
    mutating func end(_ lease: Lease, _ outcome: Outcome = .exited(code: 0)) {
        running.removeAll { $0 == lease }
        guard let worker = core.state.live(lease)?.worker, let connection = connections[worker] else { return }
        give(.worker(.finish(lease, outcome), connection))
    }

    /// Ends the first of the job's units that runs.
    mutating func end(job: UInt64, _ outcome: Outcome = .exited(code: 0)) {
        if let lease = running.first(where: { $0.task.job == JobID(job) }) { end(lease, outcome) }
    }

    /// The worker goes away, and what it held with it.
    mutating func leave(_ name: WorkerName) {
        let held = running.filter { core.state.live($0)?.worker == name }
        running.removeAll { held.contains($0) }
        give(.worker(.leave, connections[name]!))
    }

    /// A message of the worker's.
    mutating func say(_ message: WorkerMessage, from name: WorkerName) { give(.worker(message, connections[name]!)) }

    /// Ends whatever runs, until nothing does.
    mutating func runToTheEnd() {
        while let lease = running.first { end(lease) }
    }

    /// Time passes, and all workers are heard meanwhile, save those that are silent.
    mutating func pass(milliseconds: Int64, silent: Set<WorkerName> = []) {
        let goal = time + milliseconds
        while time < goal {
            time = min(goal, time + 100)
            for (name, connection) in connections.sorted(by: { $0.key < $1.key }) where !silent.contains(name) {
                sequences[name]! += 1
                let held = running.filter { core.state.live($0)?.worker == name }.map { HeldLease($0, .running) }
                let beat = Heartbeat(incarnation: Incarnation(1), sequence: sequences[name]!, held: held)
                give(.worker(.heartbeat(beat), connection))
            }
            give(.clock)
        }
    }

    @discardableResult
    private mutating func give(_ input: CoordinatorInput) -> [CoordinatorEffect] {
        let effects = core.handle(input, at: time)
        for effect in effects {
            guard case .send(let message, let connection) = effect else { continue }
            switch message {
            case .assign(let assignment):
                guard core.state.live(assignment.lease)?.phase == .assigned else { continue }
                running.append(assignment.lease)
                give(.worker(.accept(assignment.lease, port: UInt16(assignment.lease.epoch.number)), connection))
            case .start(let lease, let rendezvous): meetings.append((lease, rendezvous))
            case .stop(let lease, _):
                running.removeAll { $0 == lease }
                give(.worker(.finish(lease, .stopped), connection))
            default: break
            }
        }
        return effects
    }

    // MARK: What is seen

    /// Units that hold a lease, by job.
    var holding: [UInt64: Int] {
        core.state.leases.values.reduce(into: [:]) { $0[$1.task.job.number, default: 0] += 1 }
    }

    /// Units that hold a lease, by tenant.
    var shares: [String: Int] {
        core.state.leases.values.reduce(into: [:]) {
            $0[core.state.jobs[$1.task.job]?.specification.tenant ?? "", default: 0] += 1
        }
    }

    /// The worker that holds the first of the job's units.
    func worker(of job: UInt64) -> WorkerName? {
        core.state.leases.sorted { $0.key < $1.key }.first { $0.value.task.job == JobID(job) }?.value.worker
    }

    func succeeded(_ jobs: [UInt64]) -> Bool { jobs.allSatisfy { core.state.jobs[JobID($0)]?.end == .succeeded } }
    func hasStarted(_ job: UInt64) -> Bool { core.state.jobs[JobID(job)]?.started != nil }
    func reason(_ job: UInt64) -> String? { core.job(JobID(job))?.summary.reason }
}
