/// Workers come, are heard, fall silent, and go.
extension Coordinator {
    mutating func receive(_ message: WorkerMessage, on connection: ConnectionID) {
        if case .join(let join) = message { return self.join(join, on: connection) }
        guard let name = bindings[connection], let worker = state.workers[name] else {
            return count(.unknownWorkerRefused)
        }
        guard worker.isMember else {
            effects.append(.send(.fence(worker.incarnation), connection))
            return count(.unknownWorkerRefused)
        }
        // Another connection of the same worker has taken this one's place.
        guard sessions[name]?.connection == connection else { return count(.unknownWorkerRefused) }
        if case .heartbeat(let beat) = message {
            guard beat.incarnation == worker.incarnation else { return }
            hear(name)
            return heartbeat(beat, of: name)
        }
        hear(name)
        switch message {
        case .join, .heartbeat: break
        case .accept(let lease, let port): accepted(lease, port: port, by: name)
        case .finish(let lease, let outcome): ended(lease, outcome, on: name)
        case .metrics(let lease, _), .log(let lease, _, _, _):
            if !holds(name, lease) { count(.staleEpochRefused) }
        case .checkpoint(let lease, let step, _): checkpoint(lease, step: step, by: name)
        case .leave: leave(name)
        }
    }

    /// Whether the worker that speaks on this connection holds the lease, so that what its unit says counts. The shell asks
    /// before it stores a piece of a log, a line of metrics or a checkpoint.
    public func holds(_ lease: Lease, on connection: ConnectionID) -> Bool {
        worker(on: connection).map { holds($0, lease) } ?? false
    }

    /// The worker that speaks on this connection.
    public func worker(on connection: ConnectionID) -> WorkerName? {
        bindings[connection].flatMap { sessions[$0]?.connection == connection ? $0 : nil }
    }

    func holds(_ worker: WorkerName, _ lease: Lease) -> Bool { state.live(lease)?.worker == worker }

    // MARK: Joining

    private mutating func join(_ join: Join, on connection: ConnectionID) {
        let name = join.worker
        if let bound = bindings[connection], bound != name {
            return refuse("this connection is worker \(bound)'s, not \(name)'s", connection)
        }
        guard join.slots > 0, !join.host.isEmpty else {
            return refuse("a worker offers at least one slot, and a host address", connection)
        }
        // An incarnation is the agent's time of start in microseconds. One from far in the future would lock its name until
        // that time has come.
        guard join.incarnation.number / 1000 <= UInt64(clamping: now.milliseconds) + Self.incarnationAheadMilliseconds
        else {
            return refuse(
                "worker \(name)'s incarnation lies more than a day in the future: the clock of its host is ahead",
                connection)
        }
        if let reason = Self.offerFault(join.offer) { return refuse(reason, connection) }
        guard let worker = state.workers[name] else { return admit(join, on: connection) }
        if join.incarnation < worker.incarnation {
            // On a connection of this very worker it is a late copy.
            guard bindings[connection] == nil else { return }
            return refuse(
                "a later incarnation of worker \(name) has joined before: another worker has this name, "
                    + "or this host's clock was set back", connection)
        }
        if join.incarnation > worker.incarnation {
            return worker.isMember ? challenge(join, on: connection) : admit(join, on: connection)
        }
        guard worker.isMember else {
            bindings[connection] = name
            effects.append(.send(.fence(join.incarnation), connection))
            return
        }
        attach(join, to: connection)
    }

    private static let incarnationAheadMilliseconds: UInt64 = 86_400_000

    private static func offerFault(_ offer: WorkerOffer) -> String? {
        guard offer.cores <= 1_000_000, offer.memory <= 1 << 50, offer.devices.values.allSatisfy({ $0 <= 1_000_000 })
        else { return "a worker offers at most 1000000 cores, 1 PiB of memory and 1000000 devices of a kind" }
        guard (1...1_000_000).contains(offer.speedPercent), offer.credit <= 10_000 else {
            return "a worker's speed is from 1 to 1000000 percent, its credit at most 10000"
        }
        guard offer.labels.count <= 64, offer.devices.count <= 64, offer.links.count <= 1000 else {
            return "a worker has at most 64 labels, 64 kinds of device and links to 1000 sites"
        }
        let names = offer.labels.map { [$0, $1] }.joined() + Array(offer.devices.keys) + Array(offer.links.keys)
        return names.lazy.compactMap { nameFault($0, "worker's label, device or site") }.first
    }

