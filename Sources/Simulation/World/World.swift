import Coordination

/// A whole cluster in one thread: the real coordinator and the real workers, on a clock, a network, disks and hosts that
/// are made up, and do what a schedule says. Everything that a shell does around the two state machines is done here in
/// the shells' order, and by no real time: the same schedule is the same run.
///
/// After each step the referee holds what happened against the promises.
final class World {
    let schedule: Schedule
    let noise: Noise
    var configuration: CoordinatorConfiguration
    /// The longest lease of all terms so far, in milliseconds.
    var longestLease: Int64
    let policy: any SchedulingPolicy

    /// Microseconds of true time.
    var now: Int64 = 0
    var queue = EventQueue()
    /// The faults have stopped.
    var isDraining = false
    var isOver = false
    var steps = 0
    /// Steps since time last went on.
    var stepsAtOnce = 0

    var coordinator: CoordinatorHost
    /// What so many entries of the journal say.
    var replayed: (state: ClusterSnapshot, entries: Int)?
    var workers: [WorkerHost]
    var network: Network
    var clients: [Client] = []
    /// By a submission's number: where its clients begin.
    var firstClients: [Int: Int] = [:]
    var orders: [Order] = []
    var gangs: [JobID: GangRun] = [:]
    /// Units that were killed, until their agents see it.
    var pendingEnds: [Int: Lease] = [:]

    var referee: Referee
    var statistics: Statistics

    /// The first moment at which a promise was broken.
    var violation: Violation?
    /// True time of the last recorded event, in microseconds.
    var lastProgress: Int64 = 0
    /// How often each task was granted a lease since the faults stopped.
    private var grants: [TaskID: Int] = [:]

    /// What the host's clocks show when the world begins: a day in 2023.
    static let dawn: Int64 = 1_700_000_000_000

    init(_ schedule: Schedule, policy: any SchedulingPolicy) {
        self.schedule = schedule
        self.policy = policy
        noise = Noise(seed: schedule.seed)
        let cluster = schedule.cluster
        configuration = Self.configuration(of: cluster)
        longestLease = Int64(cluster.lease)
        coordinator = CoordinatorHost(clock: HostClock(base: Self.dawn, drift: cluster.drift[0]))
        workers = cluster.workers.enumerated().map { index, slots in
            WorkerHost(
                index: index, name: WorkerName("w\(index)")!, slots: slots, offer: cluster.offers[index],
                clock: HostClock(base: Self.dawn + Int64(index) * 77_777, drift: cluster.drift[index + 1]))
        }
        network = Network(workers: workers.count)
        referee = Referee(configuration: configuration, policy: type(of: policy).name)
        referee.fairness = Self.fairness(schedule, configuration, policy)
        statistics = Statistics(tenants: [])
        for (index, incident) in schedule.incidents.enumerated() {
            if case .message(let link, let number, let fault) = incident.action {
                network.expected[Network.Key(link, number)] = fault
            } else {
                queue.add(.incident(index), at: incident.time * 1000)
            }
        }
        queue.add(.coordinatorStart, at: 0)
        for index in workers.indices { queue.add(.worker(index, .start), at: Int64(index + 1) * 10_000) }
        queue.add(.horizon, at: schedule.horizon * 1000)
        queue.add(.audit, at: Self.auditInterval)
    }

    /// Runs to the end: everything submitted has ended, or a promise is broken.
    func run() {
        while !isOver, violation == nil, let (time, event) = queue.next() {
            stepsAtOnce = time > now ? 0 : stepsAtOnce + 1
            now = time
            steps += 1
            if stepsAtOnce > Self.mostStepsAtOnce { accuse("time stands still: \(stepsAtOnce) steps at one moment") }
            take(event)
        }
        statistics.finish(at: now)
    }

    static let mostStepsAtOnce = 1_000_000
    static let auditInterval: Int64 = 30_000_000
    static let mostGrants = 10_000

    private func take(_ event: EventQueue.Event) {
        switch event {
        case .incident(let index): begin(schedule.incidents[index])
        case .submit(let incident, let copy): submitCopy(of: schedule.incidents[incident], copy)
        case .arrival(let slot): arrive(slot)
        case .coordinatorWake(let life, let number): wakeCoordinator(life, number)
        case .commit(let life): commitEnds(life)
        case .coordinatorStart: startCoordinator()
        case .connectionLost(let life, let connection):
            if life == coordinator.life { give(.connectionLost(ConnectionID(connection))) }
        case .worker(let index, let event): takeOrDefer(event, worker: index)
        case .tenantAsks(let client, let attempt): ask(client, attempt: attempt)
        case .orderIsRepeated(let order, let attempt): ask(order: order, attempt: attempt)
        case .undrain(let index): order(.undrain(workers[index].name))
        case .audit: audit()
        case .horizon: stopFaults()
        }
    }

    func accuse(_ what: String) {
        if violation == nil { violation = Violation(time: now / 1000, what: what) }
    }

    // MARK: The end

    /// The faults stop: what is cut heals, what is down comes up, what stands still goes on.
    private func stopFaults() {
        isDraining = true
        lastProgress = now
        network.heal()
        coordinator.slowUntil = 0
        coordinator.armedCrash = nil
        if !coordinator.isUp, !coordinator.isStarting { startCoordinatorLater(0) }
        for index in workers.indices {
            workers[index].hungUntil = 0
            if workers[index].frozenUntil > now {
                workers[index].frozenUntil = now
                thaw(index)
            }
            if workers[index].machine == nil { queue.add(.worker(index, .start), at: now + 1000) }
        }
    }

