/// A part of a state graph in which a run could stay for ever, and the question whether a fair run can.
///
/// The search is over strongly connected components. A component is weakly fair to a unit unless all of its states enable the unit and none of its edges performs it; parts of a component
/// that is not are no better. For strong fairness it is not enough to look at whole components: where a unit is enabled in some states but never performed, those states are taken
/// out and what remains is searched again (Streett's condition; Sun, Liu, Dong, Pang, CAV 2009, and Emerson and Lei's peeling).
final class FairCycles {
    let graph: any FairnessGraph
    private let offsets: [Int]
    private let targets: [UInt32]
    private let kindOfEdge: [UInt16]
    private let unitsOfKind: [[Int]]
    let limits: Limits
    /// The states to stay in.
    let isInside: (Int) -> Bool
    /// The kinds of edges that are allowed on the way.
    let isAllowed: [Bool]
    private let components: StrongComponents
    /// Which states the search at hand is confined to, and which belong to the component at hand: those marked with the current number.
    private var confined: Marks
    private var inside: Marks

    /// A set of states that is emptied at no cost.
    private struct Marks {
        private var stamps: [UInt32]
        private var current: UInt32 = 0

        init(count: Int) { stamps = [UInt32](repeating: 0, count: count) }

        mutating func set(to states: [Int]) {
            current += 1
            for state in states { stamps[state] = current }
        }

        @inline(__always) func contains(_ state: Int) -> Bool { stamps[state] == current }
    }

    init(graph: any FairnessGraph, limits: Limits, isInside: @escaping (Int) -> Bool, isAllowed: [Bool]) {
        self.graph = graph
        offsets = graph.offsets
        targets = graph.targets
        kindOfEdge = graph.kindOfEdge
        unitsOfKind = graph.unitsOfKind
        self.limits = limits
        self.isInside = isInside
        self.isAllowed = isAllowed
        components = StrongComponents(count: graph.count)
        confined = Marks(count: graph.count)
        inside = Marks(count: graph.count)
    }

    /// A component of states in which a run that meets `demand` can stay for ever, by its lowest state; nil if there is none.
    ///
    /// - Parameter candidates: where to look.
    func component(in candidates: some Sequence<Int>, meeting demand: FairnessDemand) throws -> [Int]? {
        var best: [Int]?
        var work: [[Int]] = []
        try visitComponents(candidates, confinedTo: nil) { members in
            switch judge(members, demand) {
            case .fair: if best == nil || members.min()! < best!.min()! { best = members }
            case .unfair: break
            case .peel(let rest): work.append(rest)
            }
        }
        // What is left of components after the states that break strong fairness are gone.
        while let states = work.popLast() {
            try visitComponents(states, confinedTo: states) { members in
                switch judge(members, demand) {
                case .fair: if best == nil || members.min()! < best!.min()! { best = members }
                case .unfair: break
                case .peel(let rest): work.append(rest)
                }
            }
        }
        return best
    }

    private enum Judgement {
        case fair, unfair
        case peel([Int])
    }

    private func visitComponents(_ states: some Sequence<Int>, confinedTo only: [Int]?, _ visit: ([Int]) -> Void) throws
    {
        var visited = 0
        if let only { confined.set(to: only) }
        try components.visit(nodes: states) { state, edges in
            visited += 1
            if visited & 0xffff == 0 { try limits.check(states: graph.count, bytes: 0) }
            for edge in offsets[state]..<offsets[state + 1] where isAllowed[Int(kindOfEdge[edge])] {
                let target = Int(targets[edge])
                if isInside(target), only == nil || confined.contains(target) { edges.append(target) }
            }
        } visit: { members in
            if members.count > 1 || hasLoop(members[0]) { visit(members) }
        }
    }

    private func hasLoop(_ state: Int) -> Bool {
        (offsets[state]..<offsets[state + 1]).contains {
            Int(targets[$0]) == state && isAllowed[Int(kindOfEdge[$0])]
        }
    }

