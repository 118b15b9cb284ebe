import CSP
import ModelChecking

/// Compiles process terms to networks.
///
/// Operators at the top that keep their operands side by side (parallels, hiding, renaming, priorities) become rules; what is below them, and everything
/// that recursion passes through, becomes explicit components by `OperationalSemantics`. A process that would be a large component, because
/// parallels stand below its prefixes and choices, is built of control components and its parts instead.
final class NetworkCompiler {
    let store: ProcessStore
    let semantics: OperationalSemantics
    /// Of the work under way.
    private(set) var limits = Limits()
    private var inProgress: Set<Int> = []
    private var networks: [Int: Network] = [:]
    /// Processes whose networks have a parallel somewhere: only with these is it worth passing control on between components.
    private var parallels: Set<Int> = []
    /// Choices of more operands are one component.
    private static let switchedOperandsMax = 32
    /// A chased process of more states is chased while they are explored.
    static let chasedStatesMax = 10_000
    /// A process whose parts have no end is tried as one component up to so many states.
    private static let wholeStatesMax = 1_000
    private var leaves: [Int32: Leaf] = [:]
    var operators = OperatorTables()
    var compressedSystems: [CompressionKey: LabelledTransitionSystem] = [:]

    /// From so many states on, a process is worth another try as a network of its parts.
    private let wieldyStates: Int
    /// How many unwieldy parts are tried before a process becomes one component after all.
    private static let attemptsMax = 48
    private var attempts = 0
    private var switchingDepth = 0

    /// Thrown when a process turns out to contain itself: it has to be one component.
    private struct Recursion: Error {
        var process: Int
    }
    /// Thrown when a component has grown beyond `wieldyStates`.
    private struct Unwieldy: Error {}
    /// Thrown when too many parts are unwieldy: the outermost of them becomes one component.
    private struct Unsuitable: Error {}

    let purpose: Purpose
    /// What the shipped core does, as far as a script asked.
    let cores: CoreGraphs
    /// For operands of priorities.
    private var withoutLoss: NetworkCompiler {
        if purpose != .models { return self }
        if let made = withoutLossIfMade { return made }
        let made = NetworkCompiler(store: store, purpose: .priorities, wieldyStates: wieldyStates, cores: cores)
        withoutLossIfMade = made
        return made
    }
    private var withoutLossIfMade: NetworkCompiler?

    init(store: ProcessStore, purpose: Purpose, wieldyStates: Int, cores: CoreGraphs = CoreGraphs()) {
        self.cores = cores
        self.store = store
        self.purpose = purpose
        self.wieldyStates = wieldyStates
        semantics = OperationalSemantics(store: store)
        semantics.explicitSystem = { [unowned self] in try self.transformed($0) }
    }

    /// - Throws: `CompilationError`, `EvaluationError`, `NetworkError`, `LimitReached`.
    func compile(_ process: Process, name: String? = nil, limits: Limits) throws -> Network {
        self.limits = limits
        attempts = 0
        do {
            return try compile(process, name: name)
        } catch is Recursion {
            throw CompilationError.recursionThroughWhole(process.name ?? "this process")
        } catch let error as CompilationError {
            guard case .neverFinite = error, let whole = try whole(process, name: name) else { throw error }
            return whole
        } catch let limit as LimitReached {
            guard case .states = limit, let whole = try whole(process, name: name) else { throw limit }
            return whole
        }
    }

    /// The process as one component: the parts of a parallel may have no end each for itself, where together they keep each other from it.
    /// - Returns: nil where that has no end either, or none that is near.
    private func whole(_ process: Process, name: String?) throws -> Network? {
        let body = try store.unfold(process)
        var few = limits
        few.maximumStates = min(limits.maximumStates ?? .max, Self.wholeStatesMax)
        (few, limits) = (limits, few)
        defer { limits = few }
        do {
            let network = try leaf(body, name: process.name ?? name)
            networks[body.id] = network
            return network
        } catch is CompilationError {
            return nil
        } catch LimitReached.states {
            return nil
        } catch is Recursion {
            return nil
        }
    }