    private mutating func refuse(_ reason: String, _ connection: ConnectionID) {
        effects.append(.send(.refuse(reason: reason), connection))
        count(.unknownWorkerRefused)
    }

    private mutating func admit(_ join: Join, on connection: ConnectionID) {
        record(
            .join(
                join.worker, join.incarnation, slots: join.slots, host: join.host, offer: join.offer,
                terms: configuration.terms))
        sessions[join.worker] = Session(lastHeard: now)
        attach(join, to: connection)
    }

    /// A newer incarnation of a member: the old one is over, unless the name is in use twice.
    private mutating func challenge(_ join: Join, on connection: ConnectionID) {
        let name = join.worker
        guard let session = sessions[name] else { return }
        if let standing = session.connection, standing != connection {
            let challenge = session.challenge.flatMap { $0.connection == connection ? $0 : nil }
            guard let challenge else {
                sessions[name]?.challenge = Challenge(connection: connection, since: now)
                return
            }
            guard now - challenge.since >= 3 * Int64(heartbeatMilliseconds(of: session)) else { return }
        }
        lose(name)
        admit(join, on: connection)
    }

    private mutating func attach(_ join: Join, to connection: ConnectionID) {
        let name = join.worker
        // A smaller number is a late copy, perhaps on an older connection.
        guard let session = sessions[name], join.sequence > session.sequence else { return }
        if session.connection == connection {
            // It says again who it is and never goes on to heartbeats: it doesn't hear us. Answering for ever would let it
            // keep leases that it never learns of; left unanswered, they lapse.
            guard session.joins < Self.joinsAnswered else { return }
            sessions[name]?.joins += 1
        } else {
            sessions[name]?.joins = 1
        }
        bindings[connection] = name
        sessions[name]?.connection = connection
        sessions[name]?.sequence = join.sequence
        sessions[name]?.rhythm.pause()
        hear(name)
        needsScheduling = true
        welcome(name, sequence: join.sequence)
        reconcile(name, holding: join.held)
    }

    /// Joins of one connection that are answered without a heartbeat between them.
    static let joinsAnswered = 5

    // MARK: Being heard

    private mutating func hear(_ name: WorkerName) {
        if isSuspect(name) { needsScheduling = true }
        sessions[name]?.lastHeard = now
        if sessions[name]?.probed != nil {
            sessions[name]?.probed = nil
            count(.suspicionsRefuted)
        }
        // One message may have been on its way when the old connection broke; two are life.
        sessions[name]?.challenge?.lifeSigns += 1
        if let challenge = sessions[name]?.challenge, challenge.lifeSigns > 1 {
            sessions[name]?.challenge = nil
            refuse(
                "the name \(name) is in use by a live worker at \(state.workers[name]?.host ?? "")",
                challenge.connection)
        }
    }

    private mutating func heartbeat(_ beat: Heartbeat, of name: WorkerName) {
        guard let session = sessions[name], beat.sequence > session.sequence else { return }
        sessions[name]?.sequence = beat.sequence
        sessions[name]?.joins = 0
        sessions[name]?.rhythm.beat(at: now)
        reconcile(name, holding: beat.held)
        renew(name, sequence: beat.sequence)
    }

    /// Below this epoch the worker's leases are accepted or over.
    func floor(of name: WorkerName) -> Epoch {
        let open = state.workers[name]?.leases.first { state.leases[$0]?.phase == .assigned }
        return open ?? Epoch(state.lastEpoch.number + 1)
    }

    // MARK: Falling silent, going

    mutating func connectionLost(_ connection: ConnectionID) {
        guard let name = bindings.removeValue(forKey: connection) else { return }
        if sessions[name]?.connection == connection { sessions[name]?.connection = nil }
    }

    /// The worker's incarnation is over, and all of its leases with it.
    mutating func lose(_ name: WorkerName) {
        guard let worker = state.workers[name] else { return }
        lapseLeases(of: name)
        record(.crash(name, worker.incarnation))
        sessions[name] = nil
    }

    private mutating func leave(_ name: WorkerName) {
        lapseLeases(of: name)
        record(.leave(name))
        sessions[name] = nil
    }

    /// All of them lapse before any of the consequences, so that a gang that lost two ranks at once sees both.
    private mutating func lapseLeases(of name: WorkerName) {
        let leases = (state.workers[name]?.leases ?? []).compactMap { epoch in
            state.leases[epoch].map { Lease($0.task, epoch) }
        }
        for lease in leases {
            record(.lapse(lease))
            dispatches[lease.epoch] = nil
        }
        for lease in leases { advance(lease.task) }
    }
}
