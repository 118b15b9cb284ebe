import CSP
import ModelChecking

/// CSP's operational semantics over process terms: which steps a process has, and to what they lead.
///
/// After Roscoe, "Understanding Concurrent Systems" (2010), sections 3.4, 7.2 and 9.2. A state is a tree of the operators that are still at work; equal trees are one
/// number. Every tick leads to `omega`. In a parallel an operand's tick is silent, and the parallel ticks when all operands have.
final class OperationalSemantics {
    typealias Transition = LabelledTransitionSystem.Transition

    /// A state: what is left of a process.
    enum Node: Hashable {
        case omega
        /// A term whose operands are not running yet.
        case process(Int)
        case externalChoice([Int32])
        case slidingChoice(Int32, then: Int)
        case interrupt(Int32, Int32)
        /// The term that it comes from, which holds the set and what is done on an exception.
        case exception(term: Int, Int32)
        case sequential(Int32, then: Int)
        /// The term that it comes from, which holds the shared events.
        case parallel(term: Int, [Int32])
        case hide(term: Int, Int32)
        case rename(term: Int, Int32)
        case linked(term: Int, Int32, Int32)
        case synchronisingChoice(term: Int, [Int32])
        case synchronisingInterrupt(term: Int, Int32, Int32)
        /// CHAOS that has decided to go on.
        case offering(term: Int)
        /// A state of a system that was computed as a whole: a prioritised or compressed process.
        case explicit(system: Int, state: Int32)
    }

    let store: ProcessStore
    /// Turns what must be computed as a whole into an explicit system.
    var explicitSystem: (Process) throws -> LabelledTransitionSystem = { _ in
        throw CompilationError.unsupported("a compression inside a recursion")
    }

    private(set) var nodes: [Node] = []
    private var numbers: [Node: Int32] = [:]
    private var depths: [Int32] = []
    private var stepCount = 0
    /// What states and their steps take, roughly.
    var byteCount: Int { nodes.count * 160 + stepCount * 8 }
    private var steps: [[Transition]?] = []
    private var nodeOfProcess: [Int: Int32] = [:]
    private var inProgress: Set<Int> = []
    private(set) var processes: [Int: Process] = [:]
    private var systems: [LabelledTransitionSystem] = []
    private var systemOfProcess: [Int: Int] = [:]
    private(set) var operators = OperatorTables()
    let omega: Int32
    /// The named processes that are being worked on, the innermost last, for errors.
    private var named: [Process] = []
    var innermostName: String? { named.last?.name }
    /// The component that is being explored, for errors.
    var componentName: String?
    /// The first named process that unfolded to this one.
    private var callOfProcess: [Int: Process] = [:]

    init(store: ProcessStore) {
        self.store = store
        nodes = [.omega]
        numbers = [.omega: 0]
        depths = [0]
        steps = [[]]
        omega = 0
    }

    // MARK: States

    func number(_ node: Node, depth: Int32) throws -> Int32 {
        if let known = numbers[node] { return known }
        if depth % Nesting.checkEvery == 0, depth > 0 { try checkNesting(node, depth: depth) }
        let number = Int32(nodes.count)
        numbers[node] = number
        nodes.append(node)
        depths.append(depth)
        steps.append(nil)
        return number
    }

    func depth(of state: Int32) -> Int32 { depths[Int(state)] }
    private func above(_ child: Int32) -> Int32 { depths[Int(child)] + 1 }
    private func above(_ children: [Int32]) -> Int32 { 1 + (children.map { depths[Int($0)] }.max() ?? 0) }

    /// The name under which a term was first met, if it had one.
    func name(ofTerm id: Int) -> String? { callOfProcess[id]?.name }

    /// The state that a process starts in.
    func node(of process: Process) throws -> Int32 {
        if let known = nodeOfProcess[process.id] { return known }
        let isNamed = process.isNamed
        if isNamed { named.append(process) }
        defer { if isNamed { named.removeLast() } }
        let body = try store.unfold(process)
        if isNamed, callOfProcess[body.id] == nil { callOfProcess[body.id] = process }
        if let known = nodeOfProcess[body.id] {
            nodeOfProcess[process.id] = known
            return known
        }
        guard inProgress.insert(body.id).inserted else {
            throw CompilationError.unguardedRecursion(process.name ?? innermostName ?? "this process")
        }
        defer { inProgress.remove(body.id) }
        let number = try start(body)
        nodeOfProcess[body.id] = number
        nodeOfProcess[process.id] = number
        return number
    }

