/// A part of a state graph in which a run could stay for ever, and the question whether a fair run can.
///
/// The search is over strongly connected components. A component is weakly fair to a unit unless all of its states enable the unit and none of its edges performs it; parts of a component
/// that is not are no better. For strong fairness it is not enough to look at whole components: where a unit is enabled in some states but never performed, those states are taken
/// out and what remains is searched again (Streett's condition; Sun, Liu, Dong, Pang, CAV 2009, and Emerson and Lei's peeling).
final class FairCycles<Graph: FairnessGraph> {
    let graph: Graph
    let edges: EdgeView
    let limits: Limits
    /// The states to stay in.
    private let isInside: (Int) -> Bool
    /// By kind, the edges that are allowed on the way.
    let isAllowed: UnsafeMutablePointer<Bool>
    private let components: RegionComponents
    var region: UnsafeMutablePointer<UInt32> { components.region }
    /// For searches of paths: by state, the state before; made when first needed.
    private var cameFrom: UnsafeMutablePointer<UInt32>?
    /// One set of units.
    private let scratch: UnsafeMutablePointer<UInt64>

    init(graph: Graph, limits: Limits, isInside: @escaping (Int) -> Bool, isAllowed: [Bool]) {
        self.graph = graph
        edges = graph.edges
        self.limits = limits
        self.isInside = isInside
        self.isAllowed = .copy(isAllowed)
        components = RegionComponents(graph.edges, count: graph.count)
        scratch = .allocate(capacity: graph.unitWords)
    }

    deinit {
        isAllowed.deallocate()
        scratch.deallocate()
        if let cameFrom { Pages.free(cameFrom, graph.count) }
    }

    /// For each demand, a component of states in which a run that meets it can stay for ever, the one with the lowest state; nil if there is none.
    ///
    /// One search serves all demands, so that a whole ladder costs little more than its top. At most one of them may ask for strong fairness.
    func components(meeting demands: [FairnessDemand]) throws -> [[UInt32]?] {
        let all = components.newRegion()
        for state in 0..<graph.count { region[state] = isInside(state) ? all : 0 }
        var best = [[UInt32]?](repeating: nil, count: demands.count)
        var lowest = [UInt32](repeating: .max, count: demands.count)
        var work: [(region: UInt32, states: [UInt32])] = []
        precondition(demands.filter(\.hasStrong).count <= 1, "one region can't be peeled for two demands")

        func judge(_ found: UnsafeBufferPointer<UInt32>, _ indices: some Sequence<Int>) {
            // In the order in which their edges lie in memory.
            let members = found.sorted()
            let own = components.newRegion()
            for state in members { region[Int(state)] = own }
            let profile = members.withUnsafeBufferPointer { self.profile(of: $0, own) }
            let first = members[0]
            for index in indices {
                switch demands[index].judge(profile) {
                case .unfair: break
                case .fair:
                    if first < lowest[index] {
                        lowest[index] = first
                        best[index] = members
                    }
                case .broken:
                    let rest = peel(members, own, demands[index].strong, performed: profile.performed)
                    if !rest.isEmpty { work.append((own, rest)) }
                }
            }
        }

        try components.visit(all, roots: 0..<graph.count, isAllowed: isAllowed, limits: limits) {
            judge($0, demands.indices)
        }
        // What is left of components after the states that break strong fairness are gone.
        while let (own, states) = work.popLast() {
            let strong = demands.indices.filter { demands[$0].hasStrong }
            try components.visit(own, roots: states.lazy.map(Int.init), isAllowed: isAllowed, limits: limits) {
                judge($0, strong)
            }
        }
        return best
    }

    /// Which units all states, some states, and edges within a component have.
    struct Profile {
        var always: UnitSet
        var sometimes: UnitSet
        var performed: UnitSet
    }

    /// - Parameter own: the region of the members, and of nothing else.
    private func profile(of members: UnsafeBufferPointer<UInt32>, _ own: UInt32) -> Profile {
        let words = graph.unitWords
        let (masks, scratch, region, isAllowed) = (graph.unitsOfKind, scratch, region, isAllowed)
        let sets = UnsafeMutablePointer<UInt64>.allocate(capacity: 3 * words)
        defer { sets.deallocate() }
        let (always, sometimes, performed) = (sets, sets + words, sets + 2 * words)
        for word in 0..<words { (always[word], sometimes[word], performed[word]) = (~0, 0, 0) }
        for member in members {
            let state = Int(member)
            graph.enabledUnits(of: state, into: scratch)
            for word in 0..<words {
                always[word] &= scratch[word]
                sometimes[word] |= scratch[word]
            }
            for edge in edges.offsets[state]..<edges.offsets[state &+ 1] {
                let kind = Int(edges.kinds[edge])
                guard isAllowed[kind], region[Int(edges.targets[edge])] == own else { continue }
                for word in 0..<words { performed[word] |= masks[kind &* words &+ word] }
            }
        }
        func set(_ pointer: UnsafeMutablePointer<UInt64>) -> UnitSet {
            UnitSet(words: (0..<words).map { pointer[$0] })
        }
        return Profile(always: set(always), sometimes: set(sometimes), performed: set(performed))
    }

