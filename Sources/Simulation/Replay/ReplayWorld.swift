import Coordination

/// The real core, and a world that does what a model's run asks of it: workers that are puppets, a clock that goes on when nothing else can.
/// It is a value, so that a search can go back.
struct ReplayWorld {
    struct Puppet {
        let slots: UInt32
        let offer: WorkerOffer
        var incarnation: UInt64 = 1
        var connection: ConnectionID?
        var sequence: UInt64 = 0
        var isSilent = false
        /// Comes back when the coordinator has given it up.
        var comesBack = false
        var leases: [Epoch: (lease: Lease, phase: HeldLease.Phase, isRank: Bool)] = [:]
    }

    private(set) var core: Coordinator
    private let policy: any SchedulingPolicy
    private(set) var now = Timestamp(milliseconds: 1_700_000_000_000)
    private var puppets: [WorkerName: Puppet] = [:]
    private let names: [WorkerName]
    private var lastConnection: UInt64 = 0
    private var lastRequest: UInt64 = 0
    private var wake: Timestamp?
    private var lastBeat: Timestamp
    private var journal: [JournalEntry] = []
    /// The model accepts leases itself; otherwise they are accepted at once.
    private let acceptsByDemand: Bool
    /// The model ends jobs itself: what it submits again has ended by then.
    private let endsByDemand: Bool

    // What the model's names stand for.
    private(set) var jobs: [String: JobID] = [:]
    private var workers: [String: WorkerName] = [:]
    private var epochs: [String: Lease] = [:]
    /// Whom a lease was granted to.
    private var owners: [Lease: WorkerName] = [:]
    /// Which job of the model each request to submit one was about.
    private var asked: [UInt64: String] = [:]

    /// Something that the core did.
    enum Happening {
        case event(ProtocolEvent)
        /// It refused a submission: `reject`, which no journal has.
        case rejection(job: String, reason: String)
    }

    /// What the core did since it was last asked.
    private(set) var done: [Happening] = []
    /// What it took no notice of, but for submissions.
    private var refused: [String] = []

    /// What it refused since it was last asked. A refusal that the model speaks of is one of the core's steps, and not among them.
    func refusals(except watched: Set<String>) -> [String] {
        let rejections = done.compactMap { if case .rejection(_, let reason) = $0 { reason } else { nil } }
        return (watched.contains("reject") ? [] : rejections) + refused
    }

    init(_ map: ReplayMap, policy: any SchedulingPolicy, acceptsByDemand: Bool, endsByDemand: Bool) {
        self.policy = policy
        self.endsByDemand = endsByDemand
        self.acceptsByDemand = acceptsByDemand
        lastBeat = now
        let workers =
            map.workers.isEmpty ? [ReplayMap.Worker(name: WorkerName("w1")!, slots: 2, gpus: 0)] : map.workers
        names = workers.map(\.name)
        let slots = workers.reduce(0) { $0 + $1.slots }
        core = Coordinator(
            configuration: CoordinatorConfiguration(
                limits: ClusterLimits(gangSlots: slots, unitSlots: workers.map(\.slots).max() ?? 1),
                tenants: TenantRules(
                    others: map.submissionsPerSecond.map {
                        TenantLimits(submissionsPerSecond: $0, submissionBurst: 1)
                    } ?? TenantLimits())), policy: policy)
        for worker in workers {
            var offer = WorkerOffer()
            if worker.gpus > 0 { offer.devices = ["gpu": worker.gpus] }
            puppets[worker.name] = Puppet(slots: worker.slots, offer: offer)
        }
        carryOut(core.start(at: now))
        for name in names { join(name) }
        done = []
    }

    mutating func forget() {
        done = []
        refused = []
    }

    // MARK: The shell

    private mutating func handle(_ inputs: [CoordinatorInput]) {
        carryOut(core.handle(inputs, at: now))
        // What the puppets answer at once, until nobody has anything to say.
        while true {
            let answers = answers()
            guard !answers.isEmpty else { return }
            carryOut(core.handle(answers, at: now))
        }
    }

    private var pendingAnswers: [CoordinatorInput] = []

    private mutating func answers() -> [CoordinatorInput] {
        defer { pendingAnswers = [] }
        return pendingAnswers
    }

    private mutating func carryOut(_ effects: [CoordinatorEffect]) {
        for effect in effects {
            switch effect {
            case .record(let entry):
                journal.append(entry)
                done.append(.event(entry.event))
                switch entry.event {
                case .assign(let lease, let worker, _): owners[lease] = worker
                case .crash(let name, _): lost(name)
                case .submit(let id, let specification, _): jobs[specification.name] = id
                default: break
                }
            case .send(let message, let connection): hear(message, connection)
            case .reply(.refused(let reason), _, let request), .reply(.busy(let reason, _), _, let request):
                if let job = asked[request] {
                    done.append(.rejection(job: job, reason: reason))
                } else {
                    refused.append(reason)
                }
            case .reply: break
            case .wake(let time): wake = time
            case .count(let counter):
                if counter == .staleEpochRefused || counter == .unknownWorkerRefused {
                    refused.append("\(message(of: counter)) (\(counter.rawValue))")
                }
            }
        }
    }

