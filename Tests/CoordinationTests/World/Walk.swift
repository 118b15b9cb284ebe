@testable import Coordination

/// A generator of the same numbers for the same seed (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}

/// How much goes wrong in a walk.
struct Faults {
    var lossPercent = 10
    var doublingPercent = 10
    var crashPercent = 2
    /// How often a direction of a worker's connection is cut off for a while.
    var partitionPercent = 1
    /// Messages are delivered in any order, and at any time, not in the order in which they were sent, and soon.
    var isLate = true

    static let none = Faults(lossPercent: 0, doublingPercent: 0, crashPercent: 0, partitionPercent: 0, isLate: false)
}

/// A random walk through what can happen to a cluster.
struct Walk {
    var world: World
    var random: SplitMix64
    let faults: Faults
    var jobsLeft = 8
    /// Connections that broke without the coordinator's having noticed yet.
    var broken: [ConnectionID] = []
    /// Directions of connections that deliver nothing until a time.
    var partitions: [Partition] = []
    var trace: [String] = []

    struct Partition: Hashable {
        let node: Int
        let isToWorker: Bool
        let end: Timestamp
    }

    init(seed: UInt64, workers: [UInt32] = [2, 1, 1], faults: Faults = Faults()) {
        var random = SplitMix64(seed: seed)
        var configuration = CoordinatorConfiguration.forTests
        if random.chance(50) { configuration.preemptionMilliseconds = UInt32.random(in: 1...400, using: &random) }
        let policies = Policies.all.filter { !type(of: $0).grantsPieces }
        world = World(workers: workers, configuration: configuration, policy: policies.randomElement(using: &random)!)
        self.random = random
        self.faults = faults
    }

    mutating func run(steps: Int) {
        for _ in 0..<steps where world.violations.isEmpty { step() }
    }

