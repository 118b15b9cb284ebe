import CSP
import ModelChecking

/// A run that shows what is wrong, in the words of the script.
public struct CounterexampleReport: Codable, Sendable {
    public enum Kind: String, Codable, Sendable {
        case deadlock, event, refusal, divergence, nondeterminism, trace, lasso
    }

    /// One move of the run.
    public struct Event: Codable, Sendable {
        /// As a script writes it; `τ` where no event stands behind the move, `✓` for termination.
        public var event: String
        /// Whether the environment does not see it.
        public var hidden: Bool
        /// The components that took part.
        public var processes: [String]
        /// What it means for the property.
        public var note: String?
    }

    /// A component at the end of the run, and what it offers there.
    public struct ComponentState: Codable, Sendable {
        public var process: String
        public var offers: [String]
        public var waitsFor: [String]
    }

    public var kind: Kind
    public var events: [Event]
    /// What goes on for ever after `events`.
    public var cycle: [Event]
    /// One sentence: what is wrong after the events.
    public var reason: String
    public var components: [ComponentState]

    /// The visible trace.
    public var trace: [String] { events.filter { !$0.hidden }.map(\.event) }
}

extension CounterexampleReport {
    init(_ counterexample: Counterexample, network: Network, store: ProcessStore) {
        let words = Wording(network: network, store: store)
        events = counterexample.steps.map(words.event)
        cycle = []
        switch counterexample.reason {
        case .deadlock:
            kind = .deadlock
            reason = "nothing can happen any more, and the process has not terminated"
        case .forbidden(let action):
            kind = .event
            reason = "the specification does not allow \(words.name(action)) here"
        case .refusal(let offered, let wanted):
            kind = .refusal
            reason = words.refusal(offered: offered, wanted: wanted)
        case .divergence(let steps):
            kind = .divergence
            cycle = steps.map(words.event)
            reason = "silent steps can go on for ever"
        case .nondeterminism(let action, let offered):
            kind = .nondeterminism
            reason =
                "after this trace \(words.name(action)) is possible, and here it is refused: only \(words.list(offered)) is offered"
        case .witness:
            kind = .trace
            reason = "the process can do this"
        }
        components = words.components(counterexample)
    }
}

/// Puts components and labels into words.
struct Wording {
    let network: Network
    let store: ProcessStore

    /// A component's name, cut where it would fill the screen; nil for one that an operator added.
    func process(_ component: Int) -> String? {
        guard let name = network.components[component].name else { return nil }
        return name.count > 48 ? name.prefix(47) + "…" : name
    }

    func name(_ action: Action) -> String {
        switch action {
        case .tau: "τ"
        case .tick: "✓"
        default: store.name(of: Event(action))
        }
    }

    func list(_ actions: [Action]) -> String {
        actions.isEmpty ? "nothing" : "{" + actions.map(name).joined(separator: ", ") + "}"
    }

    func event(_ step: Step) -> CounterexampleReport.Event {
        CounterexampleReport.Event(
            event: name(step.action), hidden: step.action.isSilent,
            processes: step.participants.compactMap(process))
    }

    func refusal(offered: [Action], wanted: [[Action]]) -> String {
        let shown = wanted.prefix(4).map(list).joined(separator: " or ")
        let more = wanted.count > 4 ? " or …" : ""
        return wanted.isEmpty
            ? "only \(list(offered)) is offered in a stable state, and the specification has no stable state here"
            : "only \(list(offered)) is offered; the specification wants all of \(shown)\(more)"
    }

    /// What each component offers at the end, and for whom it waits.
    func components(_ counterexample: Counterexample) -> [CounterexampleReport.ComponentState] {
        guard network.components.count > 1 else { return [] }
        return counterexample.offers.enumerated().compactMap { index, offers in
            guard let own = process(index) else { return nil }
            var waits: Set<Int> = []
            for move in counterexample.blocked where move.ready.contains(index) { waits.formUnion(move.refusing) }
            return CounterexampleReport.ComponentState(
                process: own, offers: offers.map(name),
                waitsFor: waits.sorted().compactMap(process))
        }
    }
}