    /// What is kept of earlier work, roughly.
    var byteCount: Int { semantics.byteCount + (withoutLossIfMade?.semantics.byteCount ?? 0) }

    /// The network of a process, where states with a silent step perform none of these events; nil for the process as it is.
    func compile(_ process: Process, givingWayToTau last: EventSet?, limits: Limits) throws -> Network {
        let network = try compile(process, limits: limits)
        guard let last else { return network }
        return network.prioritised(PriorityOrder(descending: [[], last.events.map { Action($0) }]))
    }

    func compile(_ process: Process, name outer: String?) throws -> Network {
        let name = process.name ?? outer
        let body = try store.unfold(process)
        if let known = networks[body.id] { return known }
        guard inProgress.insert(body.id).inserted else { throw Recursion(process: body.id) }
        defer { inProgress.remove(body.id) }
        let network: Network
        do {
            network = try standing(body, name: name) ?? component(body, name: name)
        } catch let recursion as Recursion where recursion.process == body.id {
            network = try leaf(body, name: name)
        }
        networks[body.id] = network
        return network
    }

    /// The network of an operator that keeps its operands side by side; nil for any other process.
    private func standing(_ body: Process, name: String?) throws -> Network? {
        switch body.term {
        case .interleave(let operands), .generalisedParallel(_, let operands):
            parallels.insert(body.id)
            return try .parallel(operands.map(part), participants: operators.participants(of: body))
        case .alphabetisedParallel(let operands):
            parallels.insert(body.id)
            return try .parallel(operands.map { try part($0.process) }, participants: operators.participants(of: body))
        case .linkedParallel(let pairs, let left, let right):
            parallels.insert(body.id)
            return try .linked(
                part(left), part(right), links: pairs.map { (Action($0.left), Action($0.right)) })
        case .hide(let operand, _), .project(let operand, _):
            return try only(operand, of: body, name: name).hiding { OperatorTables.isHidden($0, by: body) }
        case .rename(let operand, _):
            return try only(operand, of: body, name: name).renaming(operators.images(of: body))
        case .prioritise(let operand, _), .prioritisePartialOrder(let operand, _, _, _):
            if withoutLoss !== self {
                let network = try withoutLoss.compile(body, name: name, limits: limits)
                if withoutLoss.parallels.contains(body.id) { parallels.insert(body.id) }
                return network
            }
            return try only(operand, of: body, name: name).prioritised(Self.order(of: body))
        case .compress(let compression, let operand) where compression.isChase:
            return try chased(compression, only(operand, of: body, name: name), name: name)
        case .compress: return Network(leaf: try transformed(body), name: name ?? "compressed process")
        case .provided: return Network(leaf: try transformed(body), name: name ?? "the core")
        default: return nil
        }
    }

    private func part(_ process: Process) throws -> Network { try compile(process, name: nil) }

    /// The one operand of a process that has a parallel somewhere if the operand has.
    private func only(_ operand: Process, of body: Process, name: String?) throws -> Network {
        let network = try compile(operand, name: name)
        if try hasParallel(operand) { parallels.insert(body.id) }
        return network
    }

    private func hasParallel(_ process: Process) throws -> Bool { parallels.contains(try store.unfold(process).id) }

    /// Any other process: one component where that is small, else a network of its parts.
    private func component(_ body: Process, name: String?) throws -> Network {
        let operands = Self.switched(body)
        guard (1...Self.switchedOperandsMax).contains(operands.count) else { return try leaf(body, name: name) }
        do {
            return try leaf(body, name: name, statesMax: wieldyStates)
        } catch is Unwieldy {}
        attempts += 1
        if attempts > Self.attemptsMax, switchingDepth > 0 { throw Unsuitable() }
        switchingDepth += 1
        defer { switchingDepth -= 1 }
        do {
            let parts = try operands.map(part)
            guard try operands.contains(where: hasParallel) else { return try leaf(body, name: name) }
            parallels.insert(body.id)
            return try switching(body, parts)
        } catch is Unsuitable where switchingDepth == 1 {
            return try leaf(body, name: name)
        } catch NetworkError.tooManyRules {
            return try leaf(body, name: name)
        }
    }

