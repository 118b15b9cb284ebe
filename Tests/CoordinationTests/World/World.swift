import Foundation

@testable import Coordination

/// A whole cluster in memory: a coordinator with its journal, workers with their processes, and a network between them
/// that holds every message until somebody decides to deliver, double or lose it. All freedom is in the calls; the
/// invariants are checked after each of them.
struct World {
    var configuration: CoordinatorConfiguration
    let policy: any SchedulingPolicy
    /// What every worker offers besides slots.
    let offer: WorkerOffer
    var time = Timestamp(milliseconds: 1000)

    // The coordinator.
    var coordinator: Coordinator
    /// What is on disk.
    var journal: [JournalEntry] = []
    /// The journal, folded a second time.
    var folded = ClusterState()
    var coordinatorWake: Timestamp?
    var counters: [Counter: Int] = [:]
    var replies: [ClientReply] = []
    var acknowledged: Set<JobID> = []
    var requests: UInt64 = 0

    // The workers.
    var nodes: [Node] = []
    var lastIncarnation: UInt64 = 0

    // The network.
    var lastConnection: UInt64 = 0
    var flights: [Flight] = []

    /// Leases that were ever spawned: none is spawned twice.
    var spawned: Set<Lease> = []
    var violations: [String] = []

    struct Flight: Hashable {
        enum Content: Hashable {
            case toCoordinator(WorkerMessage)
            case toWorker(CoordinatorMessage)
        }
        let connection: ConnectionID
        let content: Content
    }

    struct Node: Hashable {
        let name: WorkerName
        let slots: UInt32
        /// Nil while the agent is down.
        var machine: WorkerMachine?
        var connection: ConnectionID?
        var wake: Timestamp?
        var processes: [Lease: Process] = [:]
        var exitReason: String?
    }

    struct Process: Hashable {
        let assignment: Assignment
        let rendezvous: Rendezvous?
        /// When it will be killed, if it was told to stop.
        var killTime: Timestamp?
    }

    init(
        workers: [UInt32], configuration: CoordinatorConfiguration = .forTests, policy: any SchedulingPolicy = Fifo(),
        offer: WorkerOffer = WorkerOffer()
    ) {
        self.configuration = configuration
        self.policy = policy
        self.offer = offer
        coordinator = Coordinator(configuration: configuration, policy: policy)
        run(coordinator.start(at: time))
        for (index, slots) in workers.enumerated() {
            nodes.append(Node(name: WorkerName("w\(index)")!, slots: slots))
        }
    }

    // MARK: The coordinator

    /// How far the shell gets with what one input brought, before `kill -9`.
    enum Cut { case beforeCommit, afterCommit, none }

    mutating func give(_ input: CoordinatorInput, cut: Cut = .none) {
        let effects = coordinator.handle(input, at: time)
        if cut == .beforeCommit { return restartCoordinator() }
        run(effects, sends: cut == .none)
        if cut == .afterCommit { restartCoordinator() }
        check()
    }

    private mutating func run(_ effects: [CoordinatorEffect], sends: Bool = true) {
        for effect in effects {
            switch effect {
            case .record(let entry):
                journal.append(entry)
                do { try folded.apply(entry) } catch { violations.append("\(error)") }
            case .send(let message, let connection):
                if sends { flights.append(Flight(connection: connection, content: .toWorker(message))) }
            case .reply(let reply, _, _):
                guard sends else { continue }
                replies.append(reply)
                if case .submitted(let id) = reply { acknowledged.insert(id) }
            case .wake(let time): coordinatorWake = time
            case .count(let counter): counters[counter, default: 0] += 1
            }
        }
    }

    /// `kill -9` and a start on the same journal. Every connection breaks, and the workers notice.
    mutating func restartCoordinator() {
        coordinator = Coordinator(configuration: configuration, policy: policy)
        coordinatorWake = nil
        do { for entry in journal { try coordinator.replay(entry) } } catch { violations.append("replay: \(error)") }
        if coordinator.state != folded { violations.append("the replayed state is another one") }
        checkSnapshot()
        flights = []
        for index in nodes.indices { disconnect(index, isNoticed: false) }
        run(coordinator.start(at: time))
        check()
    }

    /// A snapshot that was written and read is the state.
    private mutating func checkSnapshot() {
        do {
            let written = try JSONEncoder().encode(coordinator.snapshot)
            let read = try JSONDecoder().decode(ClusterSnapshot.self, from: written)
            if read != coordinator.snapshot { violations.append("a snapshot comes back as another state") }
        } catch { violations.append("a snapshot can't be kept: \(error)") }
    }

    @discardableResult
    mutating func submit(_ specification: JobSpecification, key: String? = nil, cut: Cut = .none) -> ClientReply? {
        requests += 1
        let before = replies.count
        give(
            .client(.submit(specification, key: key ?? "key \(requests)"), ConnectionID(0), request: requests), cut: cut
        )
        return replies.count > before ? replies.last : nil
    }

    @discardableResult
    mutating func cancel(_ id: JobID) -> ClientReply? { ask(.cancel(id)) }

    @discardableResult
    mutating func ask(_ request: ClientRequest) -> ClientReply? {
        requests += 1
        let before = replies.count
        give(.client(request, ConnectionID(0), request: requests))
        return replies.count > before ? replies.last : nil
    }

    // MARK: The workers

    mutating func startAgent(_ index: Int) {
        guard nodes[index].machine == nil else { return }
        lastIncarnation += 1000
        nodes[index].exitReason = nil
        nodes[index].machine = WorkerMachine(
            name: nodes[index].name, incarnation: Incarnation(lastIncarnation), slots: nodes[index].slots,
            host: "10.0.0.\(index)", offer: offer, terms: configuration.terms, shutdownGraceMilliseconds: 300)
    }

