/// The coordinator as a state machine: inputs in, effects out. It has no clock, socket, disk or randomness; its shell has.
///
/// `handle` decides what happens and says so in protocol events; each is recorded and folded into the durable state by
/// one function, `ClusterState.apply`, which replay calls too. So a coordinator that was killed comes back with the state
/// that its journal says, by construction. What it may forget (connections, who was heard when) is kept apart, as
/// `sessions` and `dispatches`.
///
/// Life: `init`, `replay` for every entry of the journal, `start` once, then `handle` for ever.
public struct Coordinator: Sendable {
    public internal(set) var configuration: CoordinatorConfiguration
    public internal(set) var policy: any SchedulingPolicy

    /// What the journal folds to.
    var state = ClusterState()

    // What a restart forgets.
    var sessions: [WorkerName: Session] = [:]
    var bindings: [ConnectionID: WorkerName] = [:]
    var dispatches: [Epoch: Dispatch] = [:]
    var agenda = Agenda()
    /// The job that slots are kept for.
    var leader: JobID?
    var overtakings = Overtakings()
    /// When preemption is looked at next.
    var preemptionDue: Timestamp?
    var submissionRates: [String: TokenBucket] = [:]
    /// How fast units start and jobs end, for what is told to those who come too early.
    var unitPace = Pace()
    var jobPace = Pace()
    /// The `wake` that the shell was last asked for.
    var armed: Timestamp?
    /// Something changed that could let a waiting job start.
    var needsScheduling = false

    /// Jobs that ended long ago and are known no more, until the shell takes them.
    var forgotten: [JobDetail] = []

    // During one `handle`.
    var now = Timestamp(milliseconds: 0)
    var effects: [CoordinatorEffect] = []

    public init(configuration: CoordinatorConfiguration, policy: any SchedulingPolicy = Fair()) {
        self.configuration = configuration
        self.policy = policy
        state.retention = configuration.limits.retention
    }

    /// Folds the next entry of a journal. To be called for all of them, in order, before `start`.
    public mutating func replay(_ entry: JournalEntry) throws(JournalFault) { _ = try state.apply(entry) }

    /// The coordinator begins its work, on an empty state folder or on one whose journal was replayed. Every worker that
    /// was a member counts as heard now, because nobody knows when it was heard last.
    public mutating func start(at now: Timestamp) -> [CoordinatorEffect] {
        perform(at: now) { core in
            guard core.state.sequence > 0 else { return }
            core.record(.recover(terms: core.configuration.terms))
            for (name, worker) in core.state.workers where worker.isMember {
                var session = Session(lastHeard: now)
                // Its last renewal may be one by longer terms than the present ones, and was sent before now.
                if let longest = worker.longestLeaseMilliseconds, longest > core.configuration.terms.leaseMilliseconds {
                    session.holdsUntil = now + core.configuration.lapseMilliseconds(ofLease: longest)
                }
                core.sessions[name] = session
            }
            core.watchTimeLimits()
            for id in core.state.jobs.keys.sorted() { core.advanceAll(id) }
        }
    }

    public mutating func handle(_ input: CoordinatorInput, at now: Timestamp) -> [CoordinatorEffect] {
        perform(at: now) { $0.take(input) }
    }

    /// Takes inputs that came together, in their order, in one step: the policy is asked once, after the last.
    public mutating func handle(_ inputs: [CoordinatorInput], at now: Timestamp) -> [CoordinatorEffect] {
        perform(at: now) { core in for input in inputs { core.take(input) } }
    }

    private mutating func take(_ input: CoordinatorInput) {
        switch input {
        case .worker(let message, let connection): receive(message, on: connection)
        case .client(.submit(let specification, let key), let connection, let request):
            reply(submit(specification, key: key), connection, request)
        case .client(.retry(let job, let key), let connection, let request):
            reply(retry(job, key: key), connection, request)
        case .client(.cancel(let job), let connection, let request): reply(cancel(job), connection, request)
        case .client(.drain(let worker, let isNow), let connection, let request):
            reply(drain(worker, isNow: isNow), connection, request)
        case .client(.undrain(let worker), let connection, let request): reply(undrain(worker), connection, request)
        case .client: break
        case .connectionLost(let connection): connectionLost(connection)
        case .clock:
            armed = nil
            lapseSilentWorkers()
            probeSuspects()
            lookAtAgenda()
        }
    }

