/// What the coordinator knows about a job.
struct JobRecord: Hashable, Codable, Sendable {
    let id: JobID
    let specification: JobSpecification
    let submitted: Timestamp
    /// The client's own, for a submission that comes twice.
    let key: String
    /// When the first unit ran.
    var started: Timestamp?
    var ended: Timestamp?
    var end: JobEnd?
    var isCancelled = false
    var checkpointStep: UInt64?
    /// The first unit that failed by itself and isn't tried again: it gives the job its exit code.
    var firstFailure: Failure?
    /// Exactly one of the two is there. (Not an enum: they are changed in place.)
    var gang: GangRecord?
    var array: ArrayRecord?

    init(id: JobID, specification: JobSpecification, submitted: Timestamp, key: String) {
        self.id = id
        self.specification = specification
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
        guard end == nil, !isCancelled else { return 0 }
        if let gang { return gang.isQueued ? gang.size : 0 }
        return array?.waiting ?? 0
    }

    /// Whether a lease could be granted for this unit next.
    func isNext(_ index: UInt32) -> Bool {
        guard end == nil, !isCancelled else { return false }
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

    /// A unit that ends by itself now may do so because its peer failed, or because somebody cancelled the job.
    var isStopping: Bool { isCancelled || gang?.isBroken == true }

    /// The attempts in vain that lie behind this unit; for a gang, behind all of it.
    func tries(of index: UInt32) -> Tries { gang?.tries ?? array?.tries[index] ?? Tries() }
}

// MARK: Changes, as the journal's events make them

extension JobRecord {
    mutating func grant(_ index: UInt32, _ epoch: Epoch, to worker: WorkerName) {
        gang?.grant(index, epoch, to: worker)
        array?.grant(index, epoch)
    }

    mutating func release(_ index: UInt32, wasAccepted: Bool, as ending: Ending) {
        // A unit that was stopped without our asking was stopped by its worker, which leaves: it is lost.
        let ending = ending == .failed(.stopped) && !isStopping ? Ending.lost : ending
        if case .failed(let outcome) = ending, outcome != .stopped, firstFailure == nil {
            firstFailure = Failure(index: index, outcome: outcome)
        }
        gang?.release(index, wasAccepted: wasAccepted, as: ending)
        array?.release(index, as: ending)
    }

    func canRetry(_ index: UInt32?, _ reason: RetryReason) -> Bool {
        guard end == nil, !isCancelled else { return false }
        if let gang { return index == nil && gang.isOver && gang.cause == reason }
        return index.map { array?.failed[$0] == reason } ?? false
    }

    mutating func retry(_ index: UInt32?, _ reason: RetryReason) {
        if index == nil || firstFailure?.index == index { firstFailure = nil }
        gang?.retry(reason)
        if let index { array?.retry(index, reason) }
    }
}

/// How a unit's lease ended.
enum Ending: Hashable, Sendable {
    case succeeded
    case failed(Outcome)
    case lost
}

/// Which unit failed, and how.
struct Failure: Hashable, Codable, Sendable {
    let index: UInt32
    let outcome: Outcome
}

/// How often a unit (a task, or a whole gang) was tried in vain.
struct Tries: Hashable, Codable, Sendable {
    /// Attempts that ended because the program failed.
    var failures: UInt32 = 0
    /// Attempts that ended because a worker was lost.
    var losses: UInt32 = 0

    var attempts: UInt32 { failures + losses }

    mutating func add(_ reason: RetryReason) {
        switch reason {
        case .failed: failures += 1
        case .lost: losses += 1
        }
    }

    /// Whether one more attempt is allowed after one that ended so.
    func allowsRetry(after reason: RetryReason, of specification: JobSpecification) -> Bool {
        switch reason {
        case .failed: failures < specification.retries
        case .lost: losses < specification.crashLimit
        }
    }
}
