import Coordination

/// What a schedule is drawn for.
public struct SimulationSettings: Hashable, Sendable {
    public var hours: Double
    /// Nil draws a cluster for each seed.
    public var workers: Int?
    /// Nil draws a policy for each seed.
    public var policy: String?
    /// What the work may be like, and what may go wrong. Of these each seed draws a part, because some faults hide others (Groce, Zhang, Eide, Chen and
    /// Regehr, "Swarm testing", ISSTA 2012).
    public var faults: Set<FaultKind>
    public var work: Set<WorkKind>

    public init(
        hours: Double = 1, workers: Int? = nil, policy: String? = nil,
        faults: Set<FaultKind> = Set(FaultKind.allCases), work: Set<WorkKind> = Set(WorkKind.allCases)
    ) {
        self.hours = hours
        self.workers = workers
        self.policy = policy
        self.faults = faults
        self.work = work
    }
}

extension Schedule {
    /// The schedule of a seed: the same settings and the same seed are the same schedule.
    public init(seed: UInt64, _ settings: SimulationSettings) {
        var generator = Generator(seed: seed, settings)
        self = generator.schedule()
    }
}

private struct Generator {
    let seed: UInt64
    let settings: SimulationSettings
    var random: SplitMix64
    var incidents: [Incident] = []
    var submissions = 0
    let horizon: Int64
    /// What of the work's kinds this seed has drawn.
    var work: Set<WorkKind> = []

    init(seed: UInt64, _ settings: SimulationSettings) {
        self.seed = seed
        self.settings = settings
        random = SplitMix64(seed: seed)
        horizon = max(1000, Int64(settings.hours * 3_600_000))
    }

    mutating func schedule() -> Schedule {
        // Some hide others, too.
        work = Set(WorkKind.allCases.filter { settings.work.contains($0) && random.chance(40) })
        let cluster = cluster()
        let kinds = FaultKind.allCases.filter { settings.faults.contains($0) }
        var chosen = kinds.filter { _ in random.chance(50) }
        if chosen.isEmpty, let one = kinds.randomElement(using: &random) { chosen = [one] }
        addWork(cluster)
        for kind in chosen { add(kind, cluster) }
        if chosen.contains(.cancels) {
            // At the last moment, so that what the cancelled jobs run is stopped without a fault in the way.
            for number in 1...max(1, submissions) where random.chance(10) {
                add(at: horizon - 1, .cancel(submission: number))
            }
        }
        let order = incidents.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
        return Schedule(seed: seed, cluster: cluster, horizon: horizon, incidents: order.map(\.element))
    }

    private mutating func cluster() -> Schedule.Cluster {
        let count = settings.workers ?? Int.random(in: 1...6, using: &random)
        let workers = (0..<count).map { _ in UInt32.random(in: 1...4, using: &random) }
        let isQuick = random.chance(30)
        // The margin of a quarter of a lease covers clocks that differ by a tenth, and what a killed process takes.
        let drift = (0...count).map { _ in
            settings.faults.isEmpty ? 0 : Int64.random(in: -40_000...40_000, using: &random)
        }
        var cluster = Schedule.Cluster(
            workers: workers, policy: settings.policy ?? policy(), heartbeat: isQuick ? 200 : 1000,
            lease: isQuick ? 2000 : 10_000, drift: drift, disk: Schedule.Disk.allCases.randomElement(using: &random)!)
        for index in workers.indices {
            if work.contains(.placement) {
                cluster.offers[index].site = random.chance(60) ? "a" : "b"
                cluster.offers[index].gpus = UInt32.random(in: 0...3, using: &random)
                cluster.offers[index].speed = [50, 100, 100, 200].randomElement(using: &random)!
            }
            if work.contains(.credit) { cluster.offers[index].credit = UInt32.random(in: 0...3, using: &random) }
        }
        if work.contains(.tenants) {
            for name in Self.tenants + ["mallory"] where random.chance(60) {
                cluster.tenants[name] = tenant(workers.reduce(0, +))
            }
        }
        if work.contains(.preemption) {
            cluster.preemption = Schedule.Preemption(after: span(1000...60_000), grace: span(100...10_000))
        }
        return cluster
    }

    private static let tenants = ["ada", "bob", "cleo"]

