/// A graph whose edges are steps of a run, with the units of fairness that its states enable and its edges perform.
protocol FairnessGraph: AnyObject {
    var count: Int { get }
    var edges: EdgeView { get }
    var unitCount: Int { get }
    /// What an edge of a kind performs, as a set of units: `unitWords` words each.
    var unitsOfKind: UnsafeMutablePointer<UInt64> { get }
    /// Puts what a node enables into a set.
    func enabledUnits(of node: Int, into units: UnsafeMutablePointer<UInt64>)
}

extension FairnessGraph {
    /// Words of a set of units.
    var unitWords: Int { max(1, (unitCount + 63) / 64) }
}

/// The reachable states of a network as a graph in memory, for analyses that walk over it again and again.
///
final class StateGraph: FairnessGraph {
    let space: any ExploredSpace
    let count: Int
    /// The labels that occur, numbered.
    let labels: [Action]
    /// Which unit of fairness a label belongs to: an event's, hidden or not; tau's; tick's.
    let unitOfLabel: [Int]
    let unitsOfKind: UnsafeMutablePointer<UInt64>
    let unitCount: Int
    private let lists: EdgeLists
    /// Ticks are not among them. The kind of an edge is its label's number.
    var edges: EdgeView { lists.view }
    var offsets: UnsafeMutablePointer<Int> { lists.view.offsets }
    var targets: UnsafeMutablePointer<UInt32> { lists.view.targets }
    var labelOfEdge: UnsafeMutablePointer<UInt16> { lists.view.kinds }
    /// Whether a state may terminate.
    let ticks: [Bool]
    let tickUnit: Int?

    /// - Throws: `LimitReached`, `NetworkError.tooManyRules` when there are more than 65,535 labels.
    init(_ space: any ExploredSpace, limits: Limits) throws {
        self.space = space
        count = space.stateCount
        let packed = space.packed
        var numbers: [Action: Int] = [:]
        var labels: [Action] = []
        let labelOfMove = packed.moves.map { move in
            if let known = numbers[move.label] { return known }
            numbers[move.label] = labels.count
            labels.append(move.label)
            return labels.count - 1
        }
        guard labels.count < Int(UInt16.max) else { throw NetworkError.tooManyRules(limit: Int(UInt16.max)) }
        self.labels = labels
        var units: [Int32: Int] = [:]
        unitOfLabel = labels.map { label in
            let key = label == .tick ? Int32.max : abs(label.code)
            if let known = units[key] { return known }
            units[key] = units.count
            return units.count - 1
        }
        unitCount = units.count
        tickUnit = units[Int32.max]
        let words = max(1, (units.count + 63) / 64)
        var masks = [UInt64](repeating: 0, count: labels.count * words)
        for (label, unit) in unitOfLabel.enumerated() { masks[label * words + unit / 64] |= 1 << UInt64(unit % 64) }
        unitsOfKind = .copy(masks)

        let lists = EdgeLists(nodes: count, edges: space.transitionCount)
        self.lists = lists
        var ticks = [Bool](repeating: false, count: count)
        let total =
            space.byteCount + EdgeLists.bytes(nodes: count, edges: space.transitionCount)
            + RegionComponents.bytes(count: count)
        let kindOfMove = labelOfMove.map { UInt16(truncatingIfNeeded: $0) }
        try space.forEachTransitionBlock(limits: limits, bytes: total) { block in
            var next = 0
            kindOfMove.withUnsafeBufferPointer { kinds in
                for index in 0..<block.states.count {
                    for _ in 0..<block.degrees[index] {
                        let target = block.targets[next]
                        if target == TransitionBlock.termination {
                            ticks[block.states.lowerBound + index] = true
                        } else {
                            lists.append(target, kind: kinds[Int(block.moves[next])])
                        }
                        next &+= 1
                    }
                    lists.closeNode()
                }
            }
        }
        self.ticks = ticks
        space.releaseLookups()
    }

    deinit { unitsOfKind.deallocate() }

    /// The labels that some state performs.
    var occurringLabels: Set<Action> {
        var occurs = [Bool](repeating: false, count: labels.count)
        for edge in 0..<offsets[count] { occurs[Int(labelOfEdge[edge])] = true }
        var result = Set(labels.indices.filter { occurs[$0] }.map { labels[$0] })
        if ticks.contains(true) { result.insert(.tick) }
        return result
    }

    /// Whether the run may end here: in a deadlock or by termination.
    func mayEnd(_ state: Int) -> Bool { ticks[state] || offsets[state] == offsets[state + 1] }

    @inline(__always)
    func enabledUnits(of state: Int, into units: UnsafeMutablePointer<UInt64>) {
        let words = unitWords
        for word in 0..<words { units[word] = 0 }
        for edge in offsets[state]..<offsets[state &+ 1] {
            let mask = unitsOfKind + Int(labelOfEdge[edge]) &* words
            for word in 0..<words { units[word] |= mask[word] }
        }
        if let tickUnit, ticks[state] { units[tickUnit / 64] |= 1 << UInt64(tickUnit % 64) }
    }
}