    /// Looks at the whole: what the coordinator shows is what happened, and in the end everything has ended.
    private func audit() {
        queue.add(.audit, at: now + Self.auditInterval)
        compareReadModel(.touched)
        if isCalm { holdTimeLimits(after: Int64(configuration.stopGraceMilliseconds) + 5000) }
        guard isDraining else { return }
        // Whatever was lost: the next heartbeats and the lapse of a lease put it right.
        let grace = max(configuration.stopGraceMilliseconds, configuration.preemptionGraceMilliseconds)
        let repair = 3 * longestLease + Int64(grace) + 10_000
        if now / 1000 > schedule.horizon + repair {
            if let fault = referee.faultOfStopping(before: moment(ago: repair)) { accuse(fault) }
            holdTimeLimits(after: repair)
        }
        undrainAll()
        if clients.allSatisfy(\.isOver), referee.active.isEmpty, coordinator.isUp, isQuiet {
            compareReadModel(.all)
            isOver = true
        } else if now - lastProgress > patience {
            if !breakDeadlock() { accuse(whyNothingHappens) }
        }
    }

    /// By the coordinator's clock.
    private func moment(ago milliseconds: Int64) -> Timestamp {
        Timestamp(milliseconds: coordinator.clock.reading(at: now) - milliseconds)
    }

    private func holdTimeLimits(after milliseconds: Int64) {
        if let fault = referee.faultOfTimeLimits(before: moment(ago: milliseconds)) { accuse(fault) }
    }

    /// Gangs that hold a part of what they need wait for each other for ever: that is what `greedy-gang` is there to show. The
    /// younger half of them is cancelled by their tenants, and the rest goes on.
    private func breakDeadlock() -> Bool {
        guard referee.policy == GreedyGang.name else { return false }
        let stuck = referee.active.sorted().compactMap { referee.jobs[$0] }.filter {
            $0.isGang && !$0.isRunning && !$0.live.isEmpty
        }
        let younger = stuck.dropFirst(stuck.count / 2).compactMap(client).filter { !clients[$0].wantsCancel }
        guard !younger.isEmpty else { return false }
        statistics.count("deadlocks")
        lastProgress = now
        for client in younger {
            clients[client].wantsCancel = true
            askAnew(client)
        }
        return true
    }

    /// Only tenants trouble the cluster.
    private var isCalm: Bool { Self.isCalm(schedule) }

    private static func isCalm(_ schedule: Schedule) -> Bool {
        schedule.incidents.allSatisfy { incident in
            switch incident.action {
            case .submit, .cancel: true
            default: false
            }
        }
    }

    /// The bound of `fair` speaks of clusters whose workers stay.
    private static func fairness(
        _ schedule: Schedule, _ configuration: CoordinatorConfiguration, _ policy: any SchedulingPolicy
    ) -> FairnessBook? {
        guard policy is Fair, isCalm(schedule) else { return nil }
        let grace = max(configuration.stopGraceMilliseconds, configuration.preemptionGraceMilliseconds)
        return FairnessBook(
            longestRun: (longestRun(schedule) + Int64(grace) + 3000) * 11 / 10,
            slots: UInt64(schedule.cluster.workers.reduce(0, +)),
            tenants: Set(schedule.submissions.map(\.tenant)).count)
    }

    /// Of a unit, in milliseconds.
    private static func longestRun(_ schedule: Schedule) -> Int64 {
        let slowest = Int64(schedule.cluster.offers.map(\.speed).min() ?? 100)
        return schedule.submissions.map { max($0.duration * 100 / slowest, $0.timeLimit ?? 0) }.max() ?? 0
    }

    /// No unit runs and no lease is held: what ended is settled on both sides.
    private var isQuiet: Bool { workers.allSatisfy { $0.processes.isEmpty } && referee.live.isEmpty }

    /// In microseconds: longer than that nothing may go on without an event.
    private var patience: Int64 {
        let pause = schedule.submissions.map { $0.retryDelay << min(Int64($0.retries), 6) }.max() ?? 0
        return (2 * Self.longestRun(schedule) + pause + 20 * longestLease + 120_000) * 1000
    }

    private var whyNothingHappens: String {
        let jobs = referee.jobs.values.filter { !$0.hasEnded }.sorted { $0.id < $1.id }
        let asking = clients.count { !$0.isOver }
        let unsettled = workers.filter { !$0.processes.isEmpty }.map(\.name.description)
        let names = jobs.prefix(5).map { job in
            let reason = coordinator.core?.job(job.id)?.summary.reason.map { " (\($0))" } ?? ""
            return "\(job.id)\(job.hasStarted ? "" : ", which never started")\(reason)"
        }
        return "the faults have stopped, and yet: "
            + (names.isEmpty ? "" : "\(jobs.count) jobs never end: \(names.joined(separator: "; ")) ")
            + (asking == 0 ? "" : "\(asking) requests are never answered ")
            + (unsettled.isEmpty ? "" : "units go on for ever on \(unsettled.joined(separator: ", "))")
    }

    /// Where events go on for ever and no job ends, one task is granted over and over: to more faults than jobs can have, and
    /// more others that it makes way for, than there are in any run.
    func holdGrants(_ lease: Lease) {
        guard isDraining else { return }
        grants[lease.task, default: 0] += 1
        if grants[lease.task]! > Self.mostGrants {
            accuse("the faults have stopped, and yet \(lease.task) was granted \(Self.mostGrants) times and doesn't end")
        }
    }

    func compareReadModel(_ scope: Referee.Scope) {
        guard let core = coordinator.core, coordinator.isDurable else { return }
        if let difference = referee.difference(from: core, scope) { accuse(difference) }
    }
}

/// A broken promise.
public struct Violation: Hashable, Sendable {
    /// Milliseconds of true time.
    public let time: Int64
    public let what: String
}