    private func message(of counter: Counter) -> String {
        counter == .staleEpochRefused ? "what is said of a lease that is over" : "what a worker says that is no member"
    }

    private mutating func hear(_ message: CoordinatorMessage, _ connection: ConnectionID) {
        guard let name = puppets.first(where: { $0.value.connection == connection })?.key,
            puppets[name]?.isSilent == false
        else { return }
        switch message {
        case .assign(let assignment):
            let lease = assignment.lease
            guard puppets[name]?.leases[lease.epoch] == nil else { return }
            puppets[name]?.leases[lease.epoch] = (lease, .queued, assignment.isGang)
            if !acceptsByDemand { accept(lease, name, connection) }
        case .start(let lease, _): puppets[name]?.leases[lease.epoch]?.phase = .running
        case .stop(let lease, _):
            guard puppets[name]?.leases[lease.epoch] != nil else { return }
            pendingAnswers.append(.worker(.finish(lease, .stopped), connection))
        case .settle(let lease): puppets[name]?.leases[lease.epoch] = nil
        case .fence: puppets[name]?.leases = [:]
        case .welcome, .refuse, .renew, .probe: break
        }
    }

    private mutating func accept(_ lease: Lease, _ name: WorkerName, _ connection: ConnectionID) {
        let isRank = puppets[name]?.leases[lease.epoch]?.isRank == true
        let port: UInt16 = isRank && lease.task.index == 0 ? 4000 : 0
        puppets[name]?.leases[lease.epoch]?.phase = isRank ? .accepted(port: port) : .running
        pendingAnswers.append(.worker(.accept(lease, port: port), connection))
    }

    private mutating func join(_ name: WorkerName) {
        handle([joining(name)])
    }

    private mutating func joining(_ name: WorkerName) -> CoordinatorInput {
        lastConnection += 1
        let connection = ConnectionID(lastConnection)
        puppets[name]?.connection = connection
        puppets[name]?.sequence += 1
        puppets[name]?.isSilent = false
        let puppet = puppets[name]!
        return .worker(
            .join(
                Join(
                    worker: name, incarnation: Incarnation(puppet.incarnation), sequence: puppet.sequence,
                    slots: puppet.slots, host: "127.0.0.1", held: [], offer: puppet.offer)), connection)
    }

    private mutating func lost(_ name: WorkerName) {
        puppets[name]?.leases = [:]
        puppets[name]?.incarnation += 1
        puppets[name]?.sequence = 0
        guard puppets[name]?.comesBack == true else { return }
        puppets[name]?.comesBack = false
        pendingAnswers.append(joining(name))
    }

    // MARK: What is asked of the world

    /// Whether what it asks for can happen now.
    func canHappen(_ demand: Demand) -> Bool {
        switch demand.kind {
        case .finishAll(let job): jobs[job].flatMap { core.job($0)?.placements.isEmpty } == false
        case .cancel(let job): jobs[job] != nil
        case .accept(let task, let epoch), .finish(let task, let epoch, _): epochs["\(task)@\(epoch)"] != nil
        case .report(_, let epoch): epochs.contains { $0.key.hasSuffix("@\(epoch)") }
        case .submit(let job): endsByDemand || jobs[job].flatMap { core.job($0)?.summary.state.isFinal } ?? true
        default: true
        }
    }

    /// All of it happens together, but for what time lies between: the core takes it in one step.
    /// - Returns: when each has happened.
    mutating func happen(_ demands: [Demand], _ map: ReplayMap) throws(ReplayError) -> [Timestamp] {
        var inputs: [CoordinatorInput] = []
        var times: [Timestamp] = []
        for demand in demands {
            if case .pass(let milliseconds) = demand.kind {
                if !inputs.isEmpty { handle(inputs) }
                inputs = []
                passTime(milliseconds: milliseconds)
            } else {
                inputs += try self.inputs(of: demand, map)
            }
            times.append(now)
        }
        if !inputs.isEmpty { handle(inputs) }
        return times
    }

