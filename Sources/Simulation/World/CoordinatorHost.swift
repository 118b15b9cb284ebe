import Coordination
import Foundation

/// The coordinator's process and its disk, as the daemon's desk drives the core: records are committed in batches, and
/// what stands after a record in the core's effects is said once that record is durable.
struct CoordinatorHost {
    let clock: HostClock
    /// Nil while it is down.
    private(set) var core: Coordinator?
    /// Looked at more often than the core.
    private(set) var isUp = false
    /// How often it was started.
    var life = 0
    var isStarting = false
    var lastConnection: UInt64 = 0
    var wakeNumber = 0

    // The disk.
    var journal: [JournalEntry] = []
    /// Decided, and not yet durable; each `handle`'s records are one group, durable together or not at all.
    var pending: [[JournalEntry]] = []
    /// How many of the pending groups the commit under way holds; nil if there is none.
    var committing: Int?
    /// Groups of records that were decided in this life, and those of them that are durable.
    var decided = 0
    var durable = 0
    /// What may be said once so many groups are durable.
    var outbox: [(after: Int, saying: Saying)] = []
    /// What arrived during a commit, where the coordinator waits for it.
    var inbox: [CoordinatorInput] = []
    var commits = 0
    var slowUntil: Int64 = 0
    var slowLatency: Int64 = 0
    var armedCrash: (point: Incident.WritePoint, downtime: Int64)?

    enum Saying {
        case send(CoordinatorMessage, ConnectionID)
        case reply(ClientReply, ConnectionID)
    }

    /// Who is at the other end of a connection of this life.
    var peers: [UInt64: Peer] = [:]
    enum Peer {
        case worker(Int)
        case client(Int)
        case `operator`(order: Int)
    }

    init(clock: HostClock) { self.clock = clock }

    mutating func start(_ core: Coordinator) {
        self.core = core
        isUp = true
        isStarting = false
    }

    mutating func handle(_ inputs: [CoordinatorInput], at now: Int64) -> [CoordinatorEffect] {
        core!.handle(inputs, at: Timestamp(milliseconds: clock.reading(at: now)))
    }

    mutating func begin(at now: Int64) -> [CoordinatorEffect] {
        core!.start(at: Timestamp(milliseconds: clock.reading(at: now)))
    }

    var isDurable: Bool { pending.isEmpty }

    mutating func connect(_ peer: Peer) -> ConnectionID {
        lastConnection += 1
        peers[lastConnection] = peer
        return ConnectionID(lastConnection)
    }
}

extension World {
    // MARK: Life

    func startCoordinatorLater(_ downtime: Int64) {
        coordinator.isStarting = true
        queue.add(.coordinatorStart, at: now + downtime * 1000)
    }

    func startCoordinator() {
        guard !coordinator.isUp else { return }
        let core: Coordinator
        do { core = try recovered() } catch {
            return accuse("the coordinator can't read its own journal: \(error)")
        }
        coordinator.start(core)
        compareReadModel(.active)
        carryOut(coordinator.begin(at: now))
    }

    /// A coordinator with the state that is on disk. Where all of the journal is read, it is every second time by way of a
    /// snapshot and what came after it.
    private func recovered() throws -> Coordinator {
        // All of it now and then: the longer the journal, the dearer and the more seldom.
        let percent = max(1, min(10, 20_000 / (coordinator.journal.count + 1)))
        var core = Coordinator(configuration: configuration, policy: policy)
        var rest = coordinator.journal[...]
        if let (state, count) = replayed, !noise.chance(percent, .snapshot, coordinator.life, 2) {
            // What was replayed once gives the same again, whatever the terms are now: only what came since is read.
            core.restore(state)
            rest = rest.dropFirst(count)
        } else if noise.chance(50, .snapshot, coordinator.life, 0), !rest.isEmpty {
            let count = 1 + Int(noise.word(.snapshot, coordinator.life, 1) % UInt64(rest.count))
            var writer = Coordinator(configuration: configuration, policy: policy)
            for entry in rest.prefix(count) { try writer.replay(entry) }
            let bytes = try JSONEncoder().encode(writer.snapshot)
            core.restore(try JSONDecoder().decode(ClusterSnapshot.self, from: bytes))
            rest = rest.dropFirst(count)
        }
        for entry in rest { try core.replay(entry) }
        replayed = (core.snapshot, coordinator.journal.count)
        return core
    }

    /// `kill -9`: what isn't durable is gone, and so is every connection.
    func crashCoordinator(downtime: Int64) {
        guard coordinator.isUp else { return }
        statistics.count("coordinator crashes")
        let old = coordinator
        coordinator = CoordinatorHost(clock: old.clock)
        coordinator.life = old.life + 1
        coordinator.journal = old.journal
        coordinator.commits = old.commits
        (coordinator.slowUntil, coordinator.slowLatency) = (old.slowUntil, old.slowLatency)
        coordinator.armedCrash = old.armedCrash
        for index in workers.indices {
            guard let connection = workers[index].connection else { continue }
            // The kernel resets the connection; if packets are lost it takes longer.
            let delay = noise.number(in: 200...20_000, .write, index, coordinator.life)
            queue.add(
                .worker(index, .disconnected(connection: connection.number, life: old.life)), at: now + delay)
        }
        startCoordinatorLater(max(1, downtime))
    }

