/// What a schedule is drawn for.
public struct SimulationSettings: Hashable, Sendable {
    public var hours: Double
    /// Nil draws a cluster for each seed.
    public var workers: Int?
    public var policy: String
    /// What may go wrong. Of these each seed draws a part, because some faults hide others (Groce, Zhang, Eide, Chen and
    /// Regehr, "Swarm testing", ISSTA 2012).
    public var faults: Set<FaultKind>

    public init(
        hours: Double = 1, workers: Int? = nil, policy: String = Schedule.defaultPolicy,
        faults: Set<FaultKind> = Set(FaultKind.allCases)
    ) {
        self.hours = hours
        self.workers = workers
        self.policy = policy
        self.faults = faults
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

    init(seed: UInt64, _ settings: SimulationSettings) {
        self.seed = seed
        self.settings = settings
        random = SplitMix64(seed: seed)
        horizon = max(1000, Int64(settings.hours * 3_600_000))
    }

    mutating func schedule() -> Schedule {
        let cluster = cluster()
        let kinds = FaultKind.allCases.filter { settings.faults.contains($0) }
        var chosen = kinds.filter { _ in random.chance(50) }
        if chosen.isEmpty, let one = kinds.randomElement(using: &random) { chosen = [one] }
        work(cluster)
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
        return Schedule.Cluster(
            workers: workers, policy: settings.policy, heartbeat: isQuick ? 200 : 1000, lease: isQuick ? 2000 : 10_000,
            drift: drift, disk: Schedule.Disk.allCases.randomElement(using: &random)!)
    }

    // MARK: Work

    /// Three tenants, who together want a part of the slots; more than all now and then.
    private mutating func work(_ cluster: Schedule.Cluster) {
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
        return submission(
            tenant: ["ada", "bob", "cleo"].randomElement(using: &random)!, isGang: isGang, units: units,
            slots: random.chance(70) ? 1 : UInt32.random(in: 1...max(1, room), using: &random),
            duration: Int64(random.logarithmic(100...longest)), failing: random.chance(30) ? 20 : 0)
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
