import CSP
import ModelChecking

/// What the compiled process will be asked, which decides what a compression may do to it.
enum Purpose {
    /// Only what the models T, F and FD tell of it.
    case models
    /// More than the models tell: priorities look at each state's moves, liveness at each move and at the event behind each hidden one.
    case priorities, liveness
    /// The models V and R, which see refusals that F does not.
    case refusals

    /// What is said of a compression that doesn't preserve enough; nil for one that does.
    func reasonAgainst(_ compression: Compression) -> String? {
        if self == .models || [.explicate, .lazyenumerate, .sbisim].contains(compression) { return nil }
        return switch self {
        case .models: nil
        case .priorities: "priorities, which depend on each state's events"
        case .refusals: "what V and R tell, which see what is refused before an event"
        case .liveness: "liveness, which depends on each step and on the events behind hidden steps"
        }
    }
}

/// A network that is to be compressed: equal ones need it only once, whatever processes they come from.
struct CompressionKey: Hashable {
    private let compression: Compression
    private let systems: [LabelledTransitionSystem]
    private let rules: [Network.Rule]
    private let priorities: [Network.Priorities]

    init(_ compression: Compression, _ network: Network) {
        self.compression = compression
        systems = network.components.map(\.system)
        rules = network.rules
        priorities = network.priorities
    }
}

// Processes that are computed as a whole: compressions, and priorities below other operators.
extension NetworkCompiler {
    func transformed(_ process: Process) throws -> LabelledTransitionSystem {
        switch process.term {
        case .prioritise, .prioritisePartialOrder:
            return try compile(process, name: nil).explicitSystem(limits: limits)
        case .compress(let compression, let operand): return try compressed(compression, operand)
        case .provided(let description, let alphabet): return try core(description, alphabet)
        default: fatalError("not computed as a whole")
        }
    }

    private func compressed(_ compression: Compression, _ operand: Process) throws -> LabelledTransitionSystem {
        if let reason = purpose.reasonAgainst(compression) {
            throw CompilationError.notPreserved(compression.rawValue, by: reason)
        }
        let network = try compile(operand, name: nil)
        let key = CompressionKey(compression, network)
        if let known = compressedSystems[key] { return known }
        let system = try compressed(compression, network)
        compressedSystems[key] = system
        return system
    }

    private func compressed(_ compression: Compression, _ network: Network) throws -> LabelledTransitionSystem {
        if compression.isChase { return try network.chased().explicitSystem(limits: limits).chased() }
        var system = try network.explicitSystem(limits: limits)
        if purpose == .models { system = system.withoutHiddenNames() }
        switch compression {
        case .explicate, .lazyenumerate: return system
        case .sbisim: return system.stronglyBisimilar()
        case .dbisim: return try system.stronglyBisimilar().delayBisimilar(limits: limits)
        case .wbisim: return try system.stronglyBisimilar().weaklyBisimilar(limits: limits)
        case .tau_loop_factor: return system.silentLoopsFactored()
        case .diamond: return system.diamondEliminated()
        case .normal, .lazynorm: return try system.stronglyBisimilar().normalised(limits: limits)
        case .model_compress: return system.diamondEliminated().stronglyBisimilar()
        case .deter: throw CompilationError.unsupported("deter(…)")
        case .chase, .chase_nocache: fatalError("chasing happens while the states are explored")
        }
    }

    /// A chased process as a component where it has few states; else as a network that is chased while its states are explored: of a spy who could learn anything, only
    /// what the others let him learn is ever met.
    func chased(_ compression: Compression, _ operand: Network, name: String?) throws -> Network {
        if let reason = purpose.reasonAgainst(compression) {
            throw CompilationError.notPreserved(compression.rawValue, by: reason)
        }
        var few = limits
        few.maximumStates = min(limits.maximumStates ?? .max, Self.chasedStatesMax)
        do {
            let system = try operand.chased().explicitSystem(limits: few).chased()
            return Network(leaf: system, name: name ?? "chased process")
        } catch LimitReached.states where few.maximumStates == Self.chasedStatesMax {
            return operand.chased()
        }
    }

    /// The order of `prioritise` and `prioritisepo`.
    static func order(of process: Process) -> PriorityOrder {
        func actions(_ set: EventSet) -> [Action] { set.events.map { Action($0) } }
        switch process.term {
        case .prioritise(_, let sets): return PriorityOrder(descending: sets.map(actions))
        case .prioritisePartialOrder(_, let events, let order, let maximal):
            return PriorityOrder(
                events: actions(events), order: order.map { (Action($0.lower), Action($0.higher)) },
                maximal: Set(actions(maximal)))
        default: fatalError("this operator has no order")
        }
    }
}

extension Compression {
    var isChase: Bool { self == .chase || self == .chase_nocache }
}
