public import Coordination

/// Holds a journal against the protocol, entry by entry, however many jobs, units and workers it speaks of.
///
/// Parametric trace slicing (Chen and Roşu, "Semantics and Algorithms for Parametric Monitoring", LMCS 2012): every object has a process,
/// which sees those entries alone that are about it; an entry is allowed when all of its objects' processes allow it. What is over is
/// forgotten, so the monitor grows with what is live, not with the journal.
public struct JournalMonitor: Sendable {
    let rules: JournalProtocol
    /// The journal goes on after a past that isn't there.
    let hasPast: Bool
    /// Whether gangs must be granted in one go. What was granted while they needn't is held against nobody afterwards.
    public var grantsAtOnce: Bool {
        didSet {
            guard grantsAtOnce != oldValue else { return }
            for place in tracks.indices { tracks[place].grant = oldGrant }
            urgent = []
        }
    }
    public private(set) var entries: UInt64 = 0

    var cluster: ObjectState = 0
    private(set) var tracks: [JobTrack] = []
    private var freeTracks: [Int] = []
    private(set) var trackOfJob: [UInt64: Int] = [:]
    private(set) var leases: [UInt64: LeaseTrack] = [:]
    private(set) var workers: [WorkerTrack] = []
    private(set) var workerNumbers: [WorkerName: Int] = [:]
    /// The last numbers that were given out; nil where they aren't known.
    private(set) var lastJob: UInt64?
    private(set) var lastEpoch: UInt64?
    /// Numbers below are from before the first entry.
    private var firstJob: UInt64 = .max
    private var firstEpoch: UInt64 = .max
    /// Jobs whose grant is under way, so that nothing else may happen: their places in `tracks`.
    private(set) var urgent: [Int] = []
    /// By a job: those that come after it.
    private var dependents: [UInt64: [UInt64]] = [:]
    /// Those of the job that was submitted last.
    private var lastTerms: JobTerms?
    /// Jobs are mostly spoken of in a row.
    private var recent: (job: UInt64, track: Int) = (.max, -1)

    private(set) var ofLease = PossibleStates()
    private(set) var ofHolding = PossibleStates()
    private(set) var ofTask = PossibleStates()
    private(set) var ofJob = PossibleStates()
    private(set) var ofGrant = PossibleStates()
    private(set) var ofWorker = PossibleStates()
    private(set) var ofCluster = PossibleStates()
    private let oldJob, oldGrant, oldTask, oldLease, oldWorker: ObjectState

    /// - Parameter hasPast: entries came before the first one that is observed, as in a journal that goes on after a snapshot.
    public init(_ rules: JournalProtocol, hasPast: Bool = false) {
        self.rules = rules
        self.hasPast = hasPast
        grantsAtOnce = rules.grantsAtOnce
        oldJob = ofJob.anyWithPast(rules.job)
        oldGrant = ofGrant.anyWithPast(rules.grant)
        oldTask = ofTask.anyWithPast(rules.task)
        oldLease = ofLease.anyWithPast(rules.lease)
        // A worker that was never spoken of may still be a new one.
        oldWorker = ofWorker.state((0..<Int32(rules.worker.stateCount)).map { $0 }, of: rules.worker)
        if hasPast {
            cluster = ofCluster.anyWithPast(rules.cluster)
        } else {
            lastJob = 0
            lastEpoch = 0
        }
    }

    /// Takes the next entry.
    /// - Returns: nil if the spec allows it. Otherwise who refuses it; the entry's objects count as unknown from then on, so that
    ///   one fault is told once.
    public mutating func observe(_ entry: JournalEntry) -> Refusal? {
        guard !step(entry.event) else {
            entries += 1
            return nil
        }
        let refusal = explain(entry)
        forget(entry.event)
        entries += 1
        return refusal
    }

