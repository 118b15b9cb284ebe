/// What the check of a plan found: the document of `banquet check-plan --format json`.
public struct PlanReport: Encodable, Sendable {
    public enum Verdict: String, Encodable, Sendable {
        /// Every run comes to its end, with every message received.
        case holds
        /// Some run does not.
        case fails
        /// A limit was reached, and no run was found that fails.
        case unknown
    }

    /// What is wrong, by its kind.
    public enum FaultKind: String, Encodable, Sendable {
        /// Ranks of one group call different collectives.
        case mismatchedCollective = "mismatched-collective"
        /// A message isn't what its receive says.
        case mismatchedMessage = "mismatched-message"
        /// Ranks wait for each other in a ring.
        case deadlock
        /// A rank waits for one that will never come: it is done, or stuck itself without a ring.
        case unmatched
        /// All ranks are done, and messages or collectives are left.
        case leftOver = "left-over"
    }

    /// One call in one rank.
    public struct Site: Encodable, Hashable, Sendable {
        public var rank: Int
        /// Which of the rank's calls, from 1.
        public var call: Int
        public var place: Place
        /// `send to 1, tag act`
        public var text: String
        /// `round 3 of 8`, `forward of micro-batch 2`
        public var circumstances: String?
    }

    /// A rank that does not go on.
    public struct Stuck: Encodable, Hashable, Sendable {
        public var site: Site
        /// The ranks without which it does not go on.
        public var waitsFor: [Int]
        /// `rank 1 to receive it`
        public var reason: String
    }

    public struct Fault: Encodable, Sendable {
        public var kind: FaultKind
        /// One line, for people.
        public var summary: String
        /// The ring of ranks that wait each for the next, and the last for the first; else the calls that don't fit.
        public var ring: [Stuck]
        /// The ranks that don't go on, those of the ring first; the first 256 of them.
        public var stuck: [Stuck]
        /// How many there are.
        public var stuckRanks: Int
        /// What was taken from whom at each `recv: any` before, in order.
        public var taken: [Site]
        /// Messages and collectives that are left.
        public var left: [String]
    }

    /// The version of the document's form.
    public let schema = 1
    public var ranks: Int
    /// Of an elastic gang: every size from this one to `ranks` was checked, and the rest of the report is of `ranks`.
    public var fromRanks: Int?
    /// Calls of all ranks together.
    public var calls: Int
    /// `rendezvous`, `eager`, or `eager, buffer 2`.
    public var sends: String
    public var verdict: Verdict
    public var fault: Fault?
    /// The smallest buffer of every channel with which no run gets stuck, in messages; 0: rendezvous sends do. Nil: none does, or
    /// none is known.
    public var smallestBuffer: Int?
    /// Settled states that were looked at: 1 where there is no `recv: any`.
    public var states: Int
    /// Why nothing is known.
    public var limit: String?
    public var seconds: Double = 0
}

/// What bounds a check.
public struct PlanLimits: Sendable {
    /// Steps of all ranks together, loops unfolded.
    public var steps = 8_000_000
    /// States of a search over the orders of arrival.
    public var states = 1_000_000
    /// Whether the smallest buffer is looked for: as many checks again, more or less.
    public var findsBuffer = true
    /// Asked now and then; true ends the search.
    public var isCancelled: @Sendable () -> Bool = { false }

    public init() {}
}
