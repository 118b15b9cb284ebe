/// What the coordinator knows about a job.
struct JobRecord: Hashable, Sendable {
    let id: JobID
    let specification: JobSpecification
    let submitted: Timestamp
    /// When the first unit ran.
    var started: Timestamp?
    var ended: Timestamp?
    var end: JobEnd?
    var isCancelled = false
    var checkpointStep: UInt64?
    /// The first unit of the present attempt that failed by itself: it gives the job its exit code.
    var firstFailure: Failure?
    /// Exactly one of the two is there. (Not an enum: they are changed in place.)
    var gang: GangRecord?
    var array: ArrayRecord?

    init(id: JobID, specification: JobSpecification, submitted: Timestamp) {
        self.id = id
        self.specification = specification
        self.submitted = submitted
        switch specification.shape {
        case .gang(let ranks): gang = GangRecord(size: ranks)
        case .array(let tasks): array = ArrayRecord(count: tasks)
        }
    }

    /// Units that could be started now.
    var waitingUnits: UInt32 {
        guard end == nil, !isCancelled else { return 0 }
        if let gang { return gang.isQueued ? gang.size : 0 }
        return array?.waiting ?? 0
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

    /// A lease that ends by itself now ends for another reason: its peer failed, or somebody cancelled the job.
    var isStopping: Bool { isCancelled || gang?.isBroken == true }
}

/// Which unit failed, and how.
struct Failure: Hashable, Sendable {
    let index: UInt32
    let outcome: Outcome
}

/// How often a unit (a task, or a whole gang) was tried in vain.
struct Tries: Hashable, Sendable {
    /// Attempts that ended because the program failed.
    var failures: UInt32 = 0
    /// Attempts that ended because a worker was lost.
    var losses: UInt32 = 0

    var attempts: UInt32 { failures + losses }

    func adding(_ reason: RetryReason) -> Tries {
        var sum = self
        switch reason {
        case .failed: sum.failures += 1
        case .lost: sum.losses += 1
        }
        return sum
    }

    /// Whether one more attempt is allowed after one that ended so.
    func allowsRetry(after reason: RetryReason, of specification: JobSpecification) -> Bool {
        switch reason {
        case .failed: failures < specification.retries
        case .lost: losses < specification.crashLimit
        }
    }
}

/// A gang: all of its ranks are granted in one step, and a new generation begins only when the one before holds nothing.
struct GangRecord: Hashable, Sendable {
    /// A rank of the present generation.
    enum Rank: Hashable, Sendable {
        case unassigned
        case holds(Epoch)
        case succeeded
        /// Its program failed by itself.
        case failed
        /// It was told to stop, and did.
        case stopped
        /// Its lease lapsed, or its worker stopped it on its own account.
        case lost

        var epoch: Epoch? { if case .holds(let epoch) = self { epoch } else { nil } }
    }

    let size: UInt32
    /// Empty while the gang is queued.
    var ranks: [Rank] = []
    /// Which worker each rank was given to in this generation.
    var workers: [WorkerName] = []
    /// Where the ranks of this generation meet; there once it is started.
    var meeting: Meeting?
    /// Ranks that hold a lease.
    var live: UInt32 = 0
    /// Ranks that have accepted, of those that hold a lease.
    var accepted: UInt32 = 0
    var tries = Tries()

    init(size: UInt32) { self.size = size }

    var isQueued: Bool { ranks.isEmpty }
    /// The present generation was told to run.
    var isStarted: Bool { meeting != nil }
    /// The number of the present generation, or of the last one.
    var generation: UInt32 { tries.attempts + (isQueued ? 0 : 1) }
    /// A rank failed or was lost: the generation can't succeed, the rest is to stop.
    var isBroken: Bool { ranks.contains { $0 == .failed || $0 == .lost || $0 == .stopped } }
    var isOver: Bool { !isQueued && live == 0 && !ranks.contains(.unassigned) }
    /// Why this generation ended in vain; nil if it succeeded. A rank often fails because its peer died, so a loss is
    /// the cause wherever there is one.
    var cause: RetryReason? {
        if ranks.contains(.lost) { return .lost }
        return ranks.allSatisfy { $0 == .succeeded } ? nil : .failed
    }
}

/// The address of a gang's rank 0, for one generation.
struct Meeting: Hashable, Sendable {
    let host: String
    let port: UInt16
}

/// An array of tasks, in space that grows with the tasks that are under way or have failed, not with all of them.
struct ArrayRecord: Hashable, Sendable {
    let count: UInt32
    /// Tasks from here on were never tried.
    var next: UInt32 = 0
    /// Tasks that wait for another attempt, largest index first, so that the smallest is taken from the end.
    var requeued: [UInt32] = []
    var live: [UInt32: Epoch] = [:]
    /// Tasks that were tried in vain and aren't over.
    var tries: [UInt32: Tries] = [:]
    /// Tasks whose last attempt was in vain, and why: a `retry` follows, or they have failed for good.
    var failed: [UInt32: RetryReason] = [:]
    var succeeded: UInt32 = 0

    init(count: UInt32) { self.count = count }

    var waiting: UInt32 { count - next + UInt32(requeued.count) }
    /// The task that is tried next, if one waits.
    var first: UInt32? { requeued.last ?? (next < count ? next : nil) }
    var isOver: Bool { waiting == 0 && live.isEmpty }

    mutating func requeue(_ index: UInt32) {
        var low = 0
        var high = requeued.count
        while low < high {
            let middle = low + (high - low) / 2
            if requeued[middle] > index { low = middle + 1 } else { high = middle }
        }
        requeued.insert(index, at: low)
    }
}
