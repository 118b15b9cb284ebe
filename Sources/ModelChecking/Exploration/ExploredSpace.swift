/// The reachable states of a network, whatever their width.
protocol ExploredSpace: AnyObject {
    var packed: PackedNetwork { get }
    var stateCount: Int { get }
    var transitionCount: Int { get }
    /// What states and tables take.
    var byteCount: Int { get }
    /// Number of the first state of each breadth-first level.
    var levels: [Int] { get }

    /// Runs to the end or to the first finding: the one with the lowest state number, which is at the least distance from the start.
    /// - Throws: `LimitReached`.
    func explore(_ inspection: Inspection, limits: Limits) throws -> (state: Int, finding: Finding)?
    /// Local states of the components, and the watchdog's.
    func state(_ index: Int) -> [Int]
    func moves(of index: Int) -> [Int]
    func target(of index: Int, by move: Int) -> Int?
    /// Every transition, by ascending state, then move. Only after a complete exploration.
    /// - Parameter bytes: what the caller will have taken in the end, for the limit.
    func forEachTransitionBlock(limits: Limits, bytes: Int, _ body: (TransitionBlock) -> Void) throws
    /// Gives up what it takes to find the number of a state. Afterwards only states, their moves and paths to them can be asked for.
    func releaseLookups()
    func shortestPath(to index: Int) -> [(move: Int, state: Int)]
}

extension PackedNetwork {
    /// An exploration with states of the width that the network needs.
    func space() -> any ExploredSpace {
        switch wordCount {
        case 1: Explorer<UInt64>(self)
        case 2: Explorer<Wide<UInt64>>(self)
        case 3...4: Explorer<Wide<Wide<UInt64>>>(self)
        case 5...8: Explorer<Wide<Wide<Wide<UInt64>>>>(self)
        case 9...16: Explorer<Wide<Wide<Wide<Wide<UInt64>>>>>(self)
        default: Explorer<Wide<Wide<Wide<Wide<Wide<Wide<UInt64>>>>>>>(self)
        }
    }
}

extension ExploredSpace {
    /// Every transition, by ascending state, then move; a tick's target is -1. Only after a complete exploration.
    /// - Parameter bytes: what the caller will have taken in the end, for the limit.
    func forEachTransition(limits: Limits, bytes: Int, _ body: (_ state: Int, _ move: Int, _ target: Int) -> Void)
        throws
    {
        try forEachTransitionBlock(limits: limits, bytes: bytes) { block in
            var next = 0
            for state in block.states {
                for _ in 0..<block.degrees[state - block.states.lowerBound] {
                    let target = block.targets[next]
                    body(state, Int(block.moves[next]), target == TransitionBlock.termination ? -1 : Int(target))
                    next += 1
                }
            }
        }
    }

    /// Everything that was explored as one explicit system, its states numbered as here; all ticks lead to one state more.
    func explicitSystem(limits: Limits) throws -> LabelledTransitionSystem {
        var successors = [[LabelledTransitionSystem.Transition]](repeating: [], count: stateCount)
        var ticks = false
        let terminated = stateCount
        try forEachTransition(limits: limits, bytes: byteCount + stateCount * 24 + transitionCount * 16) {
            state, move, target in
            if target < 0 { ticks = true }
            successors[state].append(
                .init(action: packed.moves[move].label, target: Int32(target < 0 ? terminated : target)))
        }
        if ticks { successors.append([]) }
        return LabelledTransitionSystem(initial: 0, terminated: ticks ? terminated : nil, successors: successors)
    }
}

extension Network {
    /// This network as one explicit system.
    /// - Throws: `LimitReached`, `NetworkError`.
    public func explicitSystem(limits: Limits) throws -> LabelledTransitionSystem {
        if isLeaf { return components[0].system }
        let space = try PackedNetwork(self, watchdog: nil).space()
        _ = try space.explore(.nothing, limits: limits)
        return try space.explicitSystem(limits: limits)
    }
}
