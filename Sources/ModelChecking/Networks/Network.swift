/// Finite components and the rules by which they move together: a process whose operators have become tables.
///
/// A state of the network is a vector with one state of each component. A rule is FDR's supercombinator (Roscoe, "Understanding Concurrent
/// Systems", 2010, section 9.1): it asks for a step of each of its participants, which all happen at once, and has one label as its result.
/// Operators that change shape (sequential composition, interrupts, resolved choices) are small components of their own, so that one set of rules
/// serves for the whole life of a process.
public struct Network: Sendable {
    public struct Component: Sendable {
        /// As the script writes it; nil for a component that an operator added.
        public var name: String?
        public var system: LabelledTransitionSystem
        /// Nil where the states have no names.
        public var stateNames: (any StateNames)?

        public init(name: String?, system: LabelledTransitionSystem, stateNames: (any StateNames)? = nil) {
            self.name = name
            self.system = system
            self.stateNames = stateNames
        }
    }

    /// What a rule asks of one component.
    public enum Role: Hashable, Sendable {
        /// A transition with exactly this label.
        case step(Action)
        /// To be in this state, and to stay there.
        case at(Int32)
        /// To be sent to this state, whatever its state is.
        case reset(Int32)
    }

    public struct Participant: Hashable, Sendable {
        public var component: Int32
        public var role: Role

        public init(component: Int32, role: Role) {
            self.component = component
            self.role = role
        }
    }

    public struct Rule: Hashable, Sendable {
        public var label: Action
        /// Each component at most once.
        public var participants: [Participant]
        /// Where it stands in the network's priorities; nowhere for most rules.
        public internal(set) var standings: [Standing] = []
        /// A witness never happens. It tells the priorities of an operand what that operand could do, though others may prevent it.
        public internal(set) var isWitness = false

        public init(label: Action, participants: [Participant]) {
            self.label = label
            self.participants = participants
        }
    }

    public var components: [Component]
    public var rules: [Rule]
    /// Applied to each state one after the other, those of an operand before those of the whole.
    public internal(set) var priorities: [Priorities] = []

    public init(components: [Component], rules: [Rule]) {
        self.components = components
        self.rules = rules
    }

    /// One component that moves as its system says.
    public init(leaf system: LabelledTransitionSystem, name: String?, stateNames: (any StateNames)? = nil) {
        components = [Component(name: name, system: system, stateNames: stateNames)]
        rules = system.actions.map {
            Rule(label: $0, participants: [Participant(component: 0, role: .step($0))])
        }
    }

    /// Whether this is one component that moves exactly as its own system says.
    var isLeaf: Bool {
        components.count == 1 && priorities.isEmpty
            && rules.allSatisfy { $0.participants == [Participant(component: 0, role: .step($0.label))] }
    }
}

/// Why a network could not be built or explored.
public enum NetworkError: Error, Equatable, CustomStringConvertible {
    case tooManyRules(limit: Int)
    /// The packed state would need this many bits.
    case stateTooWide(bits: Int)

    public var description: String {
        switch self {
        case .tooManyRules(let limit): "the synchronisations of this process need more than \(limit) rules"
        case .stateTooWide(let bits): "a state of this process needs \(bits) bits, more than the checker's 4096"
        }
    }
}

/// What the states of a component are called, for who reads a counterexample.
public protocol StateNames: AnyObject, Sendable {
    /// Nil for a state without a name.
    func name(of state: Int) -> String?
}
