extension LabelledTransitionSystem {
    /// The normal form as a system: after each trace one state that does whatever is possible then, and silent steps from it to
    /// states that offer no more than one of the smallest acceptances. Preserves the models T, F and FD.
    ///
    /// Roscoe, "Understanding Concurrent Systems" (2010), section 8.2.
    /// - Throws: `LimitReached`.
    public func normalised(limits: Limits) throws -> LabelledTransitionSystem {
        let form = try NormalForm(self, divergenceStrict: false, limits: limits, marksDivergence: true)
        var successors = form.nodes.map(\.transitions)
        var numbers: [[Transition]: Int32] = [:]
        var terminated: Int?
        for (index, node) in form.nodes.enumerated() {
            let all = node.transitions.map(\.action)
            let mayDiverge = form.mayDiverge[index]
            var steps: [Transition] = []
            // A state that may terminate refuses everything else by that: nothing has to be added for it.
            for acceptance in node.minimalAcceptances where acceptance != [.tick] && (acceptance != all || mayDiverge) {
                let offered = Set(acceptance)
                let kept = node.transitions.filter { offered.contains($0.action) }
                if numbers[kept] == nil {
                    numbers[kept] = Int32(successors.count)
                    successors.append(kept)
                }
                steps.append(Transition(action: .tau, target: numbers[kept]!))
            }
            if mayDiverge { steps.append(Transition(action: .tau, target: Int32(index))) }
            successors[index] += steps
            if let tick = node.transitions.first(where: { $0.action == .tick }) { terminated = Int(tick.target) }
        }
        return LabelledTransitionSystem(initial: form.initial, terminated: terminated, successors: successors)
            .reachable()
    }
}
