/// Whether every run of a network satisfies a formula, and if not, a run that does not.
public struct TemporalResult: Sendable {
    public var lasso: StarvationResult.Lasso?
    /// The strengths of fairness, to all events, under which every run satisfies the formula; nil where a limit was reached before that was known.
    public var ladder: Set<FairnessStrength>?
    /// The labels that occur on some run.
    public var occurring: Set<Action> = []
    public var states: Int
    public var transitions: Int
    /// States of the product of the network and the automaton of the formula's negation.
    public var productStates: Int
}

/// To which events a run has to be fair, and how.
public struct TemporalFairness: Sendable {
    public var strength: FairnessStrength
    /// The numbers of the events; nil for all, and tau and tick too.
    public var events: Set<Int>?

    public init(_ strength: FairnessStrength, events: Set<Int>?) {
        self.strength = strength
        self.events = events
    }
}

extension Check {
    /// - Parameter fairness: runs that are not fair in each of these senses are left out.
    /// - Throws: `LimitReached`, `NetworkError`.
    public static func temporal(
        _ formula: TemporalFormula, on network: Network, fairness: [TemporalFairness], limits: Limits
    ) throws -> TemporalResult {
        let space = try PackedNetwork(network, watchdog: nil).space()
        _ = try space.explore(.nothing, limits: limits)
        let graph = try StateGraph(space, limits: limits)
        let product = try TemporalProduct(graph, formula.negated, limits: limits)
        var result = TemporalResult(
            lasso: nil, states: space.stateCount, transitions: space.transitionCount, productStates: product.count)
        result.occurring = graph.occurringLabels
        var demand = FairnessDemand([FairnessStrength](repeating: .none, count: product.unitCount))
        for assumption in fairness {
            let own = FairnessDemand(graph, assumption.strength, events: assumption.events)
            demand.merge(
                FairnessDemand(
                    own.strength + [FairnessStrength](repeating: .none, count: product.unitCount - graph.unitCount)))
        }
        // The automaton's own condition: each until is fulfilled again and again.
        for unit in graph.unitCount..<product.unitCount { demand.strength[unit] = .weak }
        let search = FairCycles(
            graph: product, limits: limits, isInside: { _ in true },
            isAllowed: [Bool](repeating: true, count: product.kindCount))
        if let component = try search.components(meeting: [demand])[0] {
            result.lasso = product.lasso(search.cycle(in: component, meeting: demand))
        }
        // The ladder: to all events.
        let ladder = FairnessStrength.allCases.map { strength in
            for unit in 0..<graph.unitCount { demand.strength[unit] = strength }
            return demand
        }
        do {
            let components = try search.components(meeting: ladder)
            result.ladder = Set(zip(FairnessStrength.allCases, components).filter { $0.1 == nil }.map(\.0))
        } catch is LimitReached {
            // What was asked is known all the same.
        }
        return result
    }
}

/// The runs of a graph that an automaton may accept.
private final class TemporalProduct: FairnessGraph {
    private let graph: StateGraph
    /// By node: the graph's state, or the graph's count for a run that has terminated; and the automaton's.
    private var nodes: [(state: Int, automaton: Int)] = []
    /// By node: the node and the edge of the graph by which it was found.
    private var foundFrom: [Int32] = []
    private var numbers: [UInt64: Int] = [:]
    private var offsets: [Int] = [0]
    private var targets: [UInt32] = []
    private var kindOfEdge: [UInt16] = []
    private var lists: EdgeLists?
    var edges: EdgeView { lists!.view }
    private(set) var unitsOfKind = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
    var kindCount: Int { kinds.count }
    /// By edge: the edge of the graph; -1 for tick, -2 for standing still at the end.
    private var graphEdge: [Int] = []
    private var kinds: [[Int]: UInt16] = [:]
    let unitCount: Int

    var count: Int { nodes.count }

    init(_ graph: StateGraph, _ formula: TemporalFormula, limits: Limits) throws {
        self.graph = graph
        var automaton = TemporalAutomaton(formula)
        unitCount = graph.unitCount + automaton.untilCount
        let untilUnits = Array(graph.unitCount..<unitCount)
        _ = node(0, automaton.initial, from: -1)
        var next = 0
        while next < nodes.count {
            if next & 0xfff == 0 { try limits.check(states: nodes.count, bytes: nodes.count * 64 + targets.count * 14) }
            let (state, own) = nodes[next]
            for transition in automaton.transitions(of: own) {
                let postponed = Set(transition.postponed.map { $0 + graph.unitCount })
                let fulfilled = untilUnits.filter { !postponed.contains($0) }
                forEachStep(of: state) { edge, target in
                    guard transition.conditions.allSatisfy({ holds($0.atom, state, edge) == $0.isTrue }) else { return }
                    var units = fulfilled
                    if edge >= 0 { units.insert(graph.unitOfLabel[Int(graph.labelOfEdge[edge])], at: 0) }
                    targets.append(UInt32(node(target, transition.target, from: next)))
                    kindOfEdge.append(kind(units))
                    graphEdge.append(edge)
                }
            }
            offsets.append(targets.count)
            next += 1
        }
        guard kinds.count < Int(UInt16.max) else { throw NetworkError.tooManyRules(limit: Int(UInt16.max)) }
        pack()
    }