    // MARK: Inputs and effects

    func give(_ input: CoordinatorInput) {
        guard coordinator.isUp else { return }
        if schedule.cluster.disk == .blocking, coordinator.committing != nil { return coordinator.inbox.append(input) }
        handle([input])
        commit()
    }

    /// What came in together is one step.
    private func handle(_ inputs: [CoordinatorInput]) {
        carryOut(coordinator.handle(inputs, at: now), commits: false)
    }

    func wakeCoordinator(_ life: Int, _ number: Int) {
        guard life == coordinator.life, number == coordinator.wakeNumber else { return }
        give(.clock)
    }

    private func carryOut(_ effects: [CoordinatorEffect], commits: Bool = true) {
        var group: [JournalEntry] = []
        // A send waits for the records before it, and therefore for their whole group.
        var isInGroup = false
        for effect in effects {
            switch effect {
            case .record(let entry):
                if !isInGroup {
                    isInGroup = true
                    coordinator.decided += 1
                }
                group.append(entry)
            case .send(let message, let connection): say(.send(message, connection))
            case .reply(let reply, let connection, _): say(.reply(reply, connection))
            case .wake(let time):
                coordinator.wakeNumber += 1
                queue.add(
                    .coordinatorWake(life: coordinator.life, number: coordinator.wakeNumber),
                    at: max(now, coordinator.clock.moment(of: time.milliseconds)))
            case .count(let counter): statistics.count(counter.rawValue)
            }
        }
        if !group.isEmpty { coordinator.pending.append(group) }
        if commits { commit() }
    }

    private func say(_ saying: CoordinatorHost.Saying) {
        if coordinator.durable >= coordinator.decided {
            release(saying)
        } else {
            coordinator.outbox.append((coordinator.decided, saying))
        }
    }

    private func release(_ saying: CoordinatorHost.Saying) {
        switch saying {
        case .send(let message, let connection):
            guard case .worker(let index)? = coordinator.peers[connection.number] else { return }
            if let fault = referee.faultOfSaying(message, to: workers[index].name) { accuse(fault) }
            transmit(
                Network.Flight(
                    .toWorker(message), on: Incident.Link(.worker(index), isUp: false), life: coordinator.life,
                    connection: connection))
        case .reply(let reply, let connection):
            if case .operator(let order)? = coordinator.peers[connection.number] {
                return answer(reply, toOrder: order)
            }
            guard case .client(let client)? = coordinator.peers[connection.number] else { return }
            if let fault = referee.faultOfSaying(reply, key: clients[client].key) { accuse(fault) }
            transmit(
                Network.Flight(
                    .reply(reply),
                    on: Incident.Link(.tenant(submission: clients[client].submission.number), isUp: false),
                    life: coordinator.life, connection: connection, client: client))
        }
    }

    // MARK: Commits

    /// Begins a commit of all that is decided, unless one is under way.
    private func commit() {
        guard coordinator.committing == nil, !coordinator.pending.isEmpty else { return }
        coordinator.committing = coordinator.pending.count
        coordinator.commits += 1
        let latency =
            coordinator.slowUntil > now
            ? coordinator.slowLatency * 1000 : noise.number(in: 300...4000, .write, -1, coordinator.commits)
        queue.add(.commit(life: coordinator.life), at: now + latency)
    }

    func commitEnds(_ life: Int) {
        guard life == coordinator.life, let count = coordinator.committing else { return }
        let crash = coordinator.armedCrash
        coordinator.armedCrash = nil
        if let crash, crash.point == .beforeDurable { return crashCoordinator(downtime: crash.downtime) }
        let groups = coordinator.pending.prefix(count)
        coordinator.pending.removeFirst(count)
        coordinator.committing = nil
        coordinator.durable += count
        for group in groups {
            coordinator.journal.append(contentsOf: group)
            record(group)
        }
        if let crash {
            if case .afterMessages(let most) = crash.point { saySome(most) }
            return crashCoordinator(downtime: crash.downtime)
        }
        saySome(.max)
        let inputs = coordinator.inbox
        coordinator.inbox = []
        if !inputs.isEmpty { handle(inputs) }
        commit()
    }

    private func saySome(_ most: Int) {
        let ready = coordinator.outbox.prefix { $0.after <= coordinator.durable }
        coordinator.outbox.removeFirst(ready.count)
        for (_, saying) in ready.prefix(most) { release(saying) }
    }

    /// Records that are durable now: what the others may hear of, and what the promises are about.
    private func record(_ group: [JournalEntry]) {
        lastProgress = now
        for entry in group {
            if let fault = fault(of: entry) ?? referee.record(entry) {
                return accuse("\(fault) (\(entry.event.brief))")
            }
            if case .assign(let lease, _, _) = entry.event { holdGrants(lease) }
            statistics.record(
                entry.event, entry.event.job.flatMap { referee.jobs[$0] }, offered: referee.offeredSlots, at: now)
        }
        if let fault = referee.faultOfGroup(group) { accuse(fault) }
    }
}

extension ProtocolEvent {
    /// The word, and what it is about.
    fileprivate var brief: String {
        switch self {
        case .assign(let lease, _, _), .accept(let lease, _), .finish(let lease), .fail(let lease, _),
            .lapse(let lease):
            "\(name) \(lease)"
        default: job.map { "\(name) \($0)" } ?? name
        }
    }
}
