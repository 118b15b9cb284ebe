import Coordination

/// A worker's host: its agent, the units that the agent runs, and its clock.
struct WorkerHost {
    let index: Int
    let name: WorkerName
    let slots: UInt32
    let offer: Schedule.Offer
    let clock: HostClock
    /// Nil while the agent is down.
    var machine: WorkerMachine?
    /// The connection that stands, and the life of the coordinator that it leads to.
    var connection: ConnectionID?
    var coordinatorLife = 0
    var wakeNumber = 0
    var processes: [UnitProcess] = []
    /// True times, in microseconds.
    var frozenUntil: Int64 = 0
    var hungUntil: Int64 = 0
    /// When the operator starts the agent again that was told to stop.
    var restartAfter: Int64?
    /// What happened while the host stood still.
    var deferred: [EventQueue.OfWorker] = []
    var ports: UInt16 = 0
    var lastIncarnation: UInt64 = 0
}

extension World {
    func workerTime(_ index: Int) -> Timestamp { Timestamp(milliseconds: workers[index].clock.reading(at: now)) }

    func takeOrDefer(_ event: EventQueue.OfWorker, worker index: Int) {
        if workers[index].frozenUntil > now {
            if case .thaw = event { return }
            workers[index].deferred.append(event)
        } else {
            take(event, worker: index)
        }
    }

    private func take(_ event: EventQueue.OfWorker, worker index: Int) {
        switch event {
        case .wake(let number): if number == workers[index].wakeNumber { give(.clock, to: index) }
        case .disconnected(let connection, let life): disconnected(index, connection, life)
        case .connect: connect(index)
        case .start: startAgent(index)
        case .arrival(let slot): arrive(slot, at: index)
        case .unitEnds(let token): unitEnds(index, token)
        case .checkpoint(let token, let step): checkpoint(index, token, step)
        case .thaw: thaw(index)
        case .give(let token): reportEnd(token, of: index)
        }
    }

    // MARK: The agent

    private func startAgent(_ index: Int) {
        guard workers[index].machine == nil else { return }
        let host = workers[index]
        // The agent's start time in microseconds, as the agent draws it.
        let incarnation = max(UInt64(host.clock.base) * 1000 + UInt64(now), host.lastIncarnation + 1)
        workers[index].lastIncarnation = incarnation
        workers[index].restartAfter = nil
        workers[index].machine = WorkerMachine(
            name: host.name, incarnation: Incarnation(incarnation), slots: host.slots, host: "10.0.0.\(index + 1)",
            offer: host.offer.worker)
        connect(index)
    }

    /// The agent and all that it runs is gone.
    func killAgent(_ index: Int, downtime: Int64, isNoticed: Bool) {
        guard workers[index].machine != nil else { return }
        dropConnection(index, isNoticed: isNoticed)
        workers[index].machine = nil
        workers[index].wakeNumber += 1
        for process in workers[index].processes { peerDied(process, of: index) }
        workers[index].processes = []
        queue.add(.worker(index, .start), at: now + max(1, downtime) * 1000)
    }

    func thaw(_ index: Int) {
        // The clock went on: what ran out meanwhile is over before anything else is looked at.
        give(.clock, to: index)
        let events = workers[index].deferred
        workers[index].deferred = []
        for event in events { take(event, worker: index) }
    }

    // MARK: The connection

    private func connect(_ index: Int) {
        guard workers[index].machine != nil, workers[index].connection == nil else { return }
        guard coordinator.isUp, !network.isCut(index, at: now) else {
            let wait = noise.number(in: 100_000...500_000, .latency, index, Int(now))
            queue.add(.worker(index, .connect), at: now + wait)
            return
        }
        workers[index].connection = coordinator.connect(.worker(index))
        workers[index].coordinatorLife = coordinator.life
        give(.connected, to: index)
    }

    func dropConnection(_ index: Int, isNoticed: Bool) {
        guard let connection = workers[index].connection else { return }
        workers[index].connection = nil
        guard isNoticed, workers[index].coordinatorLife == coordinator.life else { return }
        let delay = noise.number(in: 200...50_000, .write, index, Int(connection.number), 3)
        queue.add(.connectionLost(life: coordinator.life, connection: connection.number), at: now + delay)
    }

    private func disconnected(_ index: Int, _ connection: UInt64, _ life: Int) {
        guard workers[index].connection?.number == connection, workers[index].coordinatorLife == life else { return }
        workers[index].connection = nil
        give(.disconnected, to: index)
        connect(index)
    }

    func breakConnection(_ index: Int, isNoticed: Bool) {
        guard workers[index].frozenUntil <= now, workers[index].connection != nil else { return }
        dropConnection(index, isNoticed: isNoticed)
        give(.disconnected, to: index)
        queue.add(
            .worker(index, .connect), at: now + noise.number(in: 50_000...600_000, .latency, index, Int(now), 1))
    }

    private func arrive(_ slot: Int, at index: Int) {
        let flight = network.take(slot)
        guard workers[index].connection == flight.connection, workers[index].coordinatorLife == flight.life,
            case .toWorker(let message) = flight.content
        else { return }
        give(.message(message), to: index)
    }

    // MARK: Inputs and effects

    func give(_ input: WorkerInput, to index: Int) {
        var inputs = [input]
        var next = 0
        while next < inputs.count, workers[index].machine != nil {
            let time = workerTime(index)
            for effect in workers[index].machine!.handle(inputs[next], at: time) {
                carryOut(effect, of: index, &inputs)
            }
            next += 1
        }
    }

    private func carryOut(_ effect: WorkerEffect, of index: Int, _ inputs: inout [WorkerInput]) {
        switch effect {
        case .send(let message):
            referee.hear(message)
            send(message, from: index)
        case .reservePort(let lease):
            workers[index].ports = workers[index].ports % 50_000 + 1
            inputs.append(.portReserved(lease, 10_000 + workers[index].ports))
        case .spawn(let assignment, let rendezvous): spawn(assignment, rendezvous, on: index)
        case .kill(let lease, let grace): kill(lease, grace: grace, on: index)
        case .wake(let time):
            workers[index].wakeNumber += 1
            queue.add(
                .worker(index, .wake(number: workers[index].wakeNumber)),
                at: max(now, workers[index].clock.moment(of: time.milliseconds)))
        case .exit(let reason):
            if let process = workers[index].processes.first {
                accuse("the agent of \(workers[index].name) exits (\(reason)) while \(process.lease) runs")
            }
            // A supervisor starts it again, or the operator who stopped it.
            let restart = max(workers[index].restartAfter ?? 0, now + 1_000_000)
            killAgent(index, downtime: (restart - now) / 1000, isNoticed: true)
        }
    }

    func send(_ message: WorkerMessage, from index: Int) {
        guard let connection = workers[index].connection else { return }
        transmit(
            Network.Flight(
                .toCoordinator(message), on: Incident.Link(.worker(index), isUp: true),
                life: workers[index].coordinatorLife, connection: connection))
    }
}