    private mutating func inputs(of demand: Demand, _ map: ReplayMap) throws(ReplayError) -> [CoordinatorInput] {
        lastRequest += 1
        let client = ConnectionID(1 << 40)
        switch demand.kind {
        case .submit(let job):
            asked[lastRequest] = job
            return [
                .client(
                    .submit(try map.specification(of: job), key: "\(job)-\(lastRequest)"), client, request: lastRequest)
            ]
        case .cancel(let job):
            return jobs[job].map { [.client(.cancel($0), client, request: lastRequest)] } ?? []
        case .finishAll(let job):
            guard let id = jobs[job] else { return [] }
            return puppets.sorted { $0.key < $1.key }.flatMap { _, puppet in
                puppet.leases.values.filter { $0.lease.task.job == id }.sorted { $0.lease.epoch < $1.lease.epoch }
                    .compactMap {
                        lease -> CoordinatorInput? in
                        puppet.connection.map { .worker(.finish(lease.lease, .exited(code: 0)), $0) }
                    }
            }
        case .accept(let task, let epoch):
            guard let (lease, name, connection) = holder(task, epoch) else { return [] }
            accept(lease, name, connection)
            return answers()
        case .finish(let task, let epoch, let isSuccess):
            guard let (lease, _, connection) = holder(task, epoch) else { return [] }
            return [.worker(.finish(lease, .exited(code: isSuccess ? 0 : 1)), connection)]
        case .report(let worker, let epoch):
            guard let lease = epochs.first(where: { $0.key.hasSuffix("@\(epoch)") })?.value,
                let name = worker.map({ real($0) }) ?? owners[lease], let connection = puppets[name]?.connection
            else { return [] }
            return [.worker(.finish(lease, .exited(code: 0)), connection)]
        case .silence(let worker):
            puppets[real(worker)]?.isSilent = true
            puppets[real(worker)]?.comesBack = true
            return []
        case .rejoin(let worker):
            let name = real(worker)
            guard puppets[name]?.isSilent == true || puppets[name]?.connection == nil else { return [] }
            puppets[name]?.incarnation += 1
            puppets[name]?.leases = [:]
            let lost = puppets[name]?.connection
            return (lost.map { [.connectionLost($0)] } ?? []) + [joining(name)]
        case .leave(let worker):
            return puppets[real(worker)]?.connection.map { [.worker(.leave, $0)] } ?? []
        case .cordon(let worker, let isUndone):
            let request: ClientRequest = isUndone ? .undrain(real(worker)) : .drain(real(worker), now: false)
            return [.client(request, client, request: lastRequest)]
        case .recover:
            recover()
            return []
        case .core, .pass: return []
        }
    }

    /// The coordinator dies, and comes back from its journal.
    private mutating func recover() {
        var fresh = Coordinator(configuration: core.configuration, policy: policy)
        for entry in journal { try? fresh.replay(entry) }
        core = fresh
        carryOut(core.start(at: now))
        for name in names where puppets[name]?.isSilent == false { join(name) }
    }

    private func holder(_ task: String, _ epoch: String) -> (Lease, WorkerName, ConnectionID)? {
        guard let lease = epochs["\(task)@\(epoch)"],
            let (name, puppet) = puppets.first(where: { $0.value.leases[lease.epoch] != nil }),
            let connection = puppet.connection
        else { return nil }
        return (lease, name, connection)
    }

    /// Cuts off the worker that holds the lease, unless it is.
    mutating func cutOff(holderOf task: String, _ epoch: String) {
        guard let (_, name, _) = holder(task, epoch), puppets[name]?.isSilent == false else { return }
        puppets[name]?.isSilent = true
        puppets[name]?.comesBack = true
    }

    /// A worker that the run has not named yet is the first that it has not named.
    private mutating func real(_ worker: String) -> WorkerName {
        if let name = workers[worker] { return name }
        let name = names.first { !workers.values.contains($0) } ?? names[0]
        workers[worker] = name
        return name
    }

    // MARK: Time

    /// Time goes on to the next thing that happens by itself: a heartbeat, or what the core wants to be woken for.
    mutating func passTime() { step(notBeyond: nil) }

    /// So much time goes by.
    private mutating func passTime(milliseconds: Int64) {
        let end = now + milliseconds
        while now < end { step(notBeyond: end) }
    }

    /// Heartbeats come in their own rhythm, however often the core is woken in between.
    private mutating func step(notBeyond limit: Timestamp?) {
        let beat = lastBeat + Int64(core.configuration.terms.heartbeatMilliseconds)
        let next = [beat, wake, limit].compactMap { $0 }.min()!
        now = max(next, now + 1)
        if let due = wake, due <= now { wake = nil }
        var inputs: [CoordinatorInput] = []
        if beat <= now {
            lastBeat = now
            for name in names where puppets[name]?.isSilent == false {
                guard let connection = puppets[name]?.connection else { continue }
                puppets[name]?.sequence += 1
                let puppet = puppets[name]!
                inputs.append(
                    .worker(
                        .heartbeat(
                            Heartbeat(
                                incarnation: Incarnation(puppet.incarnation), sequence: puppet.sequence,
                                held: puppet.leases.values.map { HeldLease($0.lease, $0.phase) }.sorted {
                                    $0.lease.epoch < $1.lease.epoch
                                })), connection))
            }
        }
        handle(inputs + [.clock])
    }

