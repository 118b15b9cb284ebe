import CSP
import ModelChecking

/// Compiles process terms to networks.
///
/// Operators at the top that keep their operands side by side (parallels, hiding, renaming) become rules; what is below them, and everything that
/// recursion passes through, becomes explicit components by `OperationalSemantics`.
final class NetworkCompiler {
    let store: ProcessStore
    private let semantics: OperationalSemantics
    let limits: Limits
    private var inProgress: Set<Int> = []
    private var leaves: [Int32: LabelledTransitionSystem] = [:]
    private var operators = OperatorTables()

    /// Thrown when a process turns out to contain itself: it has to be one component.
    private struct Recursion: Error {
        var process: Int
    }

    init(store: ProcessStore, limits: Limits) {
        self.store = store
        self.limits = limits
        semantics = OperationalSemantics(store: store)
        semantics.explicitSystem = { [unowned self] in try self.transformed($0) }
    }

    /// - Throws: `CompilationError`, `EvaluationError`, `NetworkError`, `LimitReached`.
    func compile(_ process: Process) throws -> Network { try compile(process, name: nil) }

    private func compile(_ process: Process, name outer: String?) throws -> Network {
        let name = process.name ?? outer
        let body = try store.unfold(process)
        guard inProgress.insert(body.id).inserted else { throw Recursion(process: body.id) }
        defer { inProgress.remove(body.id) }
        do {
            return try operands(of: body, name: name) ?? leaf(body, name: name)
        } catch let recursion as Recursion where recursion.process == body.id {
            return try leaf(body, name: name)
        }
    }

    /// The network of an operator that stays; nil for any other process.
    private func operands(of body: Process, name: String?) throws -> Network? {
        switch body.term {
        case .interleave(let operands), .generalisedParallel(_, let operands):
            return try .parallel(
                operands.map { try compile($0, name: nil) }, participants: operators.participants(of: body))
        case .alphabetisedParallel(let operands):
            return try .parallel(
                operands.map { try compile($0.process, name: nil) }, participants: operators.participants(of: body))
        case .linkedParallel(let pairs, let left, let right):
            return try .linked(
                compile(left, name: nil), compile(right, name: nil),
                links: pairs.map { (Action($0.left), Action($0.right)) })
        case .hide(let operand, _), .project(let operand, _):
            return try compile(operand, name: name).hiding { OperatorTables.isHidden($0, by: body) }
        case .rename(let operand, _):
            return try compile(operand, name: name).renaming(operators.images(of: body))
        case .prioritise, .prioritisePartialOrder, .compress:
            return Network(leaf: try transformed(body), name: name ?? "prioritised or compressed process")
        default: return nil
        }
    }

    private func leaf(_ body: Process, name: String?) throws -> Network {
        Network(leaf: try explore(semantics.node(of: body)), name: name ?? ProcessNames(store: store).name(of: body))
    }

    /// Everything that a state can become, as an explicit system.
    ///
    /// Depth first: a recursion that nests its operators deeper and deeper shows itself at once, not after all shorter runs.
    private func explore(_ start: Int32) throws -> LabelledTransitionSystem {
        if let known = leaves[start] { return known }
        var numbers: [Int32: Int32] = [start: 0]
        var work = [start]
        var successors: [[LabelledTransitionSystem.Transition]] = [[]]
        var transitions = 0
        while let state = work.popLast() {
            if work.count & 0xff == 0 {
                try limits.check(states: numbers.count, bytes: numbers.count * 160 + transitions * 24)
            }
            let steps = try semantics.transitions(of: state).map { step in
                if let known = numbers[step.target] {
                    return LabelledTransitionSystem.Transition(action: step.action, target: known)
                }
                let number = Int32(successors.count)
                numbers[step.target] = number
                successors.append([])
                work.append(step.target)
                return .init(action: step.action, target: number)
            }
            transitions += steps.count
            successors[Int(numbers[state]!)] = steps
        }
        let system = LabelledTransitionSystem(
            initial: 0, terminated: numbers[semantics.omega].map(Int.init), successors: successors
        ).reachable()
        leaves[start] = system
        return system
    }

    /// A process that is computed as a whole and then changed: priorities and compressions.
    private func transformed(_ process: Process) throws -> LabelledTransitionSystem {
        switch process.term {
        case .prioritise(let operand, let classes):
            return try compile(operand, name: nil).explicitSystem(limits: limits)
                .prioritised(Self.order(of: classes))
        case .compress(let compression, let operand):
            let system = try compile(operand, name: nil).explicitSystem(limits: limits)
            switch compression {
            case .explicate, .lazyenumerate: return system
            case .sbisim, .dbisim, .wbisim, .diamond, .normal, .lazynorm, .tau_loop_factor, .model_compress:
                // Helps that must not change the meaning: strong bisimulation is sound for all of them, in every model.
                return system.stronglyBisimilar()
            case .chase, .chase_nocache: return system.chased()
            case .deter: throw CompilationError.unsupported("deter(…)")
            }
        case .prioritisePartialOrder: throw CompilationError.unsupported("prioritisepo(…)")
        default: fatalError("not computed as a whole")
        }
    }

    /// Tau and tick are in the first class; an event in no class gives way to nothing, and nothing gives way to it.
    static func order(of classes: [EventSet]) -> (Action, Action) -> Bool {
        var rank: [Action: Int] = [.tick: 0]
        for (index, set) in classes.enumerated() {
            for event in set.events where rank[Action(event)] == nil { rank[Action(event)] = index }
        }
        func rankOf(_ action: Action) -> Int? { action.isSilent ? 0 : rank[action] }
        return { low, high in
            guard let lower = rankOf(low), let higher = rankOf(high) else { return false }
            return lower > higher
        }
    }
}