    /// The operands that an operator passes control on between; none for other operators.
    private static func switched(_ body: Process) -> [Process] {
        switch body.term {
        case .prefix(_, let next): [next]
        case .internalChoice(let operands), .externalChoice(let operands): operands
        case .slidingChoice(let first, let second), .sequential(let first, let second),
            .interrupt(let first, let second), .exception(let first, _, let second):
            [first, second]
        default: []
        }
    }

    /// The network of an operator that passes control on.
    private func switching(_ body: Process, _ parts: [Network]) throws -> Network {
        switch body.term {
        case .prefix(let event, _): try .prefix(Action(event), parts[0])
        case .internalChoice: try .internalChoice(parts)
        case .externalChoice: try .externalChoice(parts)
        case .slidingChoice: try .slidingChoice(parts[0], parts[1])
        case .sequential: try .sequential(parts[0], parts[1])
        case .interrupt: try .interrupt(parts[0], parts[1])
        case .exception(_, let set, _): try .exception(parts[0], parts[1]) { set.contains(Event($0)) }
        default: fatalError("this operator doesn't pass control on")
        }
    }

    private func leaf(_ body: Process, name: String?, statesMax: Int = .max) throws -> Network {
        semantics.componentName = name
        let leaf = try explore(semantics.node(of: body), statesMax: statesMax)
        return Network(
            leaf: leaf.system, name: name ?? ProcessNames(store: store).name(of: body), stateNames: leaf.states)
    }

    /// A component with explicit states.
    private struct Leaf {
        var system: LabelledTransitionSystem
        var states: LeafStates
    }

    /// Everything that a state can become, as an explicit system.
    ///
    /// Depth first: a recursion that nests its operators deeper and deeper shows itself at once, not after all shorter runs.
    private func explore(_ start: Int32, statesMax: Int) throws -> Leaf {
        if let known = leaves[start] { return known }
        var numbers = StateNumbers()
        numbers.insert(start)
        var nodes = [start]
        var work = [start]
        var successors: [[LabelledTransitionSystem.Transition]] = [[]]
        var transitions = 0
        var rounds = 0
        while let state = work.popLast() {
            if rounds & 0xff == 0 {
                try limits.check(states: numbers.count, bytes: semantics.byteCount + transitions * 8)
            }
            if numbers.count > statesMax { throw Unwieldy() }
            rounds += 1
            var steps = try semantics.transitions(of: state)
            for index in steps.indices {
                let target = steps[index].target
                steps[index].target =
                    numbers[target]
                    ?? {
                        successors.append([])
                        work.append(target)
                        nodes.append(target)
                        return numbers.insert(target)
                    }()
            }
            transitions += steps.count
            successors[Int(numbers[state]!)] = steps
        }
        let (system, origins) = LabelledTransitionSystem(
            initial: 0, terminated: numbers[semantics.omega].map(Int.init), successors: successors
        ).reachableWithOrigins()
        let leaf = Leaf(system: system, states: LeafStates(semantics, nodes: origins.map { nodes[$0] }))
        leaves[start] = leaf
        return leaf
    }
}

/// Numbers given to states of the semantics in the order in which they are met.
private struct StateNumbers {
    private var numbers: [Int32] = []
    private(set) var count = 0

    subscript(state: Int32) -> Int32? {
        guard Int(state) < numbers.count, numbers[Int(state)] >= 0 else { return nil }
        return numbers[Int(state)]
    }

    @discardableResult
    mutating func insert(_ state: Int32) -> Int32 {
        while numbers.count <= Int(state) {
            numbers.append(contentsOf: repeatElement(-1, count: max(64, numbers.count)))
        }
        numbers[Int(state)] = Int32(count)
        count += 1
        return Int32(count - 1)
    }
}
