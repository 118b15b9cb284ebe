/// How often others are served between a first event and its second: the longest way, counted in second events of other pairs, that a run
/// can go after a first event and before its second.
///
/// Fairness makes no difference to it: every finite run can be continued to a fair one, so a cycle that overtakes can be gone round any number of times first.
public struct Overtaking: Sendable {
    /// The exact bound; nil when there is none.
    public var bound: Int?
    /// A run that reaches the bound, or, where there is none, one with a cycle that overtakes. Nil where nobody is ever overtaken.
    public var run: StarvationResult.Lasso?

    /// Takes one more pair into account.
    mutating func include(_ waiting: WaitingStates, pair index: Int, of pairs: [ResponsePair]) throws {
        let others = Set(pairs.map(\.second)).subtracting([pairs[index].second])
        guard let known = bound, !others.isEmpty else { return }
        let own = try waiting.overtakes(pair: index, by: waiting.graph.labels.map(others.contains))
        if own.bound.map({ $0 > known }) ?? true { self = own }
    }
}

extension WaitingStates {
    /// The most labels of a kind on any way through these states, and a way that has so many.
    func overtakes(pair index: Int, by counts: [Bool]) throws -> Overtaking {
        let components = RegionComponents(graph.edges, count: graph.count)
        let region = components.region
        let waiting = components.newRegion()
        for state in 0..<graph.count { region[state] = isWaiting[state] ? waiting : 0 }
        let allowed = UnsafeMutablePointer.copy(isAllowed)
        defer { allowed.deallocate() }
        /// The best that can still come, by state.
        var best = [Int32](repeating: 0, count: graph.count)
        var endless: [UInt32]?
        try components.visit(
            waiting, roots: 0..<graph.count, isAllowed: allowed, singles: true, limits: limits
        ) { members in
            let own = components.newRegion()
            for state in members { region[Int(state)] = own }
            var most: Int32 = 0
            var isEndless = false
            for state in members {
                for edge in allowedEdges(of: Int(state)) {
                    let target = Int(graph.targets[edge])
                    let isCounted = counts[Int(graph.labelOfEdge[edge])]
                    if region[target] == own {
                        if isCounted { isEndless = true }
                    } else {
                        most = max(most, best[target] + (isCounted ? 1 : 0))
                    }
                }
            }
            for state in members { best[Int(state)] = most }
            if isEndless, endless.map({ members.min()! < $0.min()! }) ?? true { endless = Array(members) }
        }
        if let endless { return Overtaking(bound: nil, run: endlessRun(pair: index, endless, counts)) }
        var start: (state: Int, edge: Int)?
        forEachEntry { state, edge in
            if start.map({ best[Int(graph.targets[$0.edge])] < best[Int(graph.targets[edge])] }) ?? true {
                start = (state, edge)
            }
        }
        let bound = Int(best[Int(graph.targets[start!.edge])])
        return Overtaking(bound: bound, run: longestRun(pair: index, from: start!, best: best, counts))
    }

    private func allowedEdges(of state: Int) -> some Sequence<Int> {
        (graph.offsets[state]..<graph.offsets[state + 1]).lazy.filter { isAllowed[Int(graph.labelOfEdge[$0])] }
    }

    /// Round a cycle with an overtaking edge.
    private func endlessRun(pair index: Int, _ members: [UInt32], _ counts: [Bool]) -> StarvationResult.Lasso {
        let search = FairCycles(graph: graph, limits: limits, isInside: { isWaiting[$0] }, isAllowed: isAllowed)
        let cycle = search.cycle(in: members, past: counts)
        return lasso(index, to: cycle[0].state, cycle: cycle.map(\.edge), terminates: false, strength: .none)
    }

    /// From where waiting begins along edges that lose nothing of what can still come, until all of it has come.
    private func longestRun(
        pair index: Int, from start: (state: Int, edge: Int), best: [Int32], _ counts: [Bool]
    ) -> StarvationResult.Lasso {
        var path: [(state: Int, edge: Int)] = []
        var state = Int(graph.targets[start.edge])
        while best[state] > 0 {
            let part = wayToNextCount(from: state, best: best, counts)
            path += part
            state = Int(graph.targets[part.last!.edge])
        }
        let head = graph.space.shortestPath(to: start.state).map { graph.space.step($0.move) }
        let stem = head + [graph.step(start)] + path.map(graph.step)
        return StarvationResult.Lasso(
            pair: index, stem: stem, cycle: [], beginning: head.count, terminates: false, strength: .none,
            end: graph.space.localStates(state), around: [])
    }

    private func wayToNextCount(from start: Int, best: [Int32], _ counts: [Bool]) -> [(state: Int, edge: Int)] {
        var cameBy: [Int: (state: Int, edge: Int)] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for edge in allowedEdges(of: state) {
                let target = Int(graph.targets[edge])
                if counts[Int(graph.labelOfEdge[edge])], best[target] + 1 == best[start] {
                    var path = [(state: state, edge: edge)]
                    var current = state
                    while current != start {
                        path.append(cameBy[current]!)
                        current = cameBy[current]!.state
                    }
                    return path.reversed()
                }
                if best[target] == best[start], target != start, cameBy[target] == nil {
                    cameBy[target] = (state, edge)
                    queue.append(target)
                }
            }
        }
        preconditionFailure("what can still come does come on some way")
    }
}

extension FairCycles {
    /// A closed walk through a component, past an edge with one of these labels.
    func cycle(in members: [UInt32], past labels: [Bool]) -> [(state: Int, edge: Int)] {
        let own = confine(to: members)
        let start = Int(members.min()!)
        let first = path(from: start, in: own) { _, edge in labels[Int(self.edges.kinds[edge])] }
        let end = Int(edges.targets[first.last!.edge])
        if end == start { return first }
        return first + path(from: end, in: own) { _, edge in Int(self.edges.targets[edge]) == start }
    }
}