    private func start(_ body: Process) throws -> Int32 {
        processes[body.id] = body
        func wrapped(_ operand: Process, _ make: (Int32) -> Node) throws -> Int32 {
            let child = try node(of: operand)
            return try number(make(child), depth: above(child))
        }
        func wrapped(_ operands: [Process], _ make: ([Int32]) -> Node) throws -> Int32 {
            let children = try operands.map(node(of:))
            return try number(make(children), depth: above(children))
        }
        switch body.term {
        case .stop, .skip, .div, .prefix, .internalChoice, .run, .chaos, .call:
            return try number(.process(body.id), depth: 1)
        case .externalChoice(let operands):
            if try operands.allSatisfy(isPrefix) { return try number(.process(body.id), depth: 1) }
            return try wrapped(operands) { .externalChoice($0) }
        case .slidingChoice(let left, let right):
            processes[right.id] = right
            return try wrapped(left) { .slidingChoice($0, then: right.id) }
        case .interrupt(let left, let right): return try wrapped([left, right]) { .interrupt($0[0], $0[1]) }
        case .exception(let operand, _, _): return try wrapped(operand) { .exception(term: body.id, $0) }
        case .sequential(let first, let second):
            processes[second.id] = second
            return try wrapped(first) { .sequential($0, then: second.id) }
        case .interleave(let operands), .generalisedParallel(_, let operands):
            return try wrapped(operands) { .parallel(term: body.id, $0) }
        case .alphabetisedParallel(let operands):
            return try wrapped(operands.map(\.process)) { .parallel(term: body.id, $0) }
        case .linkedParallel(_, let left, let right):
            return try wrapped([left, right]) { .linked(term: body.id, $0[0], $0[1]) }
        case .hide(let operand, _), .project(let operand, _): return try hidden(body.id, node(of: operand))
        case .rename(let operand, _): return try renamed(body.id, node(of: operand))
        case .synchronisingExternalChoice(_, let operands):
            return try wrapped(operands) { .synchronisingChoice(term: body.id, $0) }
        case .synchronisingInterrupt(let left, _, let right):
            return try wrapped([left, right]) { .synchronisingInterrupt(term: body.id, $0[0], $0[1]) }
        case .prioritise, .prioritisePartialOrder, .compress, .provided: return try explicitStart(body)
        }
    }

    private func explicitStart(_ body: Process) throws -> Int32 {
        let system: Int
        if let known = systemOfProcess[body.id] {
            system = known
        } else {
            systems.append(try explicitSystem(body))
            system = systems.count - 1
            systemOfProcess[body.id] = system
        }
        return try number(.explicit(system: system, state: Int32(systems[system].initial)), depth: 1)
    }

    private func isPrefix(_ process: Process) throws -> Bool {
        switch try store.unfold(process).term {
        case .prefix, .stop: true
        default: false
        }
    }

    // MARK: Steps

    func transitions(of node: Int32) throws -> [Transition] {
        if let known = steps[Int(node)] { return known }
        let result = try compute(nodes[Int(node)])
        steps[Int(node)] = result
        stepCount += result.count
        return result
    }

    private func compute(_ node: Node) throws -> [Transition] {
        switch node {
        case .omega: return []
        case .process(let id): return try first(processes[id]!)
        case .externalChoice(let children): return try externalChoice(children)
        case .slidingChoice(let child, let then):
            return try transitions(of: child).map { step in
                step.action.isSilent ? try moved(step, .slidingChoice(step.target, then: then), [step.target]) : step
            } + [Transition(action: .tau, target: self.node(of: processes[then]!))]
        case .interrupt(let left, let right):
            return try interrupt(left, right, term: nil)
        case .synchronisingInterrupt(let term, let left, let right):
            return try interrupt(left, right, term: term)
        case .exception(let term, let child): return try exception(term, child)
        case .sequential(let child, let then):
            return try transitions(of: child).map { step in
                step.action == .tick
                    ? Transition(action: .tau, target: try self.node(of: processes[then]!))
                    : try moved(step, .sequential(step.target, then: then), [step.target])
            }
        case .parallel(let term, let children): return try parallel(term, children)
        case .linked(let term, let left, let right): return try linked(term, left, right)
        case .hide(let term, let child): return try hide(term, child)
        case .rename(let term, let child): return try rename(term, child)
        case .synchronisingChoice(let term, let children): return try synchronisingChoice(term, children)
        case .offering(let term):
            guard case .chaos(let set) = processes[term]!.term else { fatalError("only CHAOS offers") }
            let chaos = try self.node(of: processes[term]!)
            return set.events.map { Transition(action: Action($0), target: chaos) }
        case .explicit(let system, let state):
            return try systems[system][Int(state)].map { step in
                step.action == .tick
                    ? Transition(action: .tick, target: omega)
                    : Transition(
                        action: step.action,
                        target: try number(.explicit(system: system, state: step.target), depth: 1))
            }
        }
    }