    private mutating func step() {
        let node = Int.random(in: world.nodes.indices, using: &random)
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<50: deliver()
        case 50..<64: pass()
        case 64..<72: endProcess()
        case 72..<78: submit()
        case 78..<80: cancel()
        case 80..<87: bringUp(node)
        case 87: drainOrNot(node)
        case 88..<88 + faults.crashPercent * 5: crash(node)
        case 98..<98 + faults.partitionPercent * 2:
            let isToWorker = random.chance(50)
            let end = world.time + Int64.random(in: 300...3000, using: &random)
            note("cut off \(node) \(isToWorker ? "down" : "up")")
            partitions.append(Partition(node: node, isToWorker: isToWorker, end: end))
        default: break
        }
    }

    private func isCutOff(_ flight: World.Flight) -> Bool {
        var isToWorker = false
        if case .toWorker = flight.content { isToWorker = true }
        return partitions.contains {
            $0.end > world.time && $0.isToWorker == isToWorker && world.nodes[$0.node].connection == flight.connection
        }
    }

    private mutating func note(_ what: String) { trace.append("\(world.time.milliseconds) \(what)") }

    private mutating func deliver() {
        let open = world.flights.indices.filter { !isCutOff(world.flights[$0]) }
        guard let flight = faults.isLate ? open.randomElement(using: &random) : open.first else { return }
        let message = world.flights[flight]
        if random.chance(faults.lossPercent) {
            note("lose \(message)")
            world.flights.remove(at: flight)
            return
        }
        let cuts: [World.Cut] = [.beforeCommit, .afterCommit]
        let cut = random.chance(faults.crashPercent) ? cuts.randomElement(using: &random)! : .none
        let isDoubled = random.chance(faults.doublingPercent)
        note("deliver \(message)\(isDoubled ? ", and keep" : "")\(cut == .none ? "" : ", \(cut)")")
        if cut != .none { broken = [] }
        world.deliver(flight, keep: isDoubled, cut: cut)
    }

    private mutating func pass() {
        let span = Int64.random(in: 1...(faults.isLate && random.chance(5) ? 1500 : 80), using: &random)
        note("pass \(span)")
        if !faults.isLate { world.settle() }
        world.pass(milliseconds: span)
    }

    private mutating func endProcess() {
        let processes = world.nodes.enumerated().flatMap { index, node in
            node.processes.keys.sorted { $0.epoch < $1.epoch }.map { (index, $0) }
        }
        guard let (index, lease) = processes.randomElement(using: &random) else { return }
        if lease.task.index == 0, random.chance(60), let connection = world.nodes[index].connection {
            note("checkpoint \(lease)")
            let step = UInt64.random(in: 1...100, using: &random)
            let message = WorkerMessage.checkpoint(lease, step: step, bytes: [])
            return world.flights.append(World.Flight(connection: connection, content: .toCoordinator(message)))
        }
        let outcomes: [Outcome] = [
            .exited(code: 0), .exited(code: 0), .exited(code: 0), .exited(code: 3), .signalled(signal: 11),
        ]
        let outcome = outcomes.randomElement(using: &random)!
        note("end \(lease) \(outcome)")
        world.endProcess(lease, outcome, on: index)
    }

    private mutating func submit() {
        guard jobsLeft > 0 else { return }
        jobsLeft -= 1
        let size = UInt32.random(in: 1...4, using: &random)
        let retries = UInt32.random(in: 0...2, using: &random)
        let limit = UInt32.random(in: 0...5, using: &random)
        let isGang = random.chance(50)
        var job: JobSpecification =
            isGang
            ? .gang(size, retries: retries, crashLimit: limit) : .array(size, retries: retries, crashLimit: limit)
        vary(&job)
        note("submit \(job.shape) of \(job.tenant), after \(job.after)")
        let cut: World.Cut = random.chance(faults.crashPercent * 2) ? .afterCommit : .none
        if cut != .none { broken = [] }
        let key = "job \(jobsLeft)"
        if world.submit(job, key: key, cut: cut) == nil {
            // The answer was lost; the client asks again.
            world.submit(job, key: key)
        }
    }

    /// All that a job may ask for.
    private mutating func vary(_ job: inout JobSpecification) {
        job.tenant = ["a", "b", "c"].randomElement(using: &random)!
        job.priority = Int32.random(in: -1...1, using: &random)
        if random.chance(30) { job.timeLimitMilliseconds = Int64.random(in: 20...2000, using: &random) }
        if random.chance(50) { job.retryDelayMilliseconds = UInt32.random(in: 0...500, using: &random) }
        let good = world.coordinator.state.jobs.values.filter {
            ($0.end == nil || $0.end == .succeeded) && $0.failedBlocker == nil
        }
        if random.chance(20), let earlier = good.map(\.id).sorted().randomElement(using: &random) {
            job.after = [earlier]
        }
        if job.isGang, random.chance(40) { job.minimumRanks = UInt32.random(in: 1...job.units, using: &random) }
        if !job.isGang, random.chance(30) { job.concurrency = UInt32.random(in: 1...2, using: &random) }
    }

    private mutating func drainOrNot(_ node: Int) {
        let name = world.nodes[node].name
        guard world.coordinator.state.workers[name] != nil else { return }
        let isOn = random.chance(40)
        let isNow = random.chance(50)
        note("\(isOn ? "drain" : "undrain") \(node) \(isNow)")
        world.ask(isOn ? .drain(name, now: isNow) : .undrain(name))
    }

    private mutating func cancel() {
        guard let id = world.acknowledged.sorted().randomElement(using: &random) else { return }
        note("cancel \(id)")
        world.cancel(id)
    }

    private mutating func bringUp(_ node: Int) {
        if let connection = broken.popLast() {
            note("lost \(connection)")
            world.flights.removeAll { $0.connection == connection }
            world.give(.connectionLost(connection))
        }
        note("up \(node)")
        world.startAgent(node)
        world.connect(node)
    }

    private mutating func crash(_ node: Int) {
        let isNoticed = random.chance(50)
        if !isNoticed, let connection = world.nodes[node].connection { broken.append(connection) }
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<2:
            note("kill \(node) \(isNoticed)")
            world.killAgent(node, isNoticed: isNoticed)
        case 2:
            note("shut down \(node)")
            world.give(.shutdown, to: node)
        case 3..<9:
            note("disconnect \(node) \(isNoticed)")
            world.disconnect(node, isNoticed: isNoticed)
        default:
            note("restart")
            broken = []
            world.restartCoordinator()
        }
    }

    /// The faults stop: everything submitted must end.
    mutating func drain() {
        for connection in broken { world.give(.connectionLost(connection)) }
        broken = []
        partitions = []
        for name in world.coordinator.state.workers.keys.sorted() { world.ask(.undrain(name)) }
        for _ in 0..<400 where world.violations.isEmpty && world.coordinator.state.activeJobs > 0 {
            for node in world.nodes.indices {
                world.startAgent(node)
                world.connect(node)
            }
            world.settle()
            while let (node, lease) = world.anyProcess {
                world.endProcess(lease, .exited(code: 0), on: node)
                world.settle()
            }
            world.pass(milliseconds: 50)
        }
        for job in world.coordinator.jobs() where !job.state.isFinal {
            world.violations.append("\(job.id) never ends: \(job.state)")
        }
    }
}
