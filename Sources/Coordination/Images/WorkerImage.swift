extension WorkerMachine {
    /// It holds nothing and waits for nothing.
    package var isIdle: Bool { holdings.isEmpty && link == .joined }

    /// The worker's state as far as its future goes.
    package func image(_ names: Renamer) -> WorkerMachine {
        var image = self
        image.incarnation = names.incarnation(incarnation, of: name)
        image.sequence = names.sequence(sequence, of: name, isCurrent: true)
        let lease = Int64(terms.leaseMilliseconds)
        image.unrenewed = unrenewed.map {
            Beat(sequence: names.sequence($0.sequence, of: name), time: names.past($0.time, lease))
        }
        image.deadline = deadline.map(names.future)
        image.nextBeat = nextBeat.map(names.future)
        image.armed = armed.map(names.future)
        image.holdings = Dictionary(
            uniqueKeysWithValues: holdings.map { epoch, holding in
                var holding = holding
                holding.assignment.lease = names.lease(holding.assignment.lease)
                return (names.epoch(epoch), holding)
            })
        image.queue = queue.map(names.epoch)
        image.over = Set(over.map(names.epoch))
        image.floor = names.epoch(floor)
        image.now = Timestamp(milliseconds: 0)
        return image
    }
}

extension WorkerMessage {
    /// The message with the names that the states around it have; `worker` has sent it.
    package func image(_ names: Renamer, from worker: WorkerName) -> WorkerMessage {
        switch self {
        case .join(var join):
            join.incarnation = names.incarnation(join.incarnation, of: worker)
            join.sequence = names.sequence(join.sequence, of: worker)
            join.held = join.held.map { HeldLease(names.lease($0.lease), $0.phase) }
            return .join(join)
        case .heartbeat(var beat):
            beat.incarnation = names.incarnation(beat.incarnation, of: worker)
            beat.sequence = names.sequence(beat.sequence, of: worker)
            beat.held = beat.held.map { HeldLease(names.lease($0.lease), $0.phase) }
            return .heartbeat(beat)
        case .accept(let lease, let port): return .accept(names.lease(lease), port: port)
        case .finish(let lease, let outcome): return .finish(names.lease(lease), outcome)
        case .metrics(let lease, let json): return .metrics(names.lease(lease), json: json)
        case .log(let lease, let stream, let offset, let bytes):
            return .log(names.lease(lease), stream, offset: offset, bytes: bytes)
        case .checkpoint(let lease, let step, let bytes):
            return .checkpoint(names.lease(lease), step: step, bytes: bytes)
        case .leave: return .leave
        }
    }
}

extension CoordinatorMessage {
    /// The message with the names that the states around it have; it is for `worker`.
    package func image(_ names: Renamer, to worker: WorkerName) -> CoordinatorMessage {
        switch self {
        case .welcome(let terms, let sequence, let floor):
            return .welcome(terms, sequence: names.sequence(sequence, of: worker), floor: names.epoch(floor))
        case .refuse, .probe: return self
        case .assign(var assignment):
            assignment.lease = names.lease(assignment.lease)
            return .assign(assignment)
        case .start(let lease, let rendezvous): return .start(names.lease(lease), rendezvous)
        case .stop(let lease, let grace): return .stop(names.lease(lease), graceMilliseconds: grace)
        case .settle(let lease): return .settle(names.lease(lease))
        case .renew(let sequence, let floor):
            return .renew(sequence: names.sequence(sequence, of: worker), floor: names.epoch(floor))
        case .fence(let incarnation): return .fence(names.incarnation(incarnation, of: worker))
        }
    }
}
