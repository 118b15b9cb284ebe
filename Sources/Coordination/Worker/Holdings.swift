/// A lease that this worker holds.
struct Holding: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// A task that waits for a slot: the coordinator assigned it ahead, so that the worker is never idle for a round trip.
        case queued
        /// Rank 0 of a gang, until the shell has found a port.
        case reserving
        /// A rank that waits for `start`.
        case accepted(port: UInt16)
        case running
        /// Its process was told to stop.
        case stopping
        /// It has ended, and says so until the coordinator settles it.
        case finished(Outcome)
    }

    var assignment: Assignment
    var phase: Phase

    var lease: Lease { assignment.lease }
    var isProcess: Bool { phase == .running || phase == .stopping }
}

/// The leases of a worker, from `assign` to `settle`.
extension WorkerMachine {
    /// Whether the lease is this worker's, from `assign` to `settle`. What a shell keeps for one that isn't can go.
    public func holds(_ lease: Lease) -> Bool { holdings[lease.epoch]?.lease == lease }

    /// The leases of the same generation of a gang that this worker has, in the order of `LOCAL_RANK`; a task has no companions but
    /// itself. Complete once a rank of it starts: until all are accepted none does.
    public func companions(of assignment: Assignment) -> [Lease] {
        guard assignment.isGang else { return [assignment.lease] }
        let others = holdings.values.map(\.assignment).filter {
            $0.lease.task.job == assignment.lease.task.job && $0.attempt == assignment.attempt
        }
        return others.map(\.lease).sorted { $0.task.index < $1.task.index }
    }

    /// By epoch.
    var leases: [Lease] { holdings.values.map(\.lease).sorted { $0.epoch < $1.epoch } }

    /// What joins and heartbeats list. A lease that isn't accepted yet is left out.
    var held: [HeldLease] {
        leases.compactMap { lease in
            switch holdings[lease.epoch]?.phase {
            case .reserving, nil: nil
            case .queued: HeldLease(lease, .queued)
            case .accepted(let port): HeldLease(lease, .accepted(port: port))
            case .running, .stopping: HeldLease(lease, .running)
            case .finished(let outcome): HeldLease(lease, .finished(outcome))
            }
        }
    }

    mutating func assign(_ assignment: Assignment) {
        let lease = assignment.lease
        // Without a welcome nothing is known of this assignment's age.
        guard deadline != nil else { return }
        if let holding = holdings[lease.epoch] { return repeatAnswer(holding) }
        guard lease.epoch >= floor, !over.contains(lease.epoch) else { return }
        if isShuttingDown {
            over.insert(lease.epoch)
            return send(.finish(lease, .stopped))
        }
        holdings[lease.epoch] = Holding(assignment: assignment, phase: .queued)
        // `startQueued` follows at once. A rank was granted within the slots: if they are taken here, by tasks that went ahead
        // while its first `assign` was lost, it is the next to get some.
        if assignment.isGang {
            let ranks = queue.prefix { holdings[$0]?.assignment.isGang == true }.count
            queue.insert(lease.epoch, at: ranks)
        } else {
            queue.append(lease.epoch)
        }
    }

    /// A rank has its slots: it is accepted, with a port if the others are to meet there, and waits for `start`.
    private mutating func prepare(_ lease: Lease) {
        if lease.task.index == 0 {
            holdings[lease.epoch]?.phase = .reserving
            effects.append(.reservePort(lease))
        } else {
            holdings[lease.epoch]?.phase = .accepted(port: 0)
            send(.accept(lease, port: 0))
        }
    }

    /// Whether the shell may keep a message for a moment, to send it together with others: that a task has begun or has succeeded,
    /// while other tasks wait here for its slot. The coordinator's answer brings this worker nothing that it could begin now.
    public func mayWait(_ message: WorkerMessage) -> Bool {
        let lease: Lease
        switch message {
        case .accept(let accepted, _): lease = accepted
        case .finish(let ended, let outcome) where outcome.isSuccess: lease = ended
        default: return false
        }
        return !queue.isEmpty && holdings[lease.epoch]?.assignment.isGang == false
    }