    // MARK: What the core did, in the model's words

    /// The model's name of a job.
    func name(of id: JobID) -> String? { jobs.first { $0.value == id }?.key }

    func word(of happening: Happening) -> String {
        switch happening {
        case .event(let event): word(of: event)
        case .rejection: "reject"
        }
    }

    /// The event's word; where a model says `start`, a task of an array starts when it is accepted.
    private func word(of event: ProtocolEvent) -> String {
        guard case .accept(let lease, _) = event, core.job(lease.task.job)?.specification.isGang == false else {
            return event.name
        }
        return acceptsByDemand ? event.name : "start"
    }

    /// A word and what it is about, as a model would write it.
    func modelText(of happening: Happening) -> String {
        let subject: String? =
            switch happening {
            case .event(.crash(let worker, _)), .event(.leave(let worker)): worker.description
            case .event(let event): event.job.map { name(of: $0) ?? $0.description }
            case .rejection(let job, _): job
            }
        return word(of: happening) + (subject.map { ".\($0)" } ?? "")
    }

    /// For people, with the real names of units and workers.
    func text(of happening: Happening) -> String {
        switch happening {
        case .event(let event): text(of: event)
        case .rejection(let job, let reason): "it refuses \(job): \(reason)"
        }
    }

    private func text(of event: ProtocolEvent) -> String {
        let job = event.job.map { name(of: $0) ?? $0.description }
        switch event {
        case .assign(let lease, let worker, _):
            return "assign of \(job ?? "")'s unit \(lease.task.index) to \(worker), epoch \(lease.epoch.number)"
        case .lapse(let lease), .finish(let lease), .fail(let lease, _):
            return "\(event.name) of \(job ?? "")'s unit \(lease.task.index), epoch \(lease.epoch.number)"
        case .crash(let worker, _), .leave(let worker): return "\(event.name) of \(worker)"
        default: return "\(word(of: event))\(job.map { " of \($0)" } ?? "")"
        }
    }

    /// Whether what the core did is what the run has there; new names get their meaning.
    mutating func matches(_ happening: Happening, _ word: String, _ arguments: [String]) -> Bool {
        guard self.word(of: happening) == word else { return false }
        switch happening {
        case .event(let event): return matches(event, arguments)
        case .rejection(let job, _): return job == arguments.joined(separator: ".")
        }
    }

    private mutating func matches(_ event: ProtocolEvent, _ arguments: [String]) -> Bool {
        switch event {
        case .assign(let lease, let name, _):
            // A model without epochs and workers says only whose unit it is.
            if arguments.joined(separator: ".") == self.name(of: lease.task.job) { return true }
            guard arguments.count >= 3 else { return false }
            let task = arguments.dropLast(2).joined(separator: ".")
            guard isSame(lease.task, task) else { return false }
            let worker = arguments[arguments.count - 1]
            if let known = workers[worker] {
                guard known == name else { return false }
            } else {
                guard !workers.values.contains(name) || workers.count >= names.count else { return false }
                workers[worker] = name
            }
            epochs["\(task)@\(arguments[arguments.count - 2])"] = lease
            return true
        case .lapse(let lease), .finish(let lease), .fail(let lease, _):
            guard let epoch = arguments.last else { return false }
            return epochs["\(arguments.dropLast().joined(separator: "."))@\(epoch)"] == lease
        case .crash(let name, _), .leave(let name): return workers[arguments.joined(separator: ".")] == name
        default: return event.job.map { jobs[arguments.joined(separator: ".")] == $0 } ?? true
        }
    }

    /// `Rank.Left.0` is rank 0 of `Left`; a name without a job in it is a task of the only job.
    private func isSame(_ task: TaskID, _ text: String) -> Bool {
        guard let name = name(of: task.job) else { return false }
        let parts = ReplayMap.parts(text)
        let own = ReplayMap.parts(name)
        for start in 0...max(0, parts.count - own.count)
        where parts.count >= own.count && Array(parts[start..<start + own.count]) == own {
            let rest = parts[(start + own.count)...]
            if rest.isEmpty { return task.index == 0 || jobs.count == 1 }
            if rest.count == 1, UInt32(rest[rest.startIndex]) == task.index { return true }
        }
        return jobs.count == 1 && parts.last.flatMap { UInt32($0) } == task.index
    }
}