    /// `kill -9` of an agent: its processes die with it.
    mutating func killAgent(_ index: Int, isNoticed: Bool = true) {
        disconnect(index, isNoticed: isNoticed)
        nodes[index].machine = nil
        nodes[index].processes = [:]
        nodes[index].wake = nil
        check()
    }

    mutating func connect(_ index: Int) {
        guard nodes[index].machine != nil, nodes[index].connection == nil else { return }
        lastConnection += 1
        nodes[index].connection = ConnectionID(lastConnection)
        give(.connected, to: index)
    }

    /// The connection breaks. The worker notices; the coordinator only if `isNoticed`. What was sent to the worker is
    /// lost; what the worker sent may still arrive.
    mutating func disconnect(_ index: Int, isNoticed: Bool = true) {
        guard let connection = nodes[index].connection else { return }
        nodes[index].connection = nil
        flights.removeAll {
            guard case .toWorker = $0.content else { return false }
            return $0.connection == connection
        }
        give(.disconnected, to: index)
        if isNoticed {
            flights.removeAll { $0.connection == connection }
            give(.connectionLost(connection))
        }
    }

    mutating func give(_ input: WorkerInput, to index: Int) {
        guard var machine = nodes[index].machine else { return }
        let effects = machine.handle(input, at: time)
        nodes[index].machine = machine
        for effect in effects { run(effect, of: index) }
        check()
    }

    private mutating func run(_ effect: WorkerEffect, of index: Int) {
        switch effect {
        case .send(let message):
            guard let connection = nodes[index].connection else { return violations.append("sends while disconnected") }
            flights.append(Flight(connection: connection, content: .toCoordinator(message)))
        case .reservePort(let lease):
            give(.portReserved(lease, UInt16(7000 + lease.epoch.number)), to: index)
        case .spawn(let assignment, let rendezvous):
            if !spawned.insert(assignment.lease).inserted { violations.append("\(assignment.lease) is spawned twice") }
            nodes[index].processes[assignment.lease] = Process(assignment: assignment, rendezvous: rendezvous)
        case .kill(let lease, let grace):
            if grace == 0 {
                endProcess(lease, .signalled(signal: 9), on: index)
            } else {
                nodes[index].processes[lease]?.killTime = time + Int64(grace)
            }
        case .wake(let time): nodes[index].wake = time
        case .exit(let reason):
            if !nodes[index].processes.isEmpty { violations.append("exits with processes: \(reason)") }
            nodes[index].exitReason = reason
            killAgent(index, isNoticed: false)
        }
    }

    mutating func endProcess(_ lease: Lease, _ outcome: Outcome, on index: Int) {
        guard nodes[index].processes.removeValue(forKey: lease) != nil else { return }
        give(.processEnded(lease, outcome), to: index)
    }

    // MARK: The network

    mutating func deliver(_ flight: Int, keep: Bool = false, cut: Cut = .none) {
        let message = keep ? flights[flight] : flights.remove(at: flight)
        switch message.content {
        case .toCoordinator(let content): give(.worker(content, message.connection), cut: cut)
        case .toWorker(let content):
            guard let index = nodes.firstIndex(where: { $0.connection == message.connection }) else { return }
            give(.message(content), to: index)
        }
    }

    /// Delivers everything, in order, and what follows from it.
    mutating func settle() {
        while !flights.isEmpty { deliver(0) }
    }

    // MARK: Time

    /// The next moment at which somebody wants to be woken.
    var nextWake: Timestamp? {
        let kills = nodes.flatMap { $0.processes.values.compactMap(\.killTime) }
        return ([coordinatorWake].compactMap(\.self) + nodes.compactMap(\.wake) + kills).min()
    }

    /// Lets time pass up to `end`, and wakes everybody when it is due.
    mutating func pass(to end: Timestamp) {
        while let wake = nextWake, wake <= end {
            time = max(time, wake)
            for index in nodes.indices {
                if let due = nodes[index].wake, due <= time {
                    nodes[index].wake = nil
                    give(.clock, to: index)
                }
                for (lease, process) in nodes[index].processes {
                    if let kill = process.killTime, kill <= time { endProcess(lease, .signalled(signal: 9), on: index) }
                }
            }
            if let due = coordinatorWake, due <= time {
                coordinatorWake = nil
                give(.clock)
            }
        }
        time = max(time, end)
    }

    mutating func pass(milliseconds: Int64) { pass(to: time + milliseconds) }
}

extension CoordinatorConfiguration {
    static let forTests = CoordinatorConfiguration(
        terms: Terms(heartbeatMilliseconds: 100, leaseMilliseconds: 1000), lapseMarginMilliseconds: 200,
        stopGraceMilliseconds: 300, limits: ClusterLimits(gangSlots: 8, unitSlots: 4))
}

extension JobSpecification {
    static func gang(_ ranks: UInt32, slots: UInt32 = 1, retries: UInt32 = 0, crashLimit: UInt32 = 5)
        -> JobSpecification
    {
        JobSpecification(
            name: "gang", shape: .gang(ranks: ranks), program: .builtin("noop", parameters: [:]), slots: slots,
            retries: retries, crashLimit: crashLimit, retryDelayMilliseconds: 0)
    }

    static func array(_ tasks: UInt32, slots: UInt32 = 1, retries: UInt32 = 0, crashLimit: UInt32 = 5)
        -> JobSpecification
    {
        JobSpecification(
            name: "array", shape: .array(tasks: tasks), program: .builtin("noop", parameters: [:]), slots: slots,
            retries: retries, crashLimit: crashLimit, retryDelayMilliseconds: 0)
    }
}