    /// Begins with what waits here for as long as slots are free, in the order in which it was assigned.
    mutating func startQueued() {
        guard !queue.isEmpty, !isShuttingDown else { return }
        var used = slotsHeld
        while let epoch = queue.first {
            guard let holding = holdings[epoch], holding.phase == .queued else {
                queue.removeFirst()
                continue
            }
            let assignment = holding.assignment
            // What is larger than the whole worker was granted by mistake; it is not for us to hold it for ever.
            guard used == 0 || used + UInt64(assignment.slots) <= UInt64(slots) else { return }
            queue.removeFirst()
            used += UInt64(assignment.slots)
            if assignment.isGang {
                prepare(assignment.lease)
                continue
            }
            holdings[epoch]?.phase = .running
            send(.accept(assignment.lease, port: 0))
            effects.append(.spawn(assignment, nil))
        }
    }

    /// Slots that what is held here uses now; what waits and what has ended uses none.
    private var slotsHeld: UInt64 {
        holdings.values.reduce(0) { sum, holding in
            switch holding.phase {
            case .queued, .finished: sum
            case .reserving, .accepted, .running, .stopping: sum + UInt64(holding.assignment.slots)
            }
        }
    }

    /// The coordinator asks again, so the first answer was lost or is on its way.
    private mutating func repeatAnswer(_ holding: Holding) {
        switch holding.phase {
        case .queued, .reserving: break
        case .accepted(let port): send(.accept(holding.lease, port: port))
        case .running, .stopping: send(.accept(holding.lease, port: 0))
        case .finished(let outcome): send(.finish(holding.lease, outcome))
        }
    }

    mutating func portReserved(_ lease: Lease, _ port: UInt16) {
        guard holdings[lease.epoch]?.phase == .reserving else { return }
        holdings[lease.epoch]?.phase = .accepted(port: port)
        send(.accept(lease, port: port))
    }

    mutating func start(_ lease: Lease, _ rendezvous: Rendezvous) {
        guard let holding = holdings[lease.epoch], case .accepted = holding.phase else { return }
        holdings[lease.epoch]?.phase = .running
        effects.append(.spawn(holding.assignment, rendezvous))
    }

    /// The coordinator wants the lease ended. Of one that isn't held, its `assign` was lost or comes later, and is then
    /// not taken any more.
    mutating func stop(_ lease: Lease, graceMilliseconds: UInt32) {
        guard holdings[lease.epoch] != nil else {
            if lease.epoch >= floor { over.insert(lease.epoch) }
            return send(.finish(lease, .stopped))
        }
        end(lease, graceMilliseconds: graceMilliseconds)
    }

    /// Ends what is held of the lease; its `finish` follows at once, or when the process is gone.
    mutating func end(_ lease: Lease, graceMilliseconds: UInt32) {
        switch holdings[lease.epoch]?.phase {
        case .queued, .reserving, .accepted: finished(lease, .stopped)
        case .running:
            effects.append(.kill(lease, graceMilliseconds: graceMilliseconds))
            holdings[lease.epoch]?.phase = .stopping
        case .stopping: if graceMilliseconds == 0 { effects.append(.kill(lease, graceMilliseconds: 0)) }
        case .finished(let outcome): send(.finish(lease, outcome))
        case nil: break
        }
    }

    mutating func processEnded(_ lease: Lease, _ outcome: Outcome) {
        switch holdings[lease.epoch]?.phase {
        // While reserving: no port was free.
        case .running, .reserving: finished(lease, outcome)
        case .stopping: finished(lease, .stopped)
        // Said again because the `finish` may not have left.
        case .finished(let outcome): send(.finish(lease, outcome))
        case .queued, .accepted, nil: break
        }
    }

    private mutating func finished(_ lease: Lease, _ outcome: Outcome) {
        holdings[lease.epoch]?.phase = .finished(outcome)
        send(.finish(lease, outcome))
    }

    mutating func settle(_ lease: Lease) {
        guard case .finished = holdings[lease.epoch]?.phase else { return }
        holdings[lease.epoch] = nil
        if lease.epoch >= floor { over.insert(lease.epoch) }
    }

    /// Kills every process without a grace, and forgets all leases.
    mutating func killAll() {
        for lease in leases where holdings[lease.epoch]?.isProcess == true {
            effects.append(.kill(lease, graceMilliseconds: 0))
        }
        holdings = [:]
        queue = []
        over = []
    }
}