    /// The steps of a term whose operands are not running yet.
    private func first(_ process: Process) throws -> [Transition] {
        switch process.term {
        case .stop: return []
        case .skip: return [Transition(action: .tick, target: omega)]
        case .div: return [Transition(action: .tau, target: try node(of: process))]
        case .prefix(let event, let then): return [Transition(action: Action(event), target: try node(of: then))]
        case .internalChoice(let operands):
            return try operands.map { Transition(action: .tau, target: try node(of: $0)) }
        case .externalChoice(let operands):
            return try operands.flatMap { operand -> [Transition] in
                guard case .prefix(let event, let then) = try store.unfold(operand).term else { return [] }
                return [Transition(action: Action(event), target: try node(of: then))]
            }
        case .run(let set):
            let this = try node(of: process)
            return set.events.map { Transition(action: Action($0), target: this) }
        case .chaos:
            return [
                Transition(action: .tau, target: try node(of: store.stop)),
                Transition(action: .tau, target: try number(.offering(term: process.id), depth: 1)),
            ]
        default: fatalError("an operator that runs its operands has a state of its own")
        }
    }

    /// The same label, leading to the operator around the target.
    private func moved(_ step: Transition, _ node: Node, _ children: [Int32]) throws -> Transition {
        Transition(action: step.action, target: try number(node, depth: above(children)))
    }

    private func externalChoice(_ children: [Int32]) throws -> [Transition] {
        var result: [Transition] = []
        for (index, child) in children.enumerated() {
            for step in try transitions(of: child) {
                if step.action.isSilent {
                    var next = children
                    next[index] = step.target
                    result.append(try moved(step, .externalChoice(next), next))
                } else {
                    result.append(step)
                }
            }
        }
        return result
    }

    /// `P /\ Q`, and `P /+A+\ Q` when a term says which events they share.
    private func interrupt(_ left: Int32, _ right: Int32, term: Int?) throws -> [Transition] {
        func around(_ step: Transition, _ left: Int32, _ right: Int32) throws -> Transition {
            let node: Node = term.map { .synchronisingInterrupt(term: $0, left, right) } ?? .interrupt(left, right)
            return try moved(step, node, [left, right])
        }
        let shared: EventSet? =
            if let term, case .synchronisingInterrupt(_, let set, _) = processes[term]!.term { set } else { nil }
        func isShared(_ action: Action) -> Bool { shared.map { action.isEvent && $0.contains(Event(action)) } ?? false }
        var result: [Transition] = []
        let rightSteps = try transitions(of: right)
        for step in try transitions(of: left) {
            if step.action == .tick {
                result.append(step)
            } else if isShared(step.action) {
                for partner in rightSteps where partner.action == step.action {
                    result.append(try around(step, step.target, partner.target))
                }
            } else {
                result.append(try around(step, step.target, right))
            }
        }
        for step in rightSteps where !isShared(step.action) {
            result.append(step.action.isSilent ? try around(step, left, step.target) : step)
        }
        return result
    }

    private func exception(_ term: Int, _ child: Int32) throws -> [Transition] {
        guard case .exception(_, let set, let handler) = processes[term]!.term else { fatalError("not an exception") }
        return try transitions(of: child).map { step in
            if step.action == .tick { return step }
            if step.action.isEvent, set.contains(Event(step.action)) {
                return Transition(action: step.action, target: try node(of: handler))
            }
            return try moved(step, .exception(term: term, step.target), [step.target])
        }
    }

    private func parallel(_ term: Int, _ children: [Int32]) throws -> [Transition] {
        if children.allSatisfy({ $0 == omega }) { return [Transition(action: .tick, target: omega)] }
        let participants = operators.participants(of: processes[term]!)
        let steps = try children.map(transitions(of:))
        var result: [Transition] = []
        var synchronised: Set<Action> = []
        for (index, own) in steps.enumerated() {
            for step in own {
                if step.action.isEvent, let together = participants(step.action) {
                    if together.contains(index), synchronised.insert(step.action).inserted {
                        try appendJoint(step.action, together, steps, around: children, to: &result) {
                            .parallel(term: term, $0)
                        }
                    }
                    continue
                }
                var next = children
                next[index] = step.target
                let label = step.action == .tick ? Action.tau : step.action
                result.append(
                    Transition(action: label, target: try number(.parallel(term: term, next), depth: above(next))))
            }
        }
        return result
    }

