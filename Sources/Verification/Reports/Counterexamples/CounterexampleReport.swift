import CSP
import ModelChecking

/// A run that shows what is wrong, in the words of the script.
public struct CounterexampleReport: Codable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case deadlock, event, refusal, divergence, nondeterminism, trace, lasso
    }

    /// One move of the run.
    public struct Event: Codable, Sendable, Equatable {
        /// As a script writes it; `τ` where no event stands behind the move, `✓` for termination.
        public var event: String
        /// Whether the environment does not see it.
        public var hidden: Bool
        /// The components that took part.
        public var processes: [String]
        /// What it means for the property.
        public var note: String?
    }

    /// A component at the end of the run.
    public struct ComponentState: Codable, Sendable, Equatable {
        /// An event that the component is ready for and that others hold up.
        public struct Blocked: Codable, Sendable, Equatable {
            public var event: String
            /// Who is not ready for it; empty where the rest of the system never takes part in it.
            public var refusedBy: [String]
        }

        public var process: String
        /// What it has become, where the script has a name for that which is not `process`.
        public var state: String?
        /// All that it is ready for.
        public var offers: [String]
        /// What others are ready for and this one is not.
        public var refuses: [String]
        public var blocked: [Blocked]
        /// Everybody who holds one of its events up.
        public var waitsFor: [String]
        public var terminated: Bool
    }

    /// An event that the property wants, and who is not ready for it.
    public struct Refused: Codable, Sendable, Equatable {
        public var event: String
        public var ready: [String]
        /// Empty where the system never performs the event at all.
        public var refusing: [String]
    }

    /// One process of a circle of waiting: it wants `event`, and the next process of the circle refuses it.
    public struct Waiting: Codable, Sendable, Equatable {
        public var process: String
        public var event: String
    }

    public var kind: Kind
    /// A few words: `deadlock after 2 steps`.
    public var summary: String
    public var events: [Event]
    /// What goes on for ever after `events`.
    public var cycle: [Event]
    /// The visible events of `events`.
    public var trace: [String]
    /// One sentence: what is wrong after the events.
    public var reason: String
    /// What keeps those back who do not take part in a cycle: sentences.
    public var because: [String]
    /// The components of the system, in the order of the script: the rows of the run's table.
    public var processes: [String]
    /// How the components stand at the end.
    public var components: [ComponentState]
    public var refused: [Refused]
    /// Processes that wait for each other, the last for the first; empty where there is no such circle.
    public var circle: [Waiting]

    init(
        kind: Kind, summary: String, events: [Event], cycle: [Event] = [], reason: String, words: Wording
    ) {
        self.kind = kind
        self.summary = summary
        self.events = events
        self.cycle = cycle
        self.reason = reason
        trace = events.filter { !$0.hidden }.map(\.event)
        processes = words.names.compactMap { $0 }
        because = []
        components = []
        refused = []
        circle = []
    }
}

extension CounterexampleReport {
    init(_ counterexample: Counterexample, network: Network, store: ProcessStore) {
        let words = Wording(network: network, store: store)
        let events = counterexample.steps.map(words.event)
        let after = "after \(events.count.counted("step"))"
        switch counterexample.reason {
        case .deadlock:
            self.init(
                kind: .deadlock, summary: "deadlock \(after)", events: events,
                reason: "nothing can happen any more, and the process has not terminated", words: words)
        case .forbidden(let action, let allowed):
            self.init(
                kind: .event,
                summary: "\(words.name(action)) is not allowed after \((events.count - 1).counted("step"))",
                events: events, reason: words.forbidden(action, allowed: allowed), words: words)
            self.events[events.count - 1].note = "not allowed here"
        case .forbiddenAfterRefusal(let action, let offered, let allowed):
            let name = words.name(action)
            self.init(
                kind: .event,
                summary:
                    "\(name) is not allowed after \((events.count - 1).counted("step")), where all else is refused",
                events: events,
                reason: words.forbidden(action, after: offered, allowed: allowed), words: words)
            self.events[events.count - 1].note = "not allowed here"
        case .refusal(let offered, let wanted):
            self.init(
                kind: .refusal, summary: "a refusal that the specification does not have, \(after)", events: events,
                reason: words.refusal(offered: offered, wanted: wanted), words: words)
            let missing = Set(wanted.joined()).subtracting(offered).sorted()
            refused = missing.prefix(20).map { words.refused($0, in: counterexample.end) }
        case .divergence(let steps):
            self.init(
                kind: .divergence, summary: "divergence \(after)", events: events, cycle: steps.map(words.event),
                reason: "silent steps can go on for ever", words: words)
        case .nondeterminism(let action, let offered):
            let name = words.name(action)
            self.init(
                kind: .nondeterminism, summary: "\(name) may be refused, and may happen, \(after)", events: events,
                reason:
                    "after this trace \(name) is possible, and here it is refused: only \(words.list(offered)) is offered",
                words: words)
            refused = [words.refused(action, in: counterexample.end)]
        case .witness:
            self.init(
                kind: .trace, summary: "a run shows it", events: events, reason: "the process can do this",
                words: words)
        }
        for (step, offered) in counterexample.refusals {
            self.events[step].note = "only \(words.list(offered)) was offered before it"
        }
        describeEnd(counterexample.end, words)
    }

    /// How the components stand in a state, and who waits for whom.
    mutating func describeEnd(_ state: [Int], _ words: Wording) {
        guard words.network.components.count > 1, !state.isEmpty else { return }
        let standing = words.network.standing(in: state)
        components = words.components(standing, in: state)
        circle = WaitingGraph(standing, words).shortestCircle()
    }
}