    /// Whether the spec allows the event next; if not, nothing changes.
    mutating func step(_ event: ProtocolEvent) -> Bool {
        switch event {
        case .submit(let id, let specification, _): submit(id, specification)
        case .assign(let lease, let worker, let attempt): assign(lease, to: worker, attempt)
        case .accept(let lease, _): unit(lease, Letter(.accept))
        case .finish(let lease): unit(lease, Letter(.finish))
        case .fail(let lease, let outcome): unit(lease, Letter(.fail, outcome == .stopped ? 0 : 1))
        case .lapse(let lease): unit(lease, Letter(.lapse))
        case .form(let id, let ranks): form(id, ranks)
        case .start, .retry, .expire, .preempt, .checkpoint, .cancel, .end: job(event)
        case .join(let name, let incarnation, let slots, _, let offer, _):
            join(name, incarnation, .init(offer, slots: slots))
        case .leave(let name): worker(name, [Letter(.leave)])
        case .crash(let name, let incarnation): worker(name, crashLetters(name, incarnation))
        case .cordon(let name): worker(name, [Letter(.cordon)])
        case .uncordon(let name): worker(name, [Letter(.uncordon)])
        case .recover: isGrantUndisturbed(by: nil, Letter(.recover)) && commitCluster([Letter(.recover)])
        }
    }

    private mutating func commitCluster(_ letters: [Letter]) -> Bool {
        guard let next = next(cluster, letters, rules.cluster, &ofCluster) else { return false }
        cluster = next
        return true
    }

    /// Whether no grant under way is disturbed by an event of this job (nil: of none).
    private func isGrantUndisturbed(by track: Int?, _ letter: Letter) -> Bool {
        urgent.allSatisfy { $0 == track && rules.grant.symbols[letter.code] >= 0 }
    }

    // MARK: Objects

    private mutating func track(of job: UInt64) -> Int? {
        if recent.job == job { return recent.track }
        if let known = trackOfJob[job] {
            recent = (job, known)
            return known
        }
        guard hasPast, job < firstJob else { return nil }
        return add(JobTrack(id: job, job: oldJob, grant: oldGrant, untouched: oldTask, isOld: true))
    }

    private mutating func add(_ track: JobTrack) -> Int {
        let place: Int
        if let known = trackOfJob[track.id] {
            tracks[known] = track
            place = known
        } else if let free = freeTracks.popLast() {
            tracks[free] = track
            place = free
        } else {
            tracks.append(track)
            place = tracks.count - 1
        }
        trackOfJob[track.id] = place
        return place
    }

    private mutating func remove(_ place: Int) {
        let id = tracks[place].id
        tracks[place] = JobTrack(id: .max, job: 0, grant: 0, untouched: 0, isOld: false)
        trackOfJob[id] = nil
        freeTracks.append(place)
        urgent.removeAll { $0 == place }
        if recent.job == id { recent = (.max, -1) }
    }

    private mutating func number(of name: WorkerName) -> Int {
        if let known = workerNumbers[name] { return known }
        workers.append(WorkerTrack(name: name, worker: hasPast ? oldWorker : 0, isOld: hasPast))
        workerNumbers[name] = workers.count - 1
        return workers.count - 1
    }

    func leaseTrack(_ lease: Lease) -> LeaseTrack {
        if let track = leases[lease.epoch.number], track.task == lease.task { return track }
        let isOld = hasPast && lease.epoch.number < firstEpoch && leases[lease.epoch.number] == nil
        return LeaseTrack(task: lease.task, lease: isOld ? oldLease : 0, holding: 0, worker: -1)
    }

    private mutating func nextGrant(_ place: Int, _ letters: [Letter]) -> ObjectState? {
        let grant = tracks[place].grant
        return grantsAtOnce ? next(grant, letters, rules.grant, &ofGrant) : grant
    }

    private mutating func setGrant(_ place: Int, _ state: ObjectState) {
        tracks[place].grant = state
        let isUrgent =
            Int(state) < rules.grant.stateCount && rules.grant.another >= 0
            && rules.grant.target(of: state, rules.grant.another) < 0
        if isUrgent != urgent.contains(place) {
            if isUrgent { urgent.append(place) } else { urgent.removeAll { $0 == place } }
        }
    }

    // MARK: Events of jobs and units

    func order(_ number: UInt64, after last: UInt64?) -> Int { last.map { number == $0 &+ 1 } ?? true ? 0 : 1 }

