import Coordination
import Foundation

/// The shipped coordinator and workers, with everything around them that a scope allows: clients, programs, a network, a disk and a
/// clock that ticks once a heartbeat. It is a value: what can happen next is tried on copies.
///
/// Messages are delivered at once and in order, but for `late` of them, which are held back for as long as it pleases them, overtaken by all
/// others, lost or doubled. What the coordinator records is durable, and in the trace, only when its commit is; `kill` may come before.
struct CoreWorld {
    let scope: CoreScope
    var budget: CoreScope.Budget
    var late: Int
    var time = Timestamp(milliseconds: 1_000_000)

    /// Nil while it is down.
    var coordinator: Coordinator?
    /// What is on disk: a coordinator that was never started, into which every record is replayed.
    var disk: Coordinator
    var coordinatorWake: Timestamp?
    var nodes: [Node] = []
    /// Messages that are late.
    var held: [Flight] = []
    /// Messages that are about to arrive.
    var prompt: [Flight] = []
    var clients: [Client]
    var known: [Int: JobID] = [:]
    /// By place: whether the job has ended.
    var hasEnded: [Bool]
    var cordoned: Set<Int> = []
    /// The leases that anything still speaks of.
    var leases: [Epoch: LeaseName] = [:]
    /// By place of the job and index: how many leases the task has had, and the worker of the last.
    var grants: [[Grant]]

    private(set) var lastConnection: UInt64 = 0
    private var lastIncarnation: UInt64 = 1_000_000
    /// The events of the last step.
    var trace: [String] = []

    /// What a client knows of its job.
    enum Client: Hashable { case idle, asked, answered, over }

    struct LeaseName: Hashable {
        let place: Int
        let index: UInt32
        /// From 1: how many leases the task has had by then.
        let number: Int
        let worker: Int

        /// As the spec's TASKS and EPOCHS write it.
        var text: String { "Unit.\(place).\(index).\(number)" }
    }

    struct Grant: Hashable {
        var number = 0
        var worker = 0
    }

    struct Flight: Hashable {
        enum Content: Hashable {
            case up(WorkerMessage)
            case down(CoordinatorMessage)
            /// The coordinator's socket notices that the connection is closed.
            case closed
        }
        let worker: Int
        let connection: ConnectionID
        let content: Content
    }

    struct Process: Hashable {
        let lease: Lease
        /// When it is killed, after it was asked to stop.
        var killTime: Timestamp?
        /// Where jobs are submitted for ever, each unit runs for a heartbeat at least: there is no end to what could happen in one.
        var isFresh = false
    }

    struct Node: Hashable {
        let name: WorkerName
        /// Nil while the agent is down.
        var machine: WorkerMachine?
        var connection: ConnectionID?
        var wake: Timestamp?
        /// In the order in which they were started.
        var processes: [Process] = []
        /// Nothing comes through, and nobody notices.
        var isCut = false
    }

    /// How far the shell gets with what one input brought, before `kill -9`.
    enum Cut { case none, beforeCommit, afterCommit }

    /// All workers have joined, and nothing has happened yet.
    init(_ scope: CoreScope) {
        self.scope = scope
        budget = scope.budget
        late = scope.late
        clients = Array(repeating: .idle, count: scope.jobs.count)
        hasEnded = Array(repeating: false, count: scope.jobs.count)
        grants = scope.jobs.map { Array(repeating: Grant(), count: Int($0.units)) }
        disk = Self.coordinator(scope)
        coordinator = Self.coordinator(scope)
        commit(coordinator!.start(at: time), .none)
        for index in scope.workers.indices {
            nodes.append(Node(name: WorkerName("w\(index)")!))
            startAgent(index)
        }
        while !prompt.isEmpty { deliver(prompt.removeFirst()) }
        trace = []
    }

    private static func coordinator(_ scope: CoreScope) -> Coordinator {
        Coordinator(configuration: scope.configuration, policy: scope.schedulingPolicy)
    }

    /// Something that no event of the vocabulary says went wrong. No spec allows it.
    mutating func astray() { trace.append("astray") }

    // MARK: The coordinator