    deinit { unitsOfKind.deallocate() }

    /// The edges in the form in which they are searched.
    private func pack() {
        let lists = EdgeLists(nodes: count, edges: targets.count)
        for node in 0..<count {
            for edge in offsets[node]..<offsets[node + 1] { lists.append(targets[edge], kind: kindOfEdge[edge]) }
            lists.closeNode()
        }
        self.lists = lists
        var masks = [UInt64](repeating: 0, count: max(1, kinds.count * unitWords))
        for (units, kind) in kinds {
            for unit in units { masks[Int(kind) * unitWords + unit / 64] |= 1 << UInt64(unit % 64) }
        }
        unitsOfKind.deallocate()
        unitsOfKind = .copy(masks)
    }

    private func node(_ state: Int, _ automaton: Int, from: Int) -> Int {
        let key = UInt64(state) << 24 | UInt64(automaton)
        precondition(automaton < 1 << 24, "a formula's automaton has fewer states")
        if let known = numbers[key] { return known }
        numbers[key] = nodes.count
        nodes.append((state, automaton))
        foundFrom.append(Int32(from))
        return nodes.count - 1
    }

    private func kind(_ units: [Int]) -> UInt16 {
        if let known = kinds[units] { return known }
        let made = UInt16(truncatingIfNeeded: kinds.count)
        kinds[units] = made
        return made
    }

    /// Edges of the graph, tick (-1), and where a run has ended, standing still (-2).
    private func forEachStep(of state: Int, _ body: (_ edge: Int, _ target: Int) -> Void) {
        if state == graph.count { return body(-2, state) }
        for edge in graph.offsets[state]..<graph.offsets[state + 1] { body(edge, Int(graph.targets[edge])) }
        if graph.ticks[state] { return body(-1, graph.count) }
        if graph.mayEnd(state) { body(-2, state) }
    }

    private func holds(_ atom: TemporalFormula.Atom, _ state: Int, _ edge: Int) -> Bool {
        switch atom {
        case .performs(let set):
            if edge == -1 { return set.contains(.tick) }
            return edge >= 0 && set.contains(graph.labels[Int(graph.labelOfEdge[edge])])
        case .performsSilent: return edge >= 0 && graph.labels[Int(graph.labelOfEdge[edge])].isSilent
        case .offers(let set):
            guard state < graph.count else { return false }
            return (graph.offsets[state]..<graph.offsets[state + 1]).contains {
                set.contains(graph.labels[Int(graph.labelOfEdge[$0])])
            }
        case .deadlock: return edge == -2
        case .ended: return edge == -2
        }
    }

    func enabledUnits(of node: Int, into units: UnsafeMutablePointer<UInt64>) {
        for word in 0..<unitWords { units[word] = 0 }
        let state = nodes[node].state
        if state < graph.count { graph.enabledUnits(of: state, into: units) }
        // The automaton could fulfil an until at any time: that it does not is what acceptance forbids.
        for unit in graph.unitCount..<unitCount { units[unit / 64] |= 1 << UInt64(unit % 64) }
    }

    /// The run to a cycle and round it.
    func lasso(_ cycle: [(state: Int, edge: Int)]) -> StarvationResult.Lasso {
        var path: [(state: Int, edge: Int)] = []
        var current = cycle[0].state
        while foundFrom[current] >= 0 {
            let before = Int(foundFrom[current])
            let edge = (offsets[before]..<offsets[before + 1]).first { Int(targets[$0]) == current }!
            path.append((before, edge))
            current = before
        }
        let stem = path.reversed().compactMap(step)
        let around = cycle.compactMap(step)
        let state = nodes[cycle[0].state].state
        let terminates = state == graph.count
        return StarvationResult.Lasso(
            pair: 0, stem: stem, cycle: around, beginning: -1, terminates: terminates, strength: .none,
            end: terminates ? [] : graph.space.localStates(state),
            around: around.isEmpty ? [] : cycle.map { graph.space.localStates(nodes[$0.state].state) })
    }

    private func step(_ edge: (state: Int, edge: Int)) -> Step? {
        switch graphEdge[edge.edge] {
        case -2: nil
        case -1: Step(action: .tick, participants: [])
        case let known: graph.step((nodes[edge.state].state, known))
        }
    }
}
