/// A graph whose edges are steps of a run, with the units of fairness that its states enable and its edges perform.
protocol FairnessGraph: AnyObject {
    var count: Int { get }
    /// Edges of node n are `offsets[n] ..< offsets[n + 1]`.
    var offsets: [Int] { get }
    var targets: [UInt32] { get }
    /// Edges are of few kinds.
    var kindOfEdge: [UInt16] { get }
    /// What an edge of a kind performs.
    var unitsOfKind: [[Int]] { get }
    var unitCount: Int { get }
    /// Adds what a node enables.
    func addEnabledUnits(of node: Int, to units: inout UnitSet)
}

/// The reachable states of a network as a graph in memory, for analyses that walk over it again and again.
///
/// Six bytes a transition.
final class StateGraph: FairnessGraph {
    let space: any ExploredSpace
    let count: Int
    /// The labels that occur, numbered.
    let labels: [Action]
    /// Which unit of fairness a label belongs to: an event's, hidden or not; tau's; tick's.
    let unitOfLabel: [Int]
    let unitsOfKind: [[Int]]
    let unitCount: Int
    /// Transitions of state s are `offsets[s] ..< offsets[s + 1]`; ticks are not among them.
    let offsets: [Int]
    let targets: [UInt32]
    let labelOfEdge: [UInt16]
    var kindOfEdge: [UInt16] { labelOfEdge }
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
        unitsOfKind = unitOfLabel.map { [$0] }
        unitCount = units.count
        tickUnit = units[Int32.max]

        var offsets: [Int] = [0]
        offsets.reserveCapacity(count + 1)
        var targets: [UInt32] = []
        targets.reserveCapacity(space.transitionCount)
        var labelOfEdge: [UInt16] = []
        labelOfEdge.reserveCapacity(space.transitionCount)
        var ticks = [Bool](repeating: false, count: count)
        let total = space.byteCount + space.transitionCount * 6 + count * 9
        try space.forEachTransition(limits: limits, bytes: total) { state, move, target in
            while offsets.count <= state { offsets.append(targets.count) }
            if target < 0 {
                ticks[state] = true
            } else {
                targets.append(UInt32(truncatingIfNeeded: target))
                labelOfEdge.append(UInt16(truncatingIfNeeded: labelOfMove[move]))
            }
        }
        while offsets.count <= count { offsets.append(targets.count) }
        self.offsets = offsets
        self.targets = targets
        self.labelOfEdge = labelOfEdge
        self.ticks = ticks
    }

    /// The labels that some state performs.
    var occurringLabels: Set<Action> {
        var occurs = [Bool](repeating: false, count: labels.count)
        for label in labelOfEdge { occurs[Int(label)] = true }
        var result = Set(labels.indices.filter { occurs[$0] }.map { labels[$0] })
        if ticks.contains(true) { result.insert(.tick) }
        return result
    }

    /// Whether the run may end here: in a deadlock or by termination.
    func mayEnd(_ state: Int) -> Bool { ticks[state] || offsets[state] == offsets[state + 1] }

    func addEnabledUnits(of state: Int, to units: inout UnitSet) {
        if ticks[state], let tickUnit { units.insert(tickUnit) }
        for edge in offsets[state]..<offsets[state + 1] { units.insert(unitOfLabel[Int(labelOfEdge[edge])]) }
    }
}