    /// Takes states out of a region that no strongly fair run can visit for ever: those that enable a unit which no edge within the region performs, and those without a way on; until none is left.
    /// What remains need not be connected.
    /// - Parameters:
    ///   - own: the region of the states, and of nothing else; 0 becomes the region of those taken out.
    ///   - performed: the units that the region's edges perform, or more.
    private func peel(_ states: [UInt32], _ own: UInt32, _ strong: UnitSet, performed: UnitSet) -> [UInt32] {
        let words = graph.unitWords
        let (masks, scratch, region, isAllowed) = (graph.unitsOfKind, scratch, region, isAllowed)
        let sets = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * words)
        defer { sets.deallocate() }
        let (wanted, current) = (sets, sets + words)
        var rest = states
        var before = performed
        while true {
            for word in 0..<words {
                wanted[word] = strong.words[word] & ~before.words[word]
                current[word] = 0
            }
            let count = rest.count
            rest.removeAll { member in
                let state = Int(member)
                graph.enabledUnits(of: state, into: scratch)
                for word in 0..<words where scratch[word] & wanted[word] != 0 {
                    region[state] = 0
                    return true
                }
                var goesOn = false
                for edge in edges.offsets[state]..<edges.offsets[state &+ 1] {
                    let kind = Int(edges.kinds[edge])
                    guard isAllowed[kind], region[Int(edges.targets[edge])] == own else { continue }
                    goesOn = true
                    for word in 0..<words { current[word] |= masks[kind &* words &+ word] }
                }
                if !goesOn { region[state] = 0 }
                return !goesOn
            }
            let after = UnitSet(words: (0..<words).map { current[$0] })
            if rest.isEmpty || (rest.count == count && after == before) { return rest }
            before = after
        }
    }

    private func enables(_ state: Int, _ unit: Int) -> Bool {
        graph.enabledUnits(of: state, into: scratch)
        return scratch[unit / 64] >> UInt64(unit % 64) & 1 != 0
    }

    private func performs(_ edge: Int, _ unit: Int) -> Bool {
        graph.unitsOfKind[Int(edges.kinds[edge]) * graph.unitWords + unit / 64] >> UInt64(unit % 64) & 1 != 0
    }

    /// Makes some states the only ones that `path` goes through.
    func confine(to members: [UInt32]) -> UInt32 {
        let own = components.newRegion()
        for state in members { region[Int(state)] = own }
        return own
    }

    /// A closed walk in a fair component that is itself fair: from its lowest state, past whatever fairness asks for, and back.
    func cycle(in members: [UInt32], meeting demand: FairnessDemand) -> [(state: Int, edge: Int)] {
        let own = confine(to: members)
        let profile = members.withUnsafeBufferPointer { self.profile(of: $0, own) }
        let start = Int(members.min()!)
        var walk: [(state: Int, edge: Int)] = []
        var current = start
        func extend(to isGoal: (Int, Int) -> Bool) {
            let path = self.path(from: current, in: own, goal: isGoal)
            walk += path
            if let last = path.last { current = Int(edges.targets[last.edge]) }
        }
        for unit in 0..<graph.unitCount where demand.strength[unit] != .none {
            if profile.performed.contains(unit) {
                let mustPerform = demand.strength[unit] == .strong || profile.always.contains(unit)
                let isDone = walk.contains { performs($0.edge, unit) }
                if mustPerform && profile.sometimes.contains(unit) && !isDone {
                    extend { _, edge in self.performs(edge, unit) }
                }
            }
            if demand.strength[unit] == .weak && !profile.always.contains(unit) {
                let isDone =
                    !enables(current, unit) || walk.contains { !enables($0.state, unit) }
                    || walk.contains { performs($0.edge, unit) }
                if !isDone { extend { _, edge in !self.enables(Int(self.edges.targets[edge]), unit) } }
            }
        }
        if walk.isEmpty || current != start { extend { _, edge in Int(self.edges.targets[edge]) == start } }
        return walk
    }

    /// A shortest path of at least one edge, inside a region, whose last edge is a goal. There must be one.
    func path(from start: Int, in own: UInt32, goal: (Int, Int) -> Bool) -> [(state: Int, edge: Int)] {
        let unseen: UInt32 = 0
        let cameFrom = self.cameFrom ?? Pages.allocate(graph.count, of: UInt32.self)
        self.cameFrom = cameFrom
        var queue = [UInt32(start)]
        // Number + 1 of the state before.
        cameFrom[start] = UInt32(start) + 1
        defer { for state in queue { cameFrom[Int(state)] = unseen } }
        var next = 0
        while next < queue.count {
            let state = Int(queue[next])
            next += 1
            for edge in edges.offsets[state]..<edges.offsets[state + 1] where isAllowed[Int(edges.kinds[edge])] {
                let target = Int(edges.targets[edge])
                guard region[target] == own else { continue }
                if goal(state, edge) { return way(from: start, to: state, cameFrom) + [(state, edge)] }
                if cameFrom[target] == unseen {
                    cameFrom[target] = UInt32(state) + 1
                    queue.append(UInt32(target))
                }
            }
        }
        preconditionFailure("a strongly connected component has a way to each of its edges")
    }

    private func way(from start: Int, to end: Int, _ cameFrom: UnsafeMutablePointer<UInt32>) -> [(
        state: Int, edge: Int
    )] {
        var path: [(state: Int, edge: Int)] = []
        var current = end
        while current != start {
            let before = Int(cameFrom[current]) - 1
            let edge = (edges.offsets[before]..<edges.offsets[before + 1]).first {
                Int(edges.targets[$0]) == current && isAllowed[Int(edges.kinds[$0])]
            }!
            path.append((before, edge))
            current = before
        }
        return path.reversed()
    }
}

extension FairnessDemand {
    enum Judgement {
        case fair, unfair
        /// Some states enable what is never performed: without them it may be fair.
        case broken
    }

    func judge<Graph>(_ profile: FairCycles<Graph>.Profile) -> Judgement {
        var isBroken = false
        for word in weak.words.indices {
            let missing = ~profile.performed.words[word]
            if profile.always.words[word] & missing & (weak.words[word] | strong.words[word]) != 0 { return .unfair }
            if profile.sometimes.words[word] & missing & strong.words[word] != 0 { isBroken = true }
        }
        return isBroken ? .broken : .fair
    }
}