    mutating func give(_ input: CoordinatorInput, _ cut: Cut = .none) {
        guard let effects = coordinator?.handle(input, at: time) else { return }
        guard cut == .beforeCommit else { return commit(effects, cut) }
        // What comes before the first record may be said before it is durable.
        for effect in effects {
            if case .record = effect { break }
            carryOut(effect)
        }
        let said = prompt
        killCoordinator()
        for flight in said {
            if case .down(let message) = flight.content { give(.message(message), to: flight.worker) }
        }
    }

    /// The records become durable, and then what was to be sent is sent.
    private mutating func commit(_ effects: [CoordinatorEffect], _ cut: Cut) {
        for case .record(let entry) in effects {
            do { try disk.replay(entry) } catch { astray() }
            note(entry.event)
        }
        if coordinator?.snapshot != disk.snapshot { astray() }
        if cut == .afterCommit { return killCoordinator() }
        for effect in effects { carryOut(effect) }
        _ = coordinator?.takeForgotten()
    }

    private mutating func carryOut(_ effect: CoordinatorEffect) {
        switch effect {
        case .record, .count: break
        case .send(let message, let connection):
            guard let worker = nodes.firstIndex(where: { $0.connection == connection }) else { return }
            send(Flight(worker: worker, connection: connection, content: .down(message)))
        case .reply(let reply, let client, _): answer(reply, to: Int(client.number))
        case .wake(let time): coordinatorWake = time
        }
    }

    /// `kill -9`: every connection breaks, and what was under way is gone.
    mutating func killCoordinator() {
        trace.append("kill")
        coordinator = nil
        coordinatorWake = nil
        held = []
        prompt = []
        for index in nodes.indices where nodes[index].connection != nil {
            nodes[index].connection = nil
            give(.disconnected, to: index)
        }
    }

    /// It comes back with what its disk says, by way of a snapshot that was written and read.
    mutating func recover() {
        var next = Self.coordinator(scope)
        do {
            let written = try JSONEncoder().encode(disk.snapshot)
            next.restore(try JSONDecoder().decode(ClusterSnapshot.self, from: written))
        } catch { astray() }
        if next.snapshot != disk.snapshot { astray() }
        let effects = next.start(at: time)
        coordinator = next
        commit(effects, .none)
    }

    // MARK: Clients. Each job has one of its own, with the number of its place.

    mutating func ask(_ place: Int, _ cut: Cut) {
        trace.append("ask.\(place)")
        if clients[place] != .asked { grants[place] = grants[place].map { _ in Grant() } }
        if clients[place] == .idle { hasEnded[place] = false }
        clients[place] = .asked
        let specification = scope.specification(of: place, known: known)
        give(.client(.submit(specification, key: "key\(place)"), ConnectionID(UInt64(place)), request: 0), cut)
    }

    private mutating func answer(_ reply: ClientReply, to place: Int) {
        guard clients.indices.contains(place) else { return }
        switch reply {
        case .submitted(let job):
            if let known = known[place], known != job { astray() }
            trace.append("answer.\(place)")
            if clients[place] == .asked { clients[place] = .answered }
        case .cancelled(let job): if known[place] != job { astray() }
        case .refused where clients[place] == .asked, .busy where clients[place] == .asked:
            trace.append("reject.\(place)")
            clients[place] = scope.jobs[place].isRepeated ? .idle : .over
        default: break
        }
    }

    // MARK: Workers

    mutating func startAgent(_ index: Int) {
        lastIncarnation += 1000
        nodes[index].machine = WorkerMachine(
            name: nodes[index].name, incarnation: Incarnation(lastIncarnation), slots: scope.workers[index],
            host: "host\(index)", offer: scope.offer(of: index), terms: CoreScope.terms, shutdownGraceMilliseconds: 1)
        connect(index)
    }

    mutating func connect(_ index: Int) {
        guard coordinator != nil, nodes[index].machine != nil, nodes[index].connection == nil else { return }
        lastConnection += 1
        nodes[index].connection = ConnectionID(lastConnection)
        give(.connected, to: index)
    }

