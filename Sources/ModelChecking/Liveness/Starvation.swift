/// Whether each first event of a pair is followed by its second, under each assumption of fairness.
public struct StarvationResult: Sendable {
    /// What starves, and how: a run that waits for ever.
    public struct Lasso: Sendable {
        /// Which pair of those asked for.
        public var pair: Int
        public var stem: [Step]
        /// Empty where the run ends.
        public var cycle: [Step]
        /// Number of the step of the stem, from 0, that is the first event: here waiting begins.
        public var beginning: Int
        /// Whether the run ends by termination; else in a deadlock, if there is no cycle.
        public var terminates: Bool
        /// The weakest assumption that rules the run out is stronger than this one.
        public var strength: FairnessStrength
        /// The local state of each component after the stem; empty after a termination.
        public var end: [Int]
        /// The local states before each step of the cycle.
        public var around: [[Int]]
    }

    /// By strength: a starving run that is fair in that sense, or nil where there is none: a run under one assumption is also one under each weaker one.
    public var lassos: [FairnessStrength: Lasso]
    /// The pairs whose first event never happens: of them nothing was shown.
    public var vacuousPairs: [Int]
    /// The most second events of other pairs that occur while a pair waits.
    public var overtaking: Overtaking
    public var states: Int
    public var transitions: Int

    public func holds(_ strength: FairnessStrength) -> Bool { lassos[strength] == nil }
}

/// A first event and the event that has to follow it, visible ones, by label.
public struct ResponsePair: Hashable, Sendable {
    public var first: Action
    public var second: Action

    public init(first: Action, second: Action) {
        self.first = first
        self.second = second
    }
}

extension Check {
    /// The whole ladder: no fairness, weak, strong; and how often others overtake.
    ///
    /// A run is a maximal one: it goes on for ever, or ends in a deadlock or by termination.
    /// - Parameter events: the numbers of the events that runs are fair to; nil for all, and tau and tick too.
    /// - Throws: `LimitReached`: a check of liveness that was not completed has no verdict. `NetworkError`.
    public static func starvation(
        of network: Network, pairs: [ResponsePair], events: Set<Int>?, limits: Limits
    ) throws -> StarvationResult {
        let space = try PackedNetwork(network, watchdog: nil).space()
        _ = try space.explore(.nothing, limits: limits)
        let graph = try StateGraph(space, limits: limits)
        var result = StarvationResult(
            lassos: [:], vacuousPairs: [], overtaking: Overtaking(bound: 0), states: space.stateCount,
            transitions: space.transitionCount)
        for (index, pair) in pairs.enumerated() {
            let waiting = try WaitingStates(graph, pair, limits: limits)
            if !waiting.hasEntries {
                result.vacuousPairs.append(index)
                continue
            }
            let open = FairnessStrength.allCases.filter { result.lassos[$0] == nil }
            if let lasso = try waiting.starvingRun(pair: index, open, events: events) {
                for weaker in open where weaker <= lasso.strength { result.lassos[weaker] = lasso }
            }
            try result.overtaking.include(waiting, pair: index, of: pairs)
        }
        return result
    }
}

/// The states in which a run can be after the first event of a pair and before the second.
struct WaitingStates {
    let graph: StateGraph
    let pair: ResponsePair
    let limits: Limits
    /// By state.
    private(set) var isWaiting: [Bool]
    private(set) var hasEntries = false
    let isAllowed: [Bool]
    private let firstLabel: Int?

    init(_ graph: StateGraph, _ pair: ResponsePair, limits: Limits) throws {
        self.graph = graph
        self.pair = pair
        self.limits = limits
        isAllowed = graph.labels.map { $0 != pair.second }
        firstLabel = graph.labels.firstIndex(of: pair.first)
        self.isWaiting = []
        var isWaiting = [Bool](repeating: false, count: graph.count)
        var queue: [UInt32] = []
        forEachEntry { _, edge in
            let target = graph.targets[edge]
            if !isWaiting[Int(target)] {
                isWaiting[Int(target)] = true
                queue.append(target)
            }
        }
        hasEntries = !queue.isEmpty
        var next = 0
        while next < queue.count {
            let state = Int(queue[next])
            next += 1
            if next & 0xffff == 0 { try limits.check(states: graph.count, bytes: 0) }
            for edge in graph.offsets[state]..<graph.offsets[state + 1] where isAllowed[Int(graph.labelOfEdge[edge])] {
                let target = graph.targets[edge]
                if !isWaiting[Int(target)] {
                    isWaiting[Int(target)] = true
                    queue.append(target)
                }
            }
        }
        self.isWaiting = isWaiting
    }

