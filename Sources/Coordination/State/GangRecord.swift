/// A gang: all of its ranks are granted in one step (save under `greedy-gang`), and a new generation begins only when
/// the one before holds nothing.
struct GangRecord: Hashable, Codable, Sendable {
    /// A rank of the present generation.
    enum Rank: Hashable, Codable, Sendable {
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

    /// The ranks of a generation that is not told otherwise by `form`.
    let fullSize: UInt32
    /// The ranks of the present generation.
    var size: UInt32
    /// Empty while the gang is queued.
    var ranks: [Rank] = []
    /// Which worker each rank was given to in this generation.
    var workers: [WorkerName] = []
    /// Where the ranks of this generation meet; there once it was told to run.
    var meeting: Meeting?
    /// Ranks that hold a lease.
    var live: UInt32 = 0
    /// Ranks that have accepted, of those that hold a lease.
    var accepted: UInt32 = 0
    /// A rank failed or was lost: this generation can't succeed, the rest is to stop.
    var isBroken = false
    /// The whole of it was told to stop.
    var halt: Halt?
    /// When the generation last held something.
    var lastRelease: Timestamp?
    var tries = Tries()

    init(size: UInt32) {
        fullSize = size
        self.size = size
    }

    var isQueued: Bool { ranks.isEmpty }
    /// The number of the present generation, or of the last one.
    var generation: UInt32 { tries.attempts + (isQueued ? 0 : 1) }
    var isStopping: Bool { isBroken || halt != nil }
    var isReady: Bool { accepted == size && !isStarted && !isStopping }
    var isStarted: Bool { meeting != nil }
    /// It was granted, and nothing is held any more.
    var isOver: Bool { !isQueued && live == 0 && (workers.count == size || isBroken) }
    /// Ranks that could be granted now.
    var waiting: UInt32 { isStopping ? 0 : size - UInt32(workers.count) }

    /// Why this generation ended in vain; nil if it succeeded. A rank often fails because its peer died, so a loss is
    /// the cause wherever there is one.
    var cause: RetryReason? {
        guard isBroken else { return nil }
        switch halt {
        case .expired: return .failed
        case .preempted: return .preempted
        case nil: return ranks.contains(.lost) ? .lost : .failed
        }
    }

    /// The ranks of a generation are granted in a row, from 0.
    func isNext(_ index: UInt32) -> Bool { !isStopping && index == workers.count && index < size }

    /// The rank's number among the ranks on the same worker.
    func localRank(of index: UInt32) -> UInt32 {
        UInt32(workers[..<Int(index)].count { $0 == workers[Int(index)] })
    }

    mutating func grant(_ index: UInt32, _ epoch: Epoch, to worker: WorkerName) {
        if isQueued { ranks = Array(repeating: .unassigned, count: Int(size)) }
        ranks[Int(index)] = .holds(epoch)
        workers.append(worker)
        live += 1
    }

    mutating func release(_ index: UInt32, wasAccepted: Bool, as ending: Ending, at time: Timestamp) {
        live -= 1
        if wasAccepted { accepted -= 1 }
        ranks[Int(index)] =
            switch ending {
            case .succeeded: .succeeded
            case .failed(.stopped), .expired, .preempted: .stopped
            case .failed: .failed
            case .lost: .lost
            }
        if ending != .succeeded { isBroken = true }
        lastRelease = time
    }

    mutating func retry(_ reason: RetryReason) {
        var tries = tries
        tries.add(reason)
        self = GangRecord(size: fullSize)
        self.tries = tries
    }
}

/// The address of a gang's rank 0, for one generation.
struct Meeting: Hashable, Codable, Sendable {
    let host: String
    let port: UInt16
}