    private func judge(_ members: [Int], _ demand: FairnessDemand) -> Judgement {
        let profile = profile(of: members)
        var broken = UnitSet(count: graph.unitCount)
        var isBroken = false
        for unit in 0..<graph.unitCount where !profile.performed.contains(unit) {
            switch demand.strength[unit] {
            case .none: break
            case .weak: if profile.always.contains(unit) { return .unfair }
            case .strong:
                if profile.always.contains(unit) { return .unfair }
                if profile.sometimes.contains(unit) {
                    broken.insert(unit)
                    isBroken = true
                }
            }
        }
        if !isBroken { return .fair }
        let rest = members.filter { state in !enables(state, anyOf: broken) }
        return .peel(rest)
    }

    /// Which units all states, some states, and edges within a component have.
    func profile(of members: [Int]) -> (always: UnitSet, sometimes: UnitSet, performed: UnitSet) {
        inside.set(to: members)
        var always = UnitSet(count: graph.unitCount, full: true)
        var sometimes = UnitSet(count: graph.unitCount)
        var performed = UnitSet(count: graph.unitCount)
        var own = UnitSet(count: graph.unitCount)
        for state in members {
            own.removeAll()
            graph.addEnabledUnits(of: state, to: &own)
            for edge in offsets[state]..<offsets[state + 1] {
                let kind = Int(kindOfEdge[edge])
                guard isAllowed[kind], inside.contains(Int(targets[edge])) else { continue }
                for unit in unitsOfKind[kind] { performed.insert(unit) }
            }
            always.formIntersection(own)
            sometimes.formUnion(own)
        }
        return (always, sometimes, performed)
    }

    private func enables(_ state: Int, anyOf units: UnitSet) -> Bool {
        var own = UnitSet(count: graph.unitCount)
        graph.addEnabledUnits(of: state, to: &own)
        own.formIntersection(units)
        return !own.isEmpty
    }

    private func performs(_ edge: Int, _ unit: Int) -> Bool { unitsOfKind[Int(kindOfEdge[edge])].contains(unit) }

    /// A closed walk in a fair component that is itself fair: from its lowest state, past whatever fairness asks for, and back.
    func cycle(in members: [Int], meeting demand: FairnessDemand) -> [(state: Int, edge: Int)] {
        let profile = profile(of: members)
        let start = members.min()!
        var walk: [(state: Int, edge: Int)] = []
        var current = start
        func extend(to isGoal: (Int, Int) -> Bool) {
            let path = path(from: current, goal: isGoal)
            walk += path
            if let last = path.last { current = Int(targets[last.edge]) }
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
                var only = UnitSet(count: graph.unitCount)
                only.insert(unit)
                let isDone =
                    !enables(current, anyOf: only) || walk.contains { !enables($0.state, anyOf: only) }
                    || walk.contains { performs($0.edge, unit) }
                if !isDone { extend { _, edge in !self.enables(Int(self.targets[edge]), anyOf: only) } }
            }
        }
        if walk.isEmpty || current != start { extend { _, edge in Int(self.targets[edge]) == start } }
        return walk
    }

    /// A shortest path of at least one edge, inside the set, whose last edge is a goal.
    func path(from start: Int, goal: (Int, Int) -> Bool) -> [(state: Int, edge: Int)] {
        var cameBy: [Int: (state: Int, edge: Int)] = [:]
        var queue = [start]
        var next = 0
        while next < queue.count {
            let state = queue[next]
            next += 1
            for edge in offsets[state]..<offsets[state + 1] where isAllowed[Int(kindOfEdge[edge])] {
                let target = Int(targets[edge])
                guard inside.contains(target) else { continue }
                if goal(state, edge) {
                    var path = [(state: state, edge: edge)]
                    var current = state
                    while current != start {
                        let step = cameBy[current]!
                        path.append(step)
                        current = step.state
                    }
                    return path.reversed()
                }
                if target != start, cameBy[target] == nil {
                    cameBy[target] = (state, edge)
                    queue.append(target)
                }
            }
        }
        preconditionFailure("a strongly connected component has a way to each of its edges")
    }
}