    /// The agent is gone, and its processes with it. That the connection is closed is noticed, sooner or later.
    mutating func stopAgent(_ index: Int) {
        nodes[index].machine = nil
        nodes[index].processes = []
        nodes[index].wake = nil
        guard let connection = nodes[index].connection else { return }
        nodes[index].connection = nil
        send(Flight(worker: index, connection: connection, content: .closed))
    }

    mutating func give(_ input: WorkerInput, to index: Int) {
        guard var machine = nodes[index].machine else { return }
        let life = machine.incarnation
        nodes[index].machine = nil
        let effects = machine.handle(input, at: time)
        nodes[index].machine = machine
        if machine.incarnation != life { trace.append("silence.\(index)") }
        for effect in effects { carryOut(effect, of: index) }
    }

    private mutating func carryOut(_ effect: WorkerEffect, of index: Int) {
        switch effect {
        case .send(let message):
            guard let connection = nodes[index].connection else { return }
            send(Flight(worker: index, connection: connection, content: .up(message)))
        case .reservePort(let lease):
            give(.portReserved(lease, Self.port(of: leases[lease.epoch]?.number ?? 0)), to: index)
        case .spawn(let assignment, let rendezvous): spawn(assignment, rendezvous, on: index)
        case .kill(let lease, let grace):
            if grace == 0 {
                end(lease, .signalled(signal: 9), "stopped", on: index)
            } else if let process = nodes[index].processes.firstIndex(where: { $0.lease == lease }) {
                nodes[index].processes[process].killTime = time + Int64(grace)
            }
        case .wake(let time): nodes[index].wake = time
        case .exit:
            if !nodes[index].processes.isEmpty { astray() }
            trace.append("gone.\(index)")
            stopAgent(index)
        }
    }

    private static func port(of generation: Int) -> UInt16 { UInt16(7000 + generation) }

    private mutating func spawn(_ assignment: Assignment, _ rendezvous: Rendezvous?, on index: Int) {
        let name = leases[assignment.lease.epoch]
        trace.append("run.\(name?.text ?? "Unit.0.0.0").\(index)")
        nodes[index].processes.append(
            Process(lease: assignment.lease, isFresh: scope.jobs.contains(where: \.isRepeated)))
        guard let name, scope.jobs[name.place].isGang else { return }
        // The ranks of a generation meet where its rank 0 is, and nowhere else.
        let first = grants[name.place][0]
        if rendezvous?.port != Self.port(of: first.number) || rendezvous?.host != "host\(first.worker)" { astray() }
    }

    mutating func end(_ lease: Lease, _ outcome: Outcome, _ word: String, on index: Int) {
        guard let process = nodes[index].processes.firstIndex(where: { $0.lease == lease }) else { return }
        nodes[index].processes.remove(at: process)
        trace.append("\(word).\(leases[lease.epoch]?.text ?? "Unit.0.0.0")")
        give(.processEnded(lease, outcome), to: index)
    }

    // MARK: The network

    private mutating func send(_ flight: Flight) {
        if !nodes[flight.worker].isCut, coordinator != nil { prompt.append(flight) }
    }

    mutating func deliver(_ flight: Flight, _ cut: Cut = .none) {
        switch flight.content {
        case .up(let message): give(.worker(message, flight.connection), cut)
        case .closed: give(.connectionLost(flight.connection), cut)
        case .down(let message):
            if nodes[flight.worker].connection == flight.connection { give(.message(message), to: flight.worker) }
        }
    }

    // MARK: Time

    /// A heartbeat goes by, and whoever wanted to be woken is.
    mutating func tick() {
        trace.append("tick")
        time = time + 1
        for index in nodes.indices {
            for process in nodes[index].processes.indices { nodes[index].processes[process].isFresh = false }
        }
        // The core asks for a wake when the last one has come, and not whenever it is put off. It is woken early, so that this phase makes no
        // states of its own; and not at all if it didn't ask.
        if coordinatorWake != nil {
            coordinatorWake = nil
            give(.clock)
        }
        for index in nodes.indices {
            if let wake = nodes[index].wake, wake <= time {
                nodes[index].wake = nil
                give(.clock, to: index)
            }
            for process in nodes[index].processes {
                if let kill = process.killTime, kill <= time {
                    end(process.lease, .signalled(signal: 9), "stopped", on: index)
                }
            }
        }
    }
}