    private mutating func submit(_ id: JobID, _ specification: JobSpecification) -> Bool {
        let letter = Letter(
            .submit,
            facts: [
                order(id.number, after: lastJob), specification.isGang ? 0 : 1, specification.after.isEmpty ? 0 : 1,
            ])
        // A job that is there already refuses; one that isn't begins here.
        let known = jobTrack(id.number)
        guard isGrantUndisturbed(by: nil, letter),
            let job = next(known?.job ?? 0, [letter], rules.job, &ofJob),
            let grant = next(known?.grant ?? 0, [letter], rules.grant, &ofGrant),
            let task = next(known?.untouched ?? 0, [letter], rules.task, &ofTask), commitCluster([letter])
        else { return false }
        if lastJob == nil { firstJob = id.number }
        lastJob = id.number
        var track = JobTrack(id: id.number, job: job, grant: grant, untouched: task, isOld: false)
        track.isGang = specification.isGang
        track.units = specification.units
        if specification.isGang {
            (track.ranks, track.granted, track.attempt) = (specification.units, 0, 0)
        }
        track.terms = JobTerms(specification, like: lastTerms)
        for blocker in Set(specification.after.map(\.number)) {
            let place = trackOfJob[blocker]
            guard place != nil || hasPast && blocker < firstJob else { continue }
            // One whose past isn't known may have ended before, so nobody waits for it here; but if its end comes, it counts.
            if let place, !tracks[place].isOld { track.terms?.blockers.insert(blocker) }
            dependents[blocker, default: []].append(id.number)
        }
        lastTerms = track.terms
        _ = add(track)
        return true
    }

    /// The end of a job, for those that come after it.
    private mutating func release(_ id: UInt64, _ end: JobEnd) {
        for dependent in dependents.removeValue(forKey: id) ?? [] {
            guard let place = trackOfJob[dependent] else { continue }
            tracks[place].terms?.blockers.remove(id)
            if end != .succeeded { tracks[place].terms?.isBarred = true }
        }
    }

    private mutating func form(_ id: JobID, _ ranks: UInt32) -> Bool {
        let letter = Letter(.form)
        guard let place = track(of: id.number), isGrantUndisturbed(by: place, letter),
            let job = next(tracks[place].job, letter, rules.job, &ofJob), let grant = nextGrant(place, [letter])
        else { return false }
        tracks[place].job = job
        setGrant(place, grant)
        (tracks[place].ranks, tracks[place].granted) = (ranks, 0)
        return true
    }

    func placeFact(_ place: Int, _ index: UInt32) -> Int? {
        if tracks[place].isGang == false { return tracks[place].units.map { index < $0 ? 0 : 2 } }
        guard let ranks = tracks[place].ranks, let granted = tracks[place].granted else { return nil }
        return index != granted || index >= ranks ? 2 : index + 1 == ranks ? 1 : 0
    }

    func attemptFact(_ place: Int, _ index: UInt32, _ attempt: UInt32) -> Int? {
        let last: UInt32?
        switch tracks[place].isGang {
        case true: last = tracks[place].attempt
        case false: last = tracks[place].attempts[index] ?? (tracks[place].isTouched(index) ? 1 : 0)
        default: last = nil
        }
        return last.map { attempt == $0 ? 0 : attempt == $0 &+ 1 ? 1 : 2 }
    }

    func rightFact(_ place: Int, _ worker: Int) -> Int? {
        guard let terms = tracks[place].terms else { return nil }
        if terms.isEarly { return 1 }
        return workers[worker].offer.map {
            terms.fits($0.capacity, used: $0.used, credit: $0.credit, labels: $0.labels) ? 0 : 2
        }
    }

