/// What the coordinator knows about a job.
struct JobRecord: Hashable, Codable, Sendable {
    // A queued job is little more than this, and there may be very many: what most of them lack is kept elsewhere, and small
    // fields stand where the larger ones leave a gap.
    var id: JobID
    @Shared var specification: JobSpecification
    var submitted: Timestamp
    /// The client's own, for a submission that comes twice.
    let key: String
    /// When the first unit ran.
    var started: Timestamp?
    /// Jobs that it comes after and that haven't succeeded yet.
    var blockers: UInt32 = 0
    var ended: Timestamp?
    /// Its units without a lease, as they are counted in its tenant's book.
    var countedUnits: UInt32 = 0
    var checkpointStep: UInt64?
    var isCancelled = false
    /// Whether it stands in the queues.
    var isEnqueued = false
    /// When that checkpoint was in the store.
    var checkpointed: Timestamp?
    /// A job that it comes after ended in another way than well: it can't start any more.
    var failedBlocker: JobID?
    @Rare var end: JobEnd?
    /// The first unit that failed by itself and isn't tried again: it gives the job its exit code.
    @Rare var firstFailure: Failure?
    /// Exactly one of the two is there. (Not an enum: they are changed in place.)
    @Rare var gang: GangRecord?
    var array: ArrayRecord?

    init(id: JobID, specification: JobSpecification, submitted: Timestamp, key: String) {
        self.id = id
        _specification = Shared(wrappedValue: specification)
        self.submitted = submitted
        self.key = key
        switch specification.shape {
        case .gang(let ranks): gang = GangRecord(size: ranks)
        case .array(let tasks): array = ArrayRecord(count: tasks)
        }
    }

    var isGang: Bool { gang != nil }

    /// Units that could be started now.
    var waitingUnits: UInt32 {
        guard end == nil, !isCancelled, blockers == 0, failedBlocker == nil else { return 0 }
        if let gang { return gang.waiting }
        guard let array else { return 0 }
        guard let concurrency = specification.concurrency else { return array.waiting }
        return min(array.waiting, concurrency - min(concurrency, UInt32(array.live.count)))
    }

    /// Units that hold no lease and will yet be tried.
    var queuedUnits: UInt32 {
        guard end == nil, !isCancelled else { return 0 }
        if let gang { return gang.isQueued ? gang.size : gang.waiting }
        return (array?.waiting ?? 0) + (array?.retriesDue ?? 0)
    }

    /// Whether a lease could be granted for this unit next.
    func isNext(_ index: UInt32) -> Bool {
        guard waitingUnits > 0 else { return false }
        return gang?.isNext(index) ?? (array?.first == index)
    }

    /// The epochs of the leases that its units hold, by index.
    var liveEpochs: [Epoch] {
        if let gang { return gang.ranks.compactMap(\.epoch) }
        return array?.live.sorted { $0.key < $1.key }.map(\.value) ?? []
    }

    var hasLiveLease: Bool {
        if let gang { return gang.live > 0 }
        return array?.live.isEmpty == false
    }

    /// All of its units are to stop. One that ends by itself now may do so because its peer failed, or because somebody
    /// cancelled the job.
    var isStopping: Bool { isCancelled || gang?.isStopping == true }

    /// Whether this unit, which holds a lease, is to stop.
    func isStopping(_ index: UInt32) -> Bool { isStopping || array?.halted[index] != nil }

    /// Whether this unit was told to stop so that another job gets its place.
    func isMakingRoom(_ index: UInt32) -> Bool { gang?.halt == .preempted || array?.halted[index] == .preempted }

    /// The attempts in vain that lie behind this unit; for a gang, behind all of it.
    func tries(of index: UInt32) -> Tries { gang?.tries ?? array?.tries[index] ?? Tries() }
}

// MARK: Changes, as the journal's events make them

extension JobRecord {
    mutating func grant(_ index: UInt32, _ epoch: Epoch, to worker: WorkerName) {
        gang?.grant(index, epoch, to: worker)
        array?.grant(index, epoch)
    }

