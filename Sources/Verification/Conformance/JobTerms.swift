import Coordination

/// What a job's submission says of its units and its tries, and what has come of it so far: the facts `Right`, `Limit` and `Ground`.
struct JobTerms: Sendable {
    /// What the submission says. Jobs that come one after the other mostly say the same, and share it.
    private final class Words: Sendable {
        let needs: Resources
        let requirements: Requirements
        let isGang: Bool
        let retries: UInt32
        let crashLimit: UInt32
        let concurrency: UInt32?

        init(_ specification: JobSpecification) {
            needs = specification.needs
            requirements = specification.requirements
            isGang = specification.isGang
            retries = specification.retries
            crashLimit = specification.crashLimit
            concurrency = specification.concurrency
        }

        func areThose(of specification: JobSpecification) -> Bool {
            needs == specification.needs && requirements == specification.requirements
                && isGang == specification.isGang && retries == specification.retries
                && crashLimit == specification.crashLimit && concurrency == specification.concurrency
        }
    }

    private let words: Words
    /// What each unit holds.
    var needs: Resources { words.needs }
    var requirements: Requirements { words.requirements }
    private var isGang: Bool { words.isGang }
    private var retries: UInt32 { words.retries }
    private var crashLimit: UInt32 { words.crashLimit }
    /// For an array: how many of its tasks may run at one time.
    private var concurrency: UInt32? { words.concurrency }
    /// Jobs that it comes after and that haven't ended.
    var blockers: Set<UInt64> = []
    /// One of those did not succeed.
    var isBarred = false
    /// Units that hold a lease.
    var live: UInt32 = 0
    /// Tries in vain that count, by the task; those of a gang are all at 0.
    private var tries: [UInt32: (failures: UInt32, losses: UInt32)] = [:]
    /// Some unit's retries, or its crash limit, are used up.
    private(set) var isSpent: Bool

    /// - Parameter other: those of a job before, to be shared where this one says the same.
    init(_ specification: JobSpecification, like other: JobTerms? = nil) {
        let known = other.flatMap { $0.words.areThose(of: specification) ? $0.words : nil }
        words = known ?? Words(specification)
        isSpent = specification.retries == 0 || specification.crashLimit == 0
    }

    /// Whether the job's turn hasn't come.
    var isEarly: Bool { !blockers.isEmpty || isBarred || concurrency.map { live >= $0 } == true }

    /// Whether a worker with so much has room for one unit more.
    /// - Parameter credit: slots beyond its own, for tasks that ask for nothing else and wait there.
    func fits(_ capacity: Resources, used: Resources, credit: UInt32, labels: [String: String]) -> Bool {
        var after = used
        after.add(needs)
        if capacity.contains(after) {
            return requirements.labels.allSatisfy { labels[$0.key] == $0.value }
        }
        return !isGang && requirements == Requirements() && capacity.slots >= needs.slots
            && after.slots <= capacity.slots + UInt64(credit)
    }

    /// Whether the unit, or (nil) the gang, may be tried again after an attempt that ended for this reason.
    func allowsRetry(_ index: UInt32?, _ reason: RetryReason) -> Bool {
        let tries = tries[index ?? 0] ?? (0, 0)
        return switch reason {
        case .failed: tries.failures < retries
        case .lost: tries.losses < crashLimit
        case .preempted: true
        }
    }

    mutating func retry(_ index: UInt32?, _ reason: RetryReason) {
        var after = tries[index ?? 0] ?? (0, 0)
        switch reason {
        case .failed: after.failures += 1
        case .lost: after.losses += 1
        case .preempted: return
        }
        tries[index ?? 0] = after
        if after.failures >= retries || after.losses >= crashLimit { isSpent = true }
    }
}
