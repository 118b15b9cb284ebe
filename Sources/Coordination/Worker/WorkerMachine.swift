/// The worker as a state machine: inputs in, effects out. Its shell, the agent, has the sockets, processes and the clock.
///
/// A worker holds leases only as long as the coordinator's renewals reach it: once `Terms.leaseMilliseconds` have gone by
/// since the SENDING of the last renewed heartbeat, it kills what it holds, forgets it, and begins its next incarnation.
/// The coordinator waits longer than that, from a later moment, before it grants the same task again. So no task ever
/// has two live leases, as long as clocks run at about the same rate, whatever the network does.
public struct WorkerMachine: Hashable, Sendable {
    public let name: WorkerName
    public internal(set) var incarnation: Incarnation
    let slots: UInt32
    let host: String
    let offer: WorkerOffer
    /// What units get to stop when the operator stops the agent.
    let shutdownGraceMilliseconds: UInt32
    var terms: Terms

    enum Link: Hashable, Sendable { case down, joining, joined }
    var link = Link.down
    /// The number of the last join or heartbeat.
    var sequence: UInt64 = 0
    /// The joins and heartbeats since the last renewed one, oldest first.
    var unrenewed: [Beat] = []
    /// Until when the leases are good; nil before the first welcome of an incarnation.
    var deadline: Timestamp?
    /// When the next join or heartbeat is due; nil while disconnected.
    var nextBeat: Timestamp?

    var holdings: [Epoch: Holding] = [:]
    /// What waits here for a slot: ranks first, then tasks, in the order in which they came.
    var queue: [Epoch] = []
    /// Leases that are over here, of which a late `assign` may still come: those with an epoch from `floor` on.
    var over: Set<Epoch> = []
    var floor = Epoch(0)
    var isShuttingDown = false
    var hasExited = false

    /// The `wake` that the shell was last asked for.
    var armed: Timestamp?

    // During one `handle`.
    var now = Timestamp(milliseconds: 0)
    var effects: [WorkerEffect] = []

    /// - Parameters:
    ///   - incarnation: larger than every one before of this name; the agent's start time in microseconds.
    ///   - offer: what the worker has besides slots.
    ///   - host: the address at which other workers' ranks reach this one.
    ///   - terms: what is kept until the coordinator's `welcome` says better.
    public init(
        name: WorkerName, incarnation: Incarnation, slots: UInt32, host: String,
        offer: WorkerOffer = WorkerOffer(),
        terms: Terms = Terms(heartbeatMilliseconds: 1000, leaseMilliseconds: 10_000),
        shutdownGraceMilliseconds: UInt32 = 5000
    ) {
        self.name = name
        self.incarnation = incarnation
        self.slots = slots
        self.host = host
        self.offer = offer
        self.terms = terms
        self.shutdownGraceMilliseconds = shutdownGraceMilliseconds
    }

    public mutating func handle(_ input: WorkerInput, at now: Timestamp) -> [WorkerEffect] {
        guard !hasExited else { return [] }
        self.now = now
        if let deadline, now >= deadline { fence() }
        if !hasExited { take(input) }
        if !hasExited { startQueued() }
        if isShuttingDown, !hasExited { leaveIfDone() }
        if !hasExited { arm() }
        defer { effects = [] }
        return effects
    }

    private mutating func take(_ input: WorkerInput) {
        switch input {
        case .connected:
            link = .joining
            join()
        case .disconnected:
            link = .down
            nextBeat = nil
        case .message(let message): receive(message)
        case .portReserved(let lease, let port): portReserved(lease, port)
        case .processEnded(let lease, let outcome): processEnded(lease, outcome)
        case .clock: if let nextBeat, now >= nextBeat { beat() }
        case .shutdown: shutDown()
        }
    }

    private mutating func receive(_ message: CoordinatorMessage) {
        switch message {
        case .welcome(let terms, let sequence, let floor):
            guard renew(sequence, floor, by: terms) else { return }
            link = .joined
            nextBeat = now + Int64(terms.heartbeatMilliseconds)
        case .renew(let sequence, let floor): _ = renew(sequence, floor, by: terms)
        case .refuse(let reason):
            killAll()
            exit(reason: reason)
        case .fence(let life): if life == incarnation { fence() }
        case .probe: beat()
        case .assign(let assignment): assign(assignment)
        case .start(let lease, let rendezvous): start(lease, rendezvous)
        case .stop(let lease, let grace): stop(lease, graceMilliseconds: grace)
        case .settle(let lease): settle(lease)
        }
    }

    // MARK: Joining and renewal

    private mutating func join() {
        let join = Join(
            worker: name, incarnation: incarnation, sequence: nextSequence(), slots: slots, host: host, held: held,
            offer: offer)
        send(.join(join))
    }

    /// Says again who this is until that is answered, and then, every heartbeat, what it holds. Three heartbeats without
    /// an answer: perhaps the coordinator doesn't know this connection, so it is told.
    private mutating func beat() {
        if link == .joining || unrenewed.count >= 3 { return join() }
        send(.heartbeat(Heartbeat(incarnation: incarnation, sequence: nextSequence(), held: held)))
    }

    private mutating func nextSequence() -> UInt64 {
        sequence += 1
        nextBeat = now + Int64(terms.heartbeatMilliseconds)
        // Renewing one that is older than a lease would be of no use.
        unrenewed.removeAll { now - $0.time >= Int64(terms.leaseMilliseconds) }
        unrenewed.append(Beat(sequence: sequence, time: now))
        return sequence
    }

    /// The coordinator's terms count from the first welcome on: by longer ones of its own the worker would still run what
    /// has lapsed.
    private mutating func renew(_ sequence: UInt64, _ floor: Epoch, by terms: Terms) -> Bool {
        guard let beat = unrenewed.first(where: { $0.sequence == sequence }) else { return false }
        self.terms = terms
        unrenewed.removeAll { $0.sequence <= sequence }
        let until = beat.time + Int64(terms.leaseMilliseconds)
        deadline = deadline.map { max($0, until) } ?? until
        if self.floor < floor {
            self.floor = floor
            over = over.filter { $0 >= floor }
        }
        return true
    }

    /// The leases are not good any more: another worker may be running these units soon.
    private mutating func fence() {
        killAll()
        incarnation = Incarnation(incarnation.number + 1)
        deadline = nil
        unrenewed = []
        guard !isShuttingDown else {
            return exit(reason: "stopped; the coordinator was not heard for the time of a lease")
        }
        guard link != .down else { return }
        link = .joining
        join()
    }

    // MARK: Stopping

    private mutating func shutDown() {
        isShuttingDown = true
        for lease in leases { end(lease, graceMilliseconds: shutdownGraceMilliseconds) }
    }

    /// Leaves once nothing is held. Without a coordinator that settles the results, the fence puts an end to the wait.
    private mutating func leaveIfDone() {
        guard holdings.isEmpty else { return }
        send(.leave)
        exit(reason: "stopped")
    }

    private mutating func exit(reason: String) {
        effects.append(.exit(reason: reason))
        hasExited = true
    }

    // MARK: Effects

    mutating func send(_ message: WorkerMessage) {
        if link != .down { effects.append(.send(message)) }
    }

    private mutating func arm() {
        let next = [nextBeat, deadline].compactMap(\.self).min()
        guard let next, next != armed else { return }
        armed = next
        effects.append(.wake(next))
    }
}

/// A join or a heartbeat that was sent.
struct Beat: Hashable, Sendable {
    let sequence: UInt64
    let time: Timestamp
}
