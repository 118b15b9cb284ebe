/// What the ranks of a run say to each other, and in which order: a job's `communication`. docs/plans.md says what each part means.
public struct Plan: Hashable, Sendable {
    /// What a send waits for.
    public enum Sends: Hashable, Sendable {
        /// Until its receiver has come to the receive.
        case rendezvous
        /// Until the message is in its channel's buffer, which holds so many; nil: as many as come.
        case eager(buffer: Int?)
    }

    public enum Behaviour: Hashable, Sendable {
        /// Step by step: each rank does what the one program that names it says.
        case programs([Program])
        /// By name.
        case schedule(Schedule)
    }

    /// What some ranks do.
    public struct Program: Hashable, Sendable {
        /// nil: every rank that no other program names.
        public var ranks: [Int]?
        public var steps: [Step]

        public init(ranks: [Int]?, steps: [Step]) {
            self.ranks = ranks
            self.steps = steps
        }
    }

    public var sends: Sends
    public var groups: [RankGroup]
    public var behaviour: Behaviour
    /// How many ranks it is for; nil: for as many as the gang has.
    public var ranks: Int?
    /// Where it stands.
    public var place: Place

    public init(
        sends: Sends = .rendezvous, groups: [RankGroup] = [], behaviour: Behaviour, ranks: Int? = nil,
        place: Place = Place(line: 1, column: 1)
    ) {
        self.sends = sends
        self.groups = groups
        self.behaviour = behaviour
        self.ranks = ranks
        self.place = place
    }
}

/// A place in the file that declares the plan; from 1.
public struct Place: Hashable, Sendable, Encodable {
    public var line: Int
    public var column: Int

    public init(line: Int, column: Int) {
        self.line = line
        self.column = column
    }
}

/// Ranks that call collectives together, by a name of the plan's own.
public struct RankGroup: Hashable, Sendable {
    public enum Members: Hashable, Sendable {
        case ranks([Int])
        /// Ranks for which it has the same value are one group: `rank / 4` makes groups of four neighbours.
        case by(Expression)
    }

    public var name: String
    public var members: Members
    public var place: Place

    public init(name: String, members: Members, place: Place) {
        self.name = name
        self.members = members
        self.place = place
    }
}

/// One step of a rank's program.
public struct Step: Hashable, Sendable {
    public indirect enum Kind: Hashable, Sendable {
        case call(Call)
        case wait(Requests)
        /// `count` times, with the number of the round, from 0, under `variable`.
        case loop(count: Expression, variable: String?, [Step])
        case choice(condition: Expression, then: [Step], otherwise: [Step])
        /// All of them begin; the step is over when all of them are.
        case batch([Step])
    }

    public enum Requests: Hashable, Sendable {
        /// All that the rank has begun, and not waited for.
        case all
        case named([String])
    }

    public var kind: Kind
    public var place: Place

    public init(_ kind: Kind, at place: Place) {
        self.kind = kind
        self.place = place
    }
}

/// One call of a communication library.
public struct Call: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case send(to: Expression, tag: String)
        /// nil: from whichever rank sends first.
        case receive(from: Expression?, tag: String)
        /// Group nil: all ranks. The root is a rank of the run, not a place in the group.
        case collective(Collective, group: String?, root: Expression?, operation: String?)
    }

    public var kind: Kind
    /// What it carries, as far as the plan says so.
    public var payload: Payload
    /// It begins here, and is over at a `wait`.
    public var isNonblocking: Bool
    /// The name by which it is waited for.
    public var request: String?

    public init(_ kind: Kind, payload: Payload = Payload(), isNonblocking: Bool = false, request: String? = nil) {
        self.kind = kind
        self.payload = payload
        self.isNonblocking = isNonblocking
        self.request = request
    }
}

/// Elements and their type; what is nil isn't said, and fits to all.
public struct Payload: Hashable, Sendable {
    public var count: Int?
    public var type: String?

    public init(count: Int? = nil, type: String? = nil) {
        self.count = count
        self.type = type
    }

    func fits(_ other: Payload) -> Bool {
        (count == nil || other.count == nil || count == other.count)
            && (type == nil || other.type == nil || type == other.type)
    }

    /// `1024 f32`
    var text: String { [count.map(String.init), type].compactMap { $0 }.joined(separator: " ") }
}

/// Calls that every rank of a group makes together.
public enum Collective: String, Hashable, Sendable, CaseIterable {
    case barrier, broadcast, reduce, gather, scatter
    case allReduce = "all-reduce"
    case allGather = "all-gather"
    case reduceScatter = "reduce-scatter"
    case allToAll = "all-to-all"

    /// Whether one rank is its source or its target.
    public var hasRoot: Bool {
        switch self {
        case .broadcast, .reduce, .gather, .scatter: true
        case .barrier, .allReduce, .allGather, .reduceScatter, .allToAll: false
        }
    }

    /// Whether it computes with an operation, such as sum.
    public var hasOperation: Bool { self == .allReduce || self == .reduce || self == .reduceScatter }
}

/// What is wrong with a plan itself: it can't be unfolded for so many ranks.
public struct PlanError: Error, Hashable, Sendable {
    public var place: Place
    public var message: String

    public init(_ message: String, at place: Place) {
        self.message = message
        self.place = place
    }
}