    private mutating func assign(_ lease: Lease, to name: WorkerName, _ attempt: UInt32) -> Bool {
        let (index, epoch) = (lease.task.index, lease.epoch.number)
        guard let place = track(of: lease.task.job.number) else { return false }
        let holder = number(of: name)
        let letters = Letter.assign(
            order(epoch, after: lastEpoch), placeFact(place, index), attemptFact(place, index, attempt),
            rightFact(place, holder))
        guard urgent.isEmpty || isGrantUndisturbed(by: place, letters[0]),
            let task = next(tracks[place].task(index), letters, rules.task, &ofTask),
            let job = next(tracks[place].job, letters, rules.job, &ofJob),
            let grant = nextGrant(place, letters),
            let worker = next(workers[holder].worker, letters, rules.worker, &ofWorker),
            // A grant is where a lease begins, also in a journal that begins in the middle.
            let leaseState = next(leases[epoch]?.lease ?? 0, letters, rules.lease, &ofLease),
            let holding = next(0, letters, rules.holding, &ofHolding), commitCluster(letters)
        else { return false }
        if lastEpoch == nil { firstEpoch = epoch }
        lastEpoch = epoch
        tracks[place].job = job
        setGrant(place, grant)
        tracks[place].setTask(index, task)
        if tracks[place].isGang == false {
            if attempt > 1 { tracks[place].attempts[index] = attempt }
        } else {
            tracks[place].attempt = attempt
            if let granted = tracks[place].granted { tracks[place].granted = granted + 1 }
        }
        workers[holder].worker = worker
        workers[holder].leases += 1
        var track = LeaseTrack(task: lease.task, lease: leaseState, holding: holding, worker: Int32(holder))
        if let needs = tracks[place].terms?.needs {
            tracks[place].terms?.live += 1
            workers[holder].offer?.used.add(needs)
            track.isCounted = true
        }
        leases[epoch] = track
        return true
    }

    /// What happens to a lease.
    private mutating func unit(_ lease: Lease, _ letter: Letter) -> Bool {
        let (index, epoch) = (lease.task.index, lease.epoch.number)
        guard let place = track(of: lease.task.job.number), urgent.isEmpty || isGrantUndisturbed(by: place, letter)
        else { return false }
        var track = leaseTrack(lease)
        guard let leaseState = next(track.lease, letter, rules.lease, &ofLease),
            let holding = next(track.holding, letter, rules.holding, &ofHolding),
            let task = next(tracks[place].task(index), letter, rules.task, &ofTask),
            let job = next(tracks[place].job, letter, rules.job, &ofJob)
        else { return false }
        tracks[place].job = job
        tracks[place].setTask(index, task)
        if track.isCounted, letter.word != .accept {
            track.isCounted = false
            tracks[place].terms?.live -= 1
            // Without terms nobody knows how much the worker has free from here on.
            if let needs = tracks[place].terms?.needs {
                workers[Int(track.worker)].offer?.used.subtract(needs)
            } else {
                workers[Int(track.worker)].offer = nil
            }
        }
        // One from before the first entry is kept: nothing else says that it is over.
        let isForgettable = !hasPast || epoch >= firstEpoch
        if isForgettable, Int(leaseState) < rules.lease.stateCount, rules.lease.isOver[Int(leaseState)] {
            if leases.removeValue(forKey: epoch) != nil, track.worker >= 0 {
                workers[Int(track.worker)].leases -= 1
            }
        } else {
            (track.lease, track.holding) = (leaseState, holding)
            leases[epoch] = track
        }
        return true
    }

    /// What happens to a job, and so to its units: to all of them, or to one.
    private mutating func job(_ event: ProtocolEvent) -> Bool {
        guard let id = event.job, let place = track(of: id.number) else { return false }
        let letters = self.letters(event, place)
        guard urgent.isEmpty || isGrantUndisturbed(by: place, letters[0]),
            let job = next(tracks[place].job, letters, rules.job, &ofJob)
        else { return false }
        if let one = event.unitIndex {
            guard let task = next(tracks[place].task(one), letters, rules.task, &ofTask) else { return false }
            tracks[place].setTask(one, task)
        } else if letters.contains(where: { rules.task.symbols[$0.code] >= 0 }) {
            guard stepAllTasks(place, letters) else { return false }
        }
        tracks[place].job = job
        switch event {
        case .retry(_, let index, let reason):
            tracks[place].terms?.retry(index, reason)
            guard index == nil else { break }
            tracks[place].granted = 0
            tracks[place].ranks = tracks[place].units
        case .end(_, let end): release(id.number, end)
        case .checkpoint(_, let step): tracks[place].step = step
        default: break
        }
        if Int(job) < rules.job.stateCount, rules.job.isOver[Int(job)], !tracks[place].isOld { remove(place) }
        return true
    }

