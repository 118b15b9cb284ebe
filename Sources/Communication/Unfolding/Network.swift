/// A plan unfolded for a number of ranks: each rank's calls one after the other, over channels and groups.
struct Network: Sendable {
    /// What one rank sends to another under one tag, first in, first out.
    struct Channel: Sendable {
        let source: Int
        let target: Int
        let tag: Int
        /// Of each message in its order: a number in `payloads`.
        var messages: [Int32] = []
        /// Receives that name this very source.
        var receives = 0
        /// A send or a receive on it is begun in one place and waited for in another.
        var isNonblocking = false
    }

    /// Ranks that call collectives together.
    struct Group: Sendable {
        let name: String
        let members: [Int]
        var isNonblocking = false
        /// Of each round its calls: rank, and a number in `signatures`.
        var rounds: [[(rank: Int32, signature: Int32)]] = []
        /// Of each round, whether all that is called in it fits together.
        var fits: [Bool] = []
    }

    /// A collective as it is called: all members of a round must call what fits.
    struct Signature: Hashable, Sendable {
        let collective: Collective
        let root: Int?
        let operation: String?
        let payload: Payload

        func fits(_ other: Signature) -> Bool {
            collective == other.collective && root == other.root && payload.fits(other.payload)
                && (operation == nil || other.operation == nil || operation == other.operation)
        }
    }

    enum Verb: UInt8, Sendable { case send, receive, receiveAny, collective, wait }

    /// One call, or one wait.
    struct Instruction: Sendable {
        let verb: Verb
        let isBlocking: Bool
        /// A channel, an inbox, a group; of a wait: where its requests begin.
        let subject: Int32
        /// Sends and receives of one channel, and the rounds of a group, count from 1; of a wait: where its requests end.
        let ordinal: Int32
        /// Of messages: a number in `payloads`; of collectives, in `signatures`.
        let content: Int32
        /// A number in `places`.
        let place: Int32
    }

    /// What a wait waits for.
    struct Request: Sendable {
        let verb: Verb
        let subject: Int32
        let ordinal: Int32
        let content: Int32
    }

    struct RankProgram: Sendable {
        var instructions: [Instruction] = []
        var requests: [Request] = []
    }

    var programs: [RankProgram]
    var channels: [Channel] = []
    var groups: [Group] = []
    /// The channels that a receive from whomever may take from.
    var inboxes: [[Int32]] = []
    var tags: [String] = []
    var payloads: [Payload] = []
    var signatures: [Signature] = []
    var places: [Place] = []

    /// Whether the order in which messages arrive may decide anything.
    var hasChoice: Bool { !inboxes.isEmpty }
    var calls: Int { programs.reduce(0) { $0 + $1.instructions.count } }
    var longestChannel: Int { channels.reduce(0) { max($0, $1.messages.count) } }
}