    mutating func perform(at now: Timestamp, _ body: (inout Coordinator) -> Void) -> [CoordinatorEffect] {
        self.now = now
        body(&self)
        schedule()
        arm()
        defer { effects = [] }
        return effects
    }

    // MARK: Saying what happened

    /// Decides that `event` happens: the one way to change durable state.
    mutating func record(_ event: ProtocolEvent) {
        let entry = JournalEntry(
            sequence: state.sequence + 1, time: now, event: event, isUnverified: configuration.isUnverified)
        do {
            for job in try state.apply(entry) { forgotten.append(detail(job, nil)) }
        } catch {
            preconditionFailure("the core decided what can't happen: \(error)")
        }
        switch event {
        case .assign: unitPace.count(at: now)
        case .end: jobPace.count(at: now)
        default: break
        }
        effects.append(.record(entry))
    }

    /// The jobs that the records since the last call made the coordinator forget. The shell keeps them elsewhere, as durably
    /// as those records, or lets them go.
    public mutating func takeForgotten() -> [JobDetail] {
        defer { forgotten = [] }
        return forgotten
    }

    mutating func reply(_ reply: ClientReply, _ connection: ConnectionID, _ request: UInt64) {
        effects.append(.reply(reply, connection, request: request))
    }

    mutating func count(_ counter: Counter) { effects.append(.count(counter)) }

    /// Sends to a worker if it is connected. What is lost because it isn't is said again when it is heard next.
    mutating func send(_ message: CoordinatorMessage, to worker: WorkerName) {
        guard let connection = sessions[worker]?.connection else { return }
        effects.append(.send(message, connection))
    }

    /// Asks to be woken when the first worker will be late or will have been silent for too long, or when something on the agenda is due.
    /// Being heard only puts the former off, so it is worked out anew only when the last wake has come.
    private mutating func arm() {
        if let armed, armed > now, armed <= agenda.next ?? armed { return }
        var next = agenda.next
        for session in sessions.values {
            let lapse = lapse(of: session)
            next = min(next ?? lapse, lapse, nextProbe(of: session) ?? lapse)
        }
        guard let next, next != armed else { return }
        armed = next
        effects.append(.wake(next))
    }
}

/// What the coordinator knows of a member and may forget. There is one for every member.
struct Session: Hashable, Sendable {
    /// Nil after the connection was lost, or after a restart.
    var connection: ConnectionID?
    var lastHeard: Timestamp
    /// After a restart: until then it may hold leases by the terms of the coordinator's life before.
    var holdsUntil: Timestamp?
    /// It gives back what it holds, and takes nothing new.
    var isLeaving = false
    /// The interval of its heartbeats, as it was told last; nil until it is welcomed.
    var heartbeatMilliseconds: UInt32?
    /// How many more of its heartbeats are answered with that interval.
    var tellings = 0
    /// How its heartbeats have come so far.
    var rhythm = HeartbeatRhythm()
    /// When it was last asked for a sign of life; nil unless it is late.
    var probed: Timestamp?
    /// The sequence number of the last join or heartbeat: one that comes later with a smaller number is a late copy.
    var sequence: UInt64 = 0
    /// Joins on this connection since the last heartbeat.
    var joins = 0
    /// Leases whose end this worker has told, until its heartbeats list them no more: telling it again is no stale result.
    var settled: Set<Epoch> = []
    /// Somebody else who wants this name.
    var challenge: Challenge?

    init(connection: ConnectionID? = nil, lastHeard: Timestamp) {
        self.connection = connection
        self.lastHeard = lastHeard
    }
}

/// A newer incarnation wants to join while the connection of the old one still stands. If the old one is then heard of,
/// the name is in use by a live worker, and the newcomer is refused; if it stays silent, it was replaced.
struct Challenge: Hashable, Sendable {
    let connection: ConnectionID
    let since: Timestamp
    var lifeSigns = 0
}

/// The last message about a lease to its worker.
struct Dispatch: Hashable, Sendable {
    enum Kind: Hashable, Sendable { case assign, start, stop }
    let kind: Kind
    let time: Timestamp
}
