// Bisimulations that look through silent steps, but not through divergence. They preserve the models T, F and FD.
extension LabelledTransitionSystem {
    /// The quotient under divergence-respecting weak bisimulation.
    ///
    /// Boulgakov, Gibson-Robinson and Roscoe, "Computing maximal weak and other bisimulations" (2016).
    /// - Throws: `LimitReached`; the closure under silent steps may be large.
    public func weaklyBisimilar(limits: Limits) throws -> LabelledTransitionSystem {
        try quotientThroughSilence(limits: limits, alsoAfterwards: true)
    }

    /// The quotient under divergence-respecting delay bisimulation: silent steps before a visible one don't count, those after it do.
    /// - Throws: `LimitReached`.
    public func delayBisimilar(limits: Limits) throws -> LabelledTransitionSystem {
        try quotientThroughSilence(limits: limits, alsoAfterwards: false)
    }

    private func quotientThroughSilence(limits: Limits, alsoAfterwards: Bool) throws -> LabelledTransitionSystem {
        let system = silentLoopsFactored()
        let classes = try system.saturated(limits: limits, alsoAfterwards: alsoAfterwards).bisimulationClasses()
        var successors = [[Transition]](repeating: [], count: classes.count)
        for state in 0..<system.stateCount {
            let own = classes.blockOf[state]
            for step in system[state] {
                let target = classes.blockOf[Int(step.target)]
                // Only a step of a state to itself is a divergence; other silent steps within a class say nothing.
                if step.action.isSilent, target == own, Int(step.target) != state { continue }
                successors[Int(own)].append(
                    Transition(action: step.action.isSilent ? .tau : step.action, target: target))
            }
        }
        return LabelledTransitionSystem(
            initial: Int(classes.blockOf[system.initial]),
            terminated: system.terminated.map { Int(classes.blockOf[$0]) }, successors: successors
        ).reachable()
    }

    /// With a transition for each sequence of silent steps, also the empty one, and for each such sequence before a visible step (and after it). Divergence is a label.
    /// The system has no silent cycles of more than one state.
    private func saturated(limits: Limits, alsoAfterwards: Bool) throws -> LabelledTransitionSystem {
        let divergence = Action(code: .max)
        var closures: [[Int32]] = []
        closures.reserveCapacity(stateCount)
        var mark = [Int32](repeating: -1, count: stateCount)
        var size = 0
        for state in 0..<stateCount {
            var closure = [Int32(state)]
            mark[state] = Int32(state)
            var next = 0
            while next < closure.count {
                for step in self[Int(closure[next])]
                where step.action.isSilent && mark[Int(step.target)] != Int32(state) {
                    mark[Int(step.target)] = Int32(state)
                    closure.append(step.target)
                }
                next += 1
            }
            size += closure.count
            if state & 0xff == 0 { try limits.check(states: stateCount, bytes: size * 4) }
            closures.append(closure)
        }
        var successors: [[Transition]] = []
        var transitionCount = 0
        for state in 0..<stateCount {
            var steps = Set(closures[state].map { Transition(action: .tau, target: $0) })
            for member in closures[state] {
                for step in self[Int(member)] {
                    if step.action.isSilent {
                        if step.target == member { steps.insert(Transition(action: divergence, target: member)) }
                    } else if alsoAfterwards {
                        for end in closures[Int(step.target)] {
                            steps.insert(Transition(action: step.action, target: end))
                        }
                    } else {
                        steps.insert(step)
                    }
                }
            }
            transitionCount += steps.count
            if state & 0xff == 0 { try limits.check(states: stateCount, bytes: size * 4 + transitionCount * 24) }
            successors.append(Array(steps))
        }
        return LabelledTransitionSystem(initial: initial, terminated: terminated, successors: successors)
    }
}
