extension Check {
    /// Looks for a cycle of silent steps among the states that `isOfInterest` names.
    static func divergence(
        in space: any ExploredSpace, limits: Limits, where isOfInterest: ((Int) -> Bool)? = nil
    ) throws -> Verdict {
        let packed = space.packed
        guard packed.moves.contains(where: { $0.label.isSilent }) else { return .holds }
        let edges = try SilentEdges(of: space, limits: limits, from: isOfInterest)
        guard !edges.targets.isEmpty else { return .holds }
        var lowest = Int.max
        var visited = 0
        try StrongComponents(count: space.stateCount).visit(nodes: 0..<space.stateCount) { state, successors in
            visited += 1
            if visited & 0xfff == 0 {
                try limits.check(states: space.stateCount, bytes: edges.byteCount(space) + space.stateCount * 12)
            }
            for edge in edges.offsets[state]..<edges.offsets[state + 1] {
                let target = Int(edges.targets[Int(edge)])
                // A loop of one state is a component of one state: no other sign would be left of it.
                if target == state { lowest = min(lowest, state) }
                successors.append(target)
            }
        } visit: { members in
            if members.count > 1 { lowest = min(lowest, members.min()!) }
        }
        guard lowest < Int.max else { return .holds }
        let cycle = silentCycle(through: lowest, in: space)
        let stem = space.actualRun(along: space.shortestPath(to: lowest))
        // Where states stand for others, it may take several rounds until everybody is in the same place again.
        var (run, starts) = (stem, [stem.end])
        var lengths = [stem.steps.count]
        while true {
            space.follow(cycle, with: &run)
            if let first = starts.firstIndex(of: run.end) {
                return .fails(
                    Counterexample(
                        steps: Array(run.steps[..<lengths[first]]),
                        reason: .divergence(cycle: Array(run.steps[lengths[first]...])), end: run.end))
            }
            starts.append(run.end)
            lengths.append(run.steps.count)
        }
    }

    /// A shortest cycle of silent steps from a state back to itself.
    static func silentCycle(
        through start: Int, in space: any ExploredSpace
    ) -> [(move: Int, state: Int)] {
        var cameFrom: [Int: (state: Int, move: Int)] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for move in space.moves(of: state) where space.packed.moves[move].label.isSilent {
                let target = space.target(of: state, by: move)!
                if target == start {
                    var cycle = [(move: move, state: start)]
                    var current = state
                    while current != start {
                        cycle.append((cameFrom[current]!.move, current))
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

/// The silent steps of an explored space, looked up once.
private struct SilentEdges {
    /// Those of state s lead to `targets[offsets[s] ..< offsets[s + 1]]`.
    private(set) var offsets: [UInt32] = [0]
    private(set) var targets: [UInt32] = []

    /// - Parameter isOfInterest: nil where every state is, and was explored.
    init(of space: any ExploredSpace, limits: Limits, from isOfInterest: ((Int) -> Bool)?) throws {
        let isSilent = space.packed.moves.map(\.label.isSilent)
        offsets.reserveCapacity(space.stateCount + 1)
        guard let isOfInterest else {
            try space.forEachTransition(limits: limits, bytes: byteCount(space)) { state, move, target in
                guard isSilent[move] else { return }
                while offsets.count <= state { offsets.append(UInt32(targets.count)) }
                targets.append(UInt32(target))
            }
            while offsets.count <= space.stateCount { offsets.append(UInt32(targets.count)) }
            return
        }
        for state in 0..<space.stateCount {
            if state & 0xfff == 0 { try limits.check(states: space.stateCount, bytes: byteCount(space)) }
            if isOfInterest(state) {
                for move in space.moves(of: state) where isSilent[move] {
                    targets.append(UInt32(space.target(of: state, by: move)!))
                }
            }
            offsets.append(UInt32(targets.count))
        }
    }

    func byteCount(_ space: any ExploredSpace) -> Int { space.byteCount + (offsets.capacity + targets.capacity) * 4 }
}