    /// The default one half of the times.
    private mutating func policy() -> String {
        let names = Policies.all.map { type(of: $0).name }.filter { $0 != Schedule.defaultPolicy }
        return random.chance(50) ? Schedule.defaultPolicy : names.randomElement(using: &random)!
    }

    private mutating func tenant(_ slots: UInt32) -> TenantLimits {
        var limits = TenantLimits(weight: UInt32.random(in: 1...4, using: &random))
        if random.chance(40) { limits.slots = UInt32.random(in: (slots + 1) / 2...slots, using: &random) }
        if random.chance(30) { limits.queuedUnits = UInt64.random(in: 5...60, using: &random) }
        if random.chance(30) { limits.activeJobs = Int.random(in: 2...20, using: &random) }
        if random.chance(30) {
            limits.submissionsPerSecond = UInt32.random(in: 1...3, using: &random)
            limits.submissionBurst = UInt32.random(in: 1...5, using: &random)
        }
        return limits
    }

    // MARK: Work

    /// Three tenants, who together want a part of the slots; more than all now and then.
    private mutating func addWork(_ cluster: Schedule.Cluster) {
        let load = Double.random(in: 0.2...0.9, using: &random)
        let slots = Double(cluster.workers.reduce(0, +))
        // In a long run there is time for longer units.
        let least = min(max(2000, Double(horizon) / 60), 60_000)
        let longest = random.logarithmic(least...max(180_000, least * 10))
        var time = 0.0
        while true {
            let submission = job(cluster, longest: longest)
            let size = Double(submission.units) * Double(submission.slots) * Double(submission.duration)
            time += random.exponential(mean: max(size / slots / load, 100))
            guard time < Double(horizon) else { break }
            add(at: Int64(time), .submit(submission))
        }
    }