    /// Edges by which waiting begins, ascending by where they start.
    func forEachEntry(_ body: (_ state: Int, _ edge: Int) -> Void) {
        guard let firstLabel else { return }
        let first = UInt16(firstLabel)
        for state in 0..<graph.count {
            for edge in graph.offsets[state]..<graph.offsets[state + 1] where graph.labelOfEdge[edge] == first {
                body(state, edge)
            }
        }
    }

    /// A run that waits for ever under the strongest of these assumptions under which there is one: it is also one under each weaker assumption.
    func starvingRun(
        pair index: Int, _ strengths: [FairnessStrength], events: Set<Int>?
    ) throws -> StarvationResult.Lasso? {
        guard let strongest = strengths.max() else { return nil }
        if let end = (0..<graph.count).first(where: { isWaiting[$0] && graph.mayEnd($0) }) {
            let terminates = graph.ticks[end]
            return lasso(index, to: end, cycle: [], terminates: terminates, strength: strongest)
        }
        let demands = strengths.map { FairnessDemand(graph, $0, events: events) }
        let search = FairCycles(graph: graph, limits: limits, isInside: { isWaiting[$0] }, isAllowed: isAllowed)
        let found = try search.components(meeting: demands)
        guard let number = strengths.indices.filter({ found[$0] != nil }).max(by: { strengths[$0] < strengths[$1] })
        else { return nil }
        let cycle = search.cycle(in: found[number]!, meeting: demands[number])
        return lasso(
            index, to: cycle[0].state, cycle: cycle.map(\.edge), terminates: false, strength: strengths[number])
    }

    func lasso(
        _ index: Int, to goal: Int, cycle: [Int], terminates: Bool, strength: FairnessStrength
    ) -> StarvationResult.Lasso {
        let space = graph.space
        let (entry, tail) = wayIn(to: goal)
        let head = space.shortestPath(to: entry.state).map { space.step($0.move) }
        var stem = head + [graph.step(entry)]
        stem += tail.map(graph.step)
        if terminates { stem.append(Step(action: .tick, participants: [])) }
        var state = goal
        var around: [[Int]] = []
        let steps = cycle.map { edge in
            let step = graph.step((state, edge))
            around.append(space.localStates(state))
            state = Int(graph.targets[edge])
            return step
        }
        return StarvationResult.Lasso(
            pair: index, stem: stem, cycle: steps, beginning: head.count, terminates: terminates, strength: strength,
            end: space.localStates(goal), around: around)
    }

    /// How a run that waits gets to a state: backwards from the state to the earliest entry that leads there by the fewest steps.
    private func wayIn(to goal: Int) -> (entry: (state: Int, edge: Int), tail: [(state: Int, edge: Int)]) {
        /// Number + 1 of the state before; the state itself, where waiting begins.
        var cameFrom = [UInt32](repeating: 0, count: graph.count)
        var queue: [UInt32] = []
        forEachEntry { _, edge in
            let target = graph.targets[edge]
            if cameFrom[Int(target)] == 0 {
                cameFrom[Int(target)] = target + 1
                queue.append(target)
            }
        }
        var next = 0
        while next < queue.count, Int(queue[next]) != goal {
            let state = Int(queue[next])
            next += 1
            for edge in graph.offsets[state]..<graph.offsets[state + 1] where isAllowed[Int(graph.labelOfEdge[edge])] {
                let target = graph.targets[edge]
                if cameFrom[Int(target)] == 0 {
                    cameFrom[Int(target)] = UInt32(state) + 1
                    queue.append(target)
                }
            }
        }
        var tail: [(state: Int, edge: Int)] = []
        var current = goal
        while Int(cameFrom[current]) != current + 1 {
            let before = Int(cameFrom[current]) - 1
            let edge = (graph.offsets[before]..<graph.offsets[before + 1]).first {
                Int(graph.targets[$0]) == current && isAllowed[Int(graph.labelOfEdge[$0])]
            }!
            tail.append((before, edge))
            current = before
        }
        var entry: (state: Int, edge: Int)?
        forEachEntry { state, edge in
            if entry == nil, Int(graph.targets[edge]) == current { entry = (state, edge) }
        }
        return (entry!, tail.reversed())
    }
}

extension StateGraph {
    /// What an edge is in terms of the network.
    func step(_ edge: (state: Int, edge: Int)) -> Step {
        let position = edge.edge - offsets[edge.state]
        // A state's edges are its moves in order, without the ticks.
        let moves = space.moves(of: edge.state).filter { space.packed.moves[$0].label != .tick }
        return space.step(moves[position])
    }
}
