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
    mutating func include(_ waiting: WaitingStates, pair index: Int, of pairs: [ResponsePair]) {
        let others = Set(pairs.map(\.second)).subtracting([pairs[index].second])
        guard let known = bound, !others.isEmpty else { return }
        let own = waiting.overtakes(pair: index, by: waiting.graph.labels.map(others.contains))
        if own.bound.map({ $0 > known }) ?? true { self = own }
    }
}

extension WaitingStates {
    /// The most labels of a kind on any way through these states, and a way that has so many.
    func overtakes(pair index: Int, by counts: [Bool]) -> Overtaking {
        let components = StrongComponents(count: graph.count)
        /// The best that can still come, by state.
        var best = [Int32](repeating: 0, count: graph.count)
        var component = [UInt32](repeating: 0, count: graph.count)
        var number: UInt32 = 0
        var endless: [Int]?
        components.visit(nodes: states) { state, edges in
            for edge in allowedEdges(of: state) { edges.append(Int(graph.targets[edge])) }
        } visit: { members in
            number += 1
            for state in members { component[state] = number }
            var most: Int32 = 0
            for state in members {
                for edge in allowedEdges(of: state) {
                    let target = Int(graph.targets[edge])
                    let isCounted = counts[Int(graph.labelOfEdge[edge])]
                    if component[target] == number {
                        if isCounted, endless == nil || members.min()! < endless!.min()! { endless = members }
                    } else {
                        most = max(most, best[target] + (isCounted ? 1 : 0))
                    }
                }
            }
            for state in members { best[state] = most }
        }
        if let endless { return Overtaking(bound: nil, run: endlessRun(pair: index, endless, counts)) }
        let start = entries.max { best[Int(graph.targets[$0.edge])] < best[Int(graph.targets[$1.edge])] }!
        let bound = Int(best[Int(graph.targets[start.edge])])
        return Overtaking(bound: bound, run: longestRun(pair: index, from: start, best: best, counts))
    }

    private func allowedEdges(of state: Int) -> some Sequence<Int> {
        (graph.offsets[state]..<graph.offsets[state + 1]).lazy.filter { isAllowed[Int(graph.labelOfEdge[$0])] }
    }

    /// Round a cycle with an overtaking edge.
    private func endlessRun(pair index: Int, _ members: [Int], _ counts: [Bool]) -> StarvationResult.Lasso {
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
    func cycle(in members: [Int], past labels: [Bool]) -> [(state: Int, edge: Int)] {
        _ = profile(of: members)
        let start = members.min()!
        let first = path(from: start) { _, edge in labels[Int(self.graph.kindOfEdge[edge])] }
        let end = Int(graph.targets[first.last!.edge])
        if end == start { return first }
        return first + path(from: end) { _, edge in Int(self.graph.targets[edge]) == start }
    }
}
