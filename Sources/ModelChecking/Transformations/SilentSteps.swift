// Transformations that take silent steps away. They preserve traces, stable failures and divergences, and so the models T, F and FD.
extension LabelledTransitionSystem {
    /// States that lie on a cycle of silent steps together become one state, which has a silent step to itself.
    public func silentLoopsFactored() -> LabelledTransitionSystem {
        var classOf = [Int32](repeating: -1, count: stateCount)
        var count = 0
        var loops: [Bool] = []
        StrongComponents(count: stateCount).visit(nodes: 0..<stateCount) { state, edges in
            for step in self[state] where step.action.isSilent { edges.append(Int(step.target)) }
        } visit: { members in
            for member in members { classOf[member] = Int32(count) }
            count += 1
            loops.append(
                members.count > 1
                    || self[members[0]].contains { $0.action.isSilent && Int($0.target) == members[0] })
        }
        var successors = [[Transition]](repeating: [], count: count)
        for state in 0..<stateCount {
            let own = classOf[state]
            for step in self[state] where !(step.action.isSilent && classOf[Int(step.target)] == own) {
                successors[Int(own)].append(Transition(action: step.action, target: classOf[Int(step.target)]))
            }
        }
        for number in 0..<count where loops[number] {
            successors[number].append(Transition(action: .tau, target: Int32(number)))
        }
        return LabelledTransitionSystem(
            initial: Int(classOf[initial]), terminated: terminated.map { Int(classOf[$0]) }, successors: successors
        ).reachable()
    }

    /// Each state does at once what it could do after silent steps, and has silent steps only to stable states, those that refuse most.
    ///
    /// Roscoe, Gardiner, Goldsmith, Hulance, Jackson and Scattergood, "Hierarchical compression for model-checking CSP, or how to check 10^20 dining
    /// philosophers for deadlock" (TACAS 1995), section 3.3: diamond elimination.
    public func diamondEliminated() -> LabelledTransitionSystem {
        let system = silentLoopsFactored()
        var successors = [[Transition]](repeating: [], count: system.stateCount)
        var mark = [Int32](repeating: -1, count: system.stateCount)
        for state in 0..<system.stateCount {
            var closure = [state]
            mark[state] = Int32(state)
            var next = 0
            var steps: [Transition] = []
            var resting: [Int] = []
            var diverges = false
            while next < closure.count {
                let member = closure[next]
                next += 1
                var isStable = true
                for step in system[member] {
                    guard step.action.isSilent else {
                        steps.append(step)
                        continue
                    }
                    isStable = false
                    if Int(step.target) == member { diverges = true }
                    if mark[Int(step.target)] != Int32(state) {
                        mark[Int(step.target)] = Int32(state)
                        closure.append(Int(step.target))
                    }
                }
                if isStable { resting.append(member) }
            }
            if diverges { steps.append(Transition(action: .tau, target: Int32(state))) }
            if closure.count > 1 {
                steps += system.mostRefusing(resting).map { Transition(action: .tau, target: Int32($0)) }
            }
            successors[state] = steps
        }
        return LabelledTransitionSystem(
            initial: system.initial, terminated: system.terminated, successors: successors
        ).reachable()
    }

    /// Of stable states: for each smallest set of offers the first one that has it.
    private func mostRefusing(_ states: [Int]) -> [Int] {
        var offers: [Set<Action>: Int] = [:]
        for state in states {
            let own = Set(self[state].map(\.action))
            if offers[own] == nil { offers[own] = state }
        }
        var kept: [(offer: Set<Action>, state: Int)] = []
        for (offer, state) in offers.sorted(by: { ($0.key.count, $0.value) < ($1.key.count, $1.value) })
        where !kept.contains(where: { $0.offer.isSubset(of: offer) }) {
            kept.append((offer, state))
        }
        return kept.map(\.state)
    }

    /// Follows one silent step wherever there is one, until there is none.
    ///
    /// What this is equal to in meaning only when it does not matter which silent step is taken first. A silent cycle stays as a state that diverges.
    public func chased() -> LabelledTransitionSystem {
        var end = [Int32](repeating: -1, count: stateCount)
        var diverges = [Bool](repeating: false, count: stateCount)
        for start in 0..<stateCount where end[start] < 0 {
            var path: [Int] = []
            var position: [Int: Int] = [:]
            var state = start
            while end[state] < 0, position[state] == nil, let step = self[state].first(where: \.action.isSilent) {
                position[state] = path.count
                path.append(state)
                state = Int(step.target)
            }
            if end[state] < 0 {
                end[state] = Int32(state)
                diverges[state] = position[state] != nil
            }
            for passed in path { end[passed] = end[state] }
        }
        return LabelledTransitionSystem(
            initial: Int(end[initial]), terminated: terminated,
            successors: (0..<stateCount).map { state in
                if Int(end[state]) != state { return [] }
                if diverges[state] { return [Transition(action: .tau, target: Int32(state))] }
                return self[state].map { Transition(action: $0.action, target: end[Int($0.target)]) }
            }
        ).reachable()
    }
}