    mutating func release(_ index: UInt32, wasAccepted: Bool, as ending: Ending, at time: Timestamp) {
        let halt = gang?.halt ?? (array?.halted.isEmpty == false ? array?.halted.removeValue(forKey: index) : nil)
        let ending = judged(ending, halt)
        switch ending {
        case .failed(let outcome) where outcome != .stopped && firstFailure == nil:
            firstFailure = Failure(index: index, outcome: outcome)
        case .expired where firstFailure == nil:
            firstFailure = Failure(index: index, outcome: .stopped, isExpired: true)
        default: break
        }
        gang?.release(index, wasAccepted: wasAccepted, as: ending, at: time)
        let specification = specification
        array?.release(index, as: ending, specification, at: time)
    }

    /// A unit that was told to stop ended for that reason, unless it had ended well before it heard.
    private func judged(_ ending: Ending, _ halt: Halt?) -> Ending {
        switch (ending, halt) {
        case (.succeeded, _): ending
        case (.failed, .expired), (.lost, .expired): .expired
        case (.failed(.stopped), .preempted), (.lost, .preempted): .preempted
        // A unit that was stopped without our asking was stopped by its worker, which leaves: it is lost.
        case (.failed(.stopped), nil): isStopping ? ending : .lost
        default: ending
        }
    }

    /// The unit that holds a lease, or (nil) the whole gang, is to stop.
    mutating func halt(_ index: UInt32?, _ halt: Halt) {
        gang?.halt = halt
        if let index { array?.halted[index] = halt }
    }

    func canHalt(_ index: UInt32?) -> Bool {
        guard end == nil else { return false }
        if let gang { return index == nil && gang.live > 0 && gang.halt == nil }
        return index.map { array?.live[$0] != nil && array?.halted[$0] == nil } ?? false
    }

    func canRetry(_ index: UInt32?, _ reason: RetryReason) -> Bool {
        guard end == nil, !isCancelled else { return false }
        if let gang { return index == nil && gang.isOver && gang.cause == reason }
        return index.map { array?.failed[$0]?.reason == reason } ?? false
    }

    mutating func retry(_ index: UInt32?, _ reason: RetryReason) {
        if index == nil || firstFailure?.index == index { firstFailure = nil }
        gang?.retry(reason)
        if let index { array?.retry(index, reason) }
    }
}

/// How a unit's lease ended.
enum Ending: Hashable, Codable, Sendable {
    case succeeded
    case failed(Outcome)
    case lost
    /// Its time limit was over.
    case expired
    /// It made room for another job.
    case preempted

    /// Why it is tried again, if it is; a good end has none, and stands as a failure here.
    var reason: RetryReason {
        switch self {
        case .lost: .lost
        case .preempted: .preempted
        case .succeeded, .failed, .expired: .failed
        }
    }
}

/// Which unit failed, and how.
struct Failure: Hashable, Codable, Sendable {
    let index: UInt32
    let outcome: Outcome
    var isExpired = false
}

/// How often a unit (a task, or a whole gang) was tried in vain.
struct Tries: Hashable, Codable, Sendable {
    /// Attempts that ended because the program failed.
    var failures: UInt32 = 0
    /// Attempts that ended because a worker was lost.
    var losses: UInt32 = 0
    /// Attempts that made room for another job.
    var preemptions: UInt32 = 0

    var attempts: UInt32 { failures + losses + preemptions }

    mutating func add(_ reason: RetryReason) {
        switch reason {
        case .failed: failures += 1
        case .lost: losses += 1
        case .preempted: preemptions += 1
        }
    }

    /// Whether one more attempt is allowed after one that ended so.
    func allowsRetry(after reason: RetryReason, of specification: JobSpecification) -> Bool {
        switch reason {
        case .failed: failures < specification.retries
        case .lost: losses < specification.crashLimit
        case .preempted: true
        }
    }

    /// The wait before the next attempt after one that ended for this reason: it doubles with every failure. What was lost
    /// or preempted did nothing wrong, and waits for nothing.
    func delayMilliseconds(after reason: RetryReason, of specification: JobSpecification) -> Int64 {
        guard reason == .failed else { return 0 }
        return Int64(specification.retryDelayMilliseconds) << min(failures, 6)
    }
}
