extension LabelledTransitionSystem {
    /// The smallest system that is strongly bisimilar to this one: it has the same meaning in every model and in every context.
    ///
    /// By refinement of partitions: two states stay together as long as they have the same labels to the same blocks (Kanellakis and Smolka, 1990).
    public func stronglyBisimilar() -> LabelledTransitionSystem {
        var block = [Int32](repeating: 0, count: stateCount)
        var count = 1
        while true {
            var numbers: [[Int32]: Int32] = [:]
            var next = [Int32](repeating: 0, count: stateCount)
            for state in 0..<stateCount {
                var signature: [Int32] = [block[state]]
                let steps = Set(self[state].map { Transition(action: $0.action, target: block[Int($0.target)]) })
                    .sorted()
                for step in steps { signature += [step.action.code, step.target] }
                if let known = numbers[signature] {
                    next[state] = known
                } else {
                    next[state] = Int32(numbers.count)
                    numbers[signature] = next[state]
                }
            }
            block = next
            if numbers.count == count { break }
            count = numbers.count
        }
        var successors = [[Transition]?](repeating: nil, count: count)
        for state in 0..<stateCount where successors[Int(block[state])] == nil {
            successors[Int(block[state])] = self[state].map {
                Transition(action: $0.action, target: block[Int($0.target)])
            }
        }
        return LabelledTransitionSystem(
            initial: Int(block[initial]), terminated: terminated.map { Int(block[$0]) },
            successors: successors.map { $0! }
        ).reachable()
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