    /// All ways in which these operands perform an event together.
    private func appendJoint(
        _ action: Action, _ together: [Int], _ steps: [[Transition]], around children: [Int32],
        to result: inout [Transition], _ make: ([Int32]) -> Node
    ) throws {
        var states = [children]
        for operand in together {
            let targets = steps[operand].filter { $0.action == action }.map(\.target)
            states = states.flatMap { state in
                targets.map { target in
                    var next = state
                    next[operand] = target
                    return next
                }
            }
        }
        for state in states {
            result.append(Transition(action: action, target: try number(make(state), depth: above(state))))
        }
    }

    private func linked(_ term: Int, _ left: Int32, _ right: Int32) throws -> [Transition] {
        let links = operators.links(of: processes[term]!)
        let rightSteps = try transitions(of: right)
        var result: [Transition] = []
        func add(_ label: Action, _ left: Int32, _ right: Int32) throws {
            let target = try number(.linked(term: term, left, right), depth: above([left, right]))
            result.append(Transition(action: label, target: target))
        }
        if left == omega, right == omega { return [Transition(action: .tick, target: omega)] }
        for step in try transitions(of: left) {
            if let partners = links.partners[step.action] {
                for partner in rightSteps where partners.contains(partner.action) {
                    try add(step.action.hidden, step.target, partner.target)
                }
            } else {
                try add(step.action == .tick ? .tau : step.action, step.target, right)
            }
        }
        for step in rightSteps where !links.right.contains(step.action) {
            try add(step.action == .tick ? .tau : step.action, left, step.target)
        }
        return result
    }

    private func hide(_ term: Int, _ child: Int32) throws -> [Transition] {
        let process = processes[term]!
        return try transitions(of: child).map { step in
            if step.action == .tick { return step }
            let label = OperatorTables.isHidden(step.action, by: process) ? step.action.hidden : step.action
            return Transition(
                action: label, target: try hidden(term, step.target))
        }
    }

    /// The state of a hiding around a state. What hides the same already hides once: recursion through a hiding, as in `P = (a -> P) \ {b}`, stays finite.
    private func hidden(_ term: Int, _ child: Int32) throws -> Int32 {
        if case .hide(let inner, _) = nodes[Int(child)], OperatorTables.hideTheSame(processes[inner]!, processes[term]!)
        {
            return child
        }
        return try number(.hide(term: term, child), depth: above(child))
    }

    /// The state of a renaming around a state: the same once more is one where that maps nothing any further.
    private func renamed(_ term: Int, _ child: Int32) throws -> Int32 {
        if case .rename(let inner, _) = nodes[Int(child)],
            operators.isRepeatedInVain(processes[term]!, around: processes[inner]!)
        {
            return child
        }
        return try number(.rename(term: term, child), depth: above(child))
    }

    private func rename(_ term: Int, _ child: Int32) throws -> [Transition] {
        let images = operators.images(of: processes[term]!)
        var result: [Transition] = []
        for step in try transitions(of: child) {
            if step.action == .tick {
                result.append(step)
                continue
            }
            let target = try renamed(term, step.target)
            for label in images[step.action] ?? [step.action] {
                result.append(Transition(action: label, target: target))
            }
        }
        return result
    }

    private func synchronisingChoice(_ term: Int, _ children: [Int32]) throws -> [Transition] {
        guard case .synchronisingExternalChoice(let set, _) = processes[term]!.term else {
            fatalError("not such a choice")
        }
        let steps = try children.map(transitions(of:))
        var result: [Transition] = []
        var synchronised: Set<Action> = []
        for (index, own) in steps.enumerated() {
            for step in own {
                if step.action.isSilent {
                    var next = children
                    next[index] = step.target
                    result.append(try moved(step, .synchronisingChoice(term: term, next), next))
                } else if step.action.isEvent, set.contains(Event(step.action)) {
                    if synchronised.insert(step.action).inserted {
                        try appendJoint(step.action, Array(children.indices), steps, around: children, to: &result) {
                            .synchronisingChoice(term: term, $0)
                        }
                    }
                } else {
                    result.append(step)
                }
            }
        }
        return result
    }
}