    /// Every unit's process takes the event, or none does.
    private mutating func stepAllTasks(_ place: Int, _ letters: [Letter]) -> Bool {
        let untouched = next(tracks[place].untouched, letters, rules.task, &ofTask)
        if untouched == nil, tracks[place].hasUntouched { return false }
        var memory: (from: ObjectState, to: ObjectState) = (-2, -2)
        var tasks = tracks[place].tasks
        for index in tasks.indices where tasks[index] >= 0 {
            if tasks[index] != memory.from {
                guard let target = next(tasks[index], letters, rules.task, &ofTask) else { return false }
                memory = (tasks[index], target)
            }
            tasks[index] = memory.to
        }
        var far = tracks[place].far
        for (index, state) in far {
            guard let target = next(state, letters, rules.task, &ofTask) else { return false }
            far[index] = target
        }
        if let untouched { tracks[place].untouched = untouched }
        tracks[place].tasks = tasks
        tracks[place].far = far
        return true
    }

    func letters(_ event: ProtocolEvent, _ place: Int?) -> [Letter] {
        switch event {
        case .start(_, let attempt):
            return Letter.letters(.start, facts: [place.flatMap { attemptFact($0, 0, attempt) }])
        case .retry(_, let index, let reason):
            let isWithin = place.flatMap { tracks[$0].terms }?.allowsRetry(index, reason)
            let number = reason == .failed ? 0 : reason == .lost ? 1 : 2
            return Letter.letters(.retry, facts: [index == nil ? 0 : 1, number, isWithin.map { $0 ? 0 : 1 }])
        case .expire(_, let index): return [Letter(.expire, index == nil ? 0 : 1)]
        case .preempt(_, let index): return [Letter(.preempt, index == nil ? 0 : 1)]
        case .checkpoint(_, let step):
            guard let last = place.flatMap({ tracks[$0].step }) else {
                return Letter.letters(.checkpoint, facts: [place.map { tracks[$0].isOld } == true ? nil : 0])
            }
            return [Letter(.checkpoint, step > last ? 0 : 1)]
        case .cancel: return [Letter(.cancel)]
        case .end(_, let end):
            let number =
                switch end {
                case .succeeded: 0
                case .failed: 1
                case .cancelled: 2
                }
            let terms = place.flatMap { tracks[$0].terms }
            return Letter.letters(.end, facts: [number, terms.map { $0.isBarred ? 1 : $0.isSpent ? 0 : 2 }])
        default: return []
        }
    }

    // MARK: Events of workers

    func life(_ number: Int, _ incarnation: Incarnation) -> Int? {
        let track = workers[number]
        guard let last = track.incarnation else { return track.isOld ? nil : 0 }
        return incarnation.number > last ? 0 : incarnation.number == last ? 1 : 2
    }

    private mutating func join(_ name: WorkerName, _ incarnation: Incarnation, _ offer: WorkerTrack.Offer) -> Bool {
        let number = number(of: name)
        let letters = Letter.letters(.join, facts: [life(number, incarnation)])
        guard worker(name, letters) else { return false }
        workers[number].incarnation = incarnation.number
        workers[number].offer = offer
        // What it held in an earlier life is nothing of this one's.
        if workers[number].leases > 0 {
            for (epoch, track) in leases where track.worker == Int32(number) { leases[epoch]?.isCounted = false }
        }
        return true
    }

    private mutating func crashLetters(_ name: WorkerName, _ incarnation: Incarnation) -> [Letter] {
        let number = number(of: name)
        return Letter.letters(.crash, facts: [life(number, incarnation)])
    }

    private mutating func worker(_ name: WorkerName, _ letters: [Letter]) -> Bool {
        let number = number(of: name)
        guard isGrantUndisturbed(by: nil, letters[0]),
            let worker = next(workers[number].worker, letters, rules.worker, &ofWorker)
        else { return false }
        var changed: [(UInt64, ObjectState)] = []
        if workers[number].leases > 0, rules.holding.symbols[letters[0].code] >= 0 {
            for (epoch, track) in leases where track.worker == Int32(number) {
                guard let holding = next(track.holding, letters, rules.holding, &ofHolding) else { return false }
                changed.append((epoch, holding))
            }
        }
        guard commitCluster(letters) else { return false }
        for (epoch, state) in changed { leases[epoch]?.holding = state }
        workers[number].worker = worker
        return true
    }

