extension Check {
    /// Looks for a cycle of silent steps among the states that `isOfInterest` names.
    static func divergence(
        in space: any ExploredSpace, limits: Limits, where isOfInterest: (Int) -> Bool = { _ in true }
    ) throws -> Verdict {
        let packed = space.packed
        guard packed.moves.contains(where: { $0.label.isSilent }) else { return .holds }
        var lowest = Int.max
        var visited = 0
        try StrongComponents(count: space.stateCount).visit(nodes: 0..<space.stateCount) { state, edges in
            visited += 1
            if visited & 0xfff == 0 {
                try limits.check(states: space.stateCount, bytes: space.byteCount + space.stateCount * 12)
            }
            guard isOfInterest(state) else { return }
            for move in space.moves(of: state) where packed.moves[move].label.isSilent {
                let target = space.target(of: state, by: move)!
                // A loop of one state is a component of one state: no other sign would be left of it.
                if target == state { lowest = min(lowest, state) }
                edges.append(target)
            }
        } visit: { members in
            if members.count > 1 { lowest = min(lowest, members.min()!) }
        }
        guard lowest < Int.max else { return .holds }
        return .fails(
            space.counterexample(to: lowest, reason: .divergence(cycle: silentCycle(through: lowest, in: space))))
    }

    /// A shortest cycle of silent steps from a state back to itself.
    private static func silentCycle(through start: Int, in space: any ExploredSpace) -> [Step] {
        var cameFrom: [Int: (state: Int, move: Int)] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for move in space.moves(of: state) where space.packed.moves[move].label.isSilent {
                let target = space.target(of: state, by: move)!
                if target == start {
                    var cycle = [space.step(move)]
                    var current = state
                    while current != start {
                        cycle.append(space.step(cameFrom[current]!.move))
                        current = cameFrom[current]!.state
                    }
                    return cycle.reversed()
                }
                if cameFrom[target] == nil {
                    cameFrom[target] = (state, move)
                    queue.append(target)
                }
            }
        }
        preconditionFailure("a state of a silent component lies on a silent cycle")
    }
}