    private mutating func job(_ cluster: Schedule.Cluster, longest: Double) -> Submission {
        let largest = cluster.largestGang
        let isGang = random.chance(40)
        let units = isGang ? UInt32.random(in: 1...largest, using: &random) : UInt32(random.logarithmic(1...30))
        let room = min(isGang ? largest / units : largest, cluster.workers.max() ?? 1)
        var job = submission(
            tenant: Self.tenants.randomElement(using: &random)!, isGang: isGang, units: units,
            slots: random.chance(70) ? 1 : UInt32.random(in: 1...max(1, room), using: &random),
            duration: Int64(random.logarithmic(100...longest)), failing: random.chance(30) ? 20 : 0)
        if work.contains(.placement), random.chance(50) { place(&job, cluster) }
        if work.contains(.elastic), isGang, job.units > 1, random.chance(60) {
            job.minimumRanks = UInt32.random(in: 1..<job.units, using: &random)
        }
        if work.contains(.concurrency), !isGang, random.chance(50) {
            job.concurrency = UInt32.random(in: 2...5, using: &random)
        }
        if work.contains(.limits), random.chance(50) {
            job.timeLimit = max(100, Int64(Double(job.duration) * random.logarithmic(0.5...4)))
            if random.chance(30) { job.hanging = 20 }
        }
        if work.contains(.pauses), random.chance(60) { job.retryDelay = span(1...20_000) }
        if work.contains(.priorities) { job.priority = Int32.random(in: -2...2, using: &random) }
        if work.contains(.chains), submissions > 1, random.chance(30) {
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let blocker = Int.random(in: max(1, submissions - 8)..<submissions, using: &random)
                if !job.after.contains(blocker) { job.after.append(blocker) }
            }
        }
        return job
    }

    /// Asks for what some workers have and others don't.
    private mutating func place(_ job: inout Submission, _ cluster: Schedule.Cluster) {
        if random.chance(40) { job.preferredSite = random.chance(50) ? "a" : "b" }
        let gpus = random.chance(50) ? UInt32.random(in: 1...2, using: &random) : 0
        let site = random.chance(40) ? (random.chance(50) ? "a" : "b") : nil
        let room = cluster.room(slots: job.slots, gpus: gpus, site: site)
        guard room > 0 else { return }
        job.gpus = gpus
        job.site = site
        if job.isGang { job.units = min(job.units, room) }
    }

    private mutating func submission(
        tenant: String, isGang: Bool, units: UInt32, slots: UInt32, duration: Int64, failing: Int = 0, count: Int = 1,
        interval: Int64 = 0
    ) -> Submission {
        submissions += 1
        return Submission(
            number: submissions, tenant: tenant, isGang: isGang, units: units, slots: slots,
            retries: UInt32.random(in: 0...3, using: &random), crashLimit: UInt32.random(in: 0...6, using: &random),
            duration: duration, failing: failing, count: count, interval: interval)
    }

    // MARK: Faults

    private mutating func add(at time: Int64, _ action: Incident.Action) {
        if time < horizon { incidents.append(Incident(at: time, action)) }
    }

    /// Incidents of one kind, now and then over the whole run.
    private mutating func add(_ kind: FaultKind, _ cluster: Schedule.Cluster) {
        let mean = random.logarithmic(max(5000, Double(horizon) / 200)...max(250_000, Double(horizon) / 8))
        var time = random.exponential(mean: mean)
        while time < Double(horizon) {
            for action in actions(kind, cluster) { add(at: Int64(time), action) }
            time += random.exponential(mean: mean)
        }
    }

    private mutating func span(_ range: ClosedRange<Double> = 100...40_000) -> Int64 {
        Int64(random.logarithmic(range))
    }

    private mutating func actions(_ kind: FaultKind, _ cluster: Schedule.Cluster) -> [Incident.Action] {
        let worker = Int.random(in: cluster.workers.indices, using: &random)
        switch kind {
        case .coordinator: return [.crashCoordinator(downtime: span())]
        case .writes:
            let points: [Incident.WritePoint] = [
                .beforeDurable, .afterDurable, .afterMessages(Int.random(in: 1...3, using: &random)),
            ]
            return [.crashAtWrite(points.randomElement(using: &random)!, downtime: span(100...5000))]
        case .disk: return [.slowDisk(latency: span(20...15_000), duration: span())]
        case .workers: return [.crashWorker(worker, downtime: span(), isNoticed: random.chance(60))]
        case .terms:
            let lease = span(1000...30_000)
            return [.reconfigure(heartbeat: max(50, lease / 10), lease: lease, downtime: span(100...5000))]
        case .drains: return [.drain(worker, isNow: random.chance(40), duration: span(1000...120_000))]
        case .stops: return [.shutDownWorker(worker, downtime: span())]
        case .freezes: return [.freeze(worker, duration: span())]
        case .hangs: return [.hang(worker, duration: span())]
        case .partitions:
            let direction = Incident.Direction.allCases.randomElement(using: &random)!
            let cut = Incident.Cut.allCases.randomElement(using: &random)!
            return [.cut(worker, direction, cut, duration: span())]
        case .connections: return [.breakConnection(worker, isNoticed: random.chance(60))]
        case .messages:
            let end = random.chance(15) ? Incident.End.tenants : .worker(worker)
            let weather = Incident.Weather(
                loss: Int.random(in: 0...40, using: &random), doubling: Int.random(in: 0...40, using: &random),
                lateness: Int.random(in: 0...40, using: &random), lateBy: span())
            return [.weather(end, weather, duration: span(1000...120_000))]
        case .lies: return [.lie(worker)]
        case .cancels: return [.cancel(submission: Int.random(in: 0...submissions, using: &random))]
        case .floods, .squatters, .misfits: return [.submit(hostile(kind, cluster))]
        }
    }

    private mutating func hostile(_ kind: FaultKind, _ cluster: Schedule.Cluster) -> Submission {
        let all = cluster.workers.reduce(0, +)
        switch kind {
        case .floods:
            return submission(
                tenant: "mallory", isGang: false, units: 1, slots: 1, duration: span(50...5000),
                count: Int(random.logarithmic(5...200)), interval: span(1...200))
        case .squatters:
            return submission(
                tenant: "mallory", isGang: false, units: all, slots: 1, duration: min(span(60_000...600_000), horizon))
        default:
            let isWide = random.chance(50)
            return submission(
                tenant: "mallory", isGang: true, units: isWide ? all + UInt32.random(in: 1...100, using: &random) : 2,
                slots: isWide ? 1 : (cluster.workers.max() ?? 1) + 1, duration: span())
        }
    }
}