    // MARK: After a refusal

    /// Nothing is known any more of what the event is about.
    private mutating func forget(_ event: ProtocolEvent) {
        switch event {
        case .submit(let id, let specification, _):
            lastJob = max(lastJob ?? 0, id.number)
            var track = JobTrack(id: id.number, job: oldJob, grant: oldGrant, untouched: oldTask, isOld: true)
            track.isGang = specification.isGang
            track.units = specification.units
            _ = add(track)
        case .assign(let lease, let name, _):
            lastEpoch = max(lastEpoch ?? 0, lease.epoch.number)
            let holder = number(of: name)
            workers[holder].worker = oldWorker
            workers[holder].offer = nil
            if leases[lease.epoch.number] == nil { workers[holder].leases += 1 }
            leases[lease.epoch.number] = LeaseTrack(
                task: lease.task, lease: oldLease, holding: ofHolding.anyWithPast(rules.holding),
                worker: leases[lease.epoch.number]?.worker ?? Int32(holder))
            forgetJob(lease.task.job)
        case .accept(let lease, _), .finish(let lease), .fail(let lease, _), .lapse(let lease):
            if leases[lease.epoch.number]?.task == lease.task {
                leases[lease.epoch.number]?.lease = oldLease
                if let holder = leases[lease.epoch.number]?.worker, holder >= 0 { workers[Int(holder)].offer = nil }
                leases[lease.epoch.number]?.holding = ofHolding.anyWithPast(rules.holding)
            }
            forgetJob(lease.task.job)
        case .join(let name, let incarnation, _, _, _, _):
            let number = number(of: name)
            workers[number].worker = oldWorker
            workers[number].offer = nil
            workers[number].incarnation = max(workers[number].incarnation ?? 0, incarnation.number)
        case .leave(let name), .crash(let name, _):
            let number = number(of: name)
            workers[number].worker = oldWorker
            workers[number].offer = nil
            for (epoch, track) in leases where track.worker == Int32(number) {
                leases[epoch]?.holding = ofHolding.anyWithPast(rules.holding)
            }
        case .cordon(let name), .uncordon(let name): workers[number(of: name)].worker = oldWorker
        case .recover: break
        case .form, .start, .retry, .expire, .preempt, .checkpoint, .cancel, .end:
            if let id = event.job { forgetJob(id) }
        }
        cluster = ofCluster.anyWithPast(rules.cluster)
        urgent = []
    }

    private mutating func forgetJob(_ id: JobID) {
        guard let place = trackOfJob[id.number] else { return }
        let track = tracks[place]
        var unknown = JobTrack(id: track.id, job: oldJob, grant: oldGrant, untouched: oldTask, isOld: true)
        unknown.isGang = track.isGang
        unknown.units = track.units
        unknown.step = track.step
        tracks[place] = unknown
    }
}

// MARK: - One process

// Functions of no monitor: one that is given a part of itself to change would be copied for that.

/// The state after any one of these letters; nil if none is allowed. A letter that isn't the process's event changes nothing.
@inline(__always)
private func next(_ state: ObjectState, _ letter: Letter, _ process: ObjectProcess) -> ObjectState? {
    let symbol = process.symbols[letter.code]
    guard symbol >= 0 else { return state }
    let target = process.target(of: state, Int(symbol))
    return target >= 0 ? target : nil
}

@inline(__always)
private func next(
    _ state: ObjectState, _ letter: Letter, _ process: ObjectProcess, _ sets: inout PossibleStates
) -> ObjectState? {
    Int(state) < process.stateCount
        ? next(state, letter, process) : next(state, [letter], process, &sets)
}

private func next(
    _ state: ObjectState, _ letters: [Letter], _ process: ObjectProcess, _ sets: inout PossibleStates
) -> ObjectState? {
    if letters.count == 1, Int(state) < process.stateCount { return next(state, letters[0], process) }
    var reached: Set<Int32> = []
    for state in sets.states(of: state, process) {
        for letter in letters { if let target = next(state, letter, process) { reached.insert(target) } }
    }
    return reached.isEmpty ? nil : sets.state(reached.sorted(), of: process)
}
