// Refinement in the models V and R by their definitions, for behaviours of some events at most.
extension NaiveChecker {
    private struct Behaviours: Hashable {
        var specification: Set<State>
        var implementation: Set<State>
        var length: Int
    }

    /// What a state may be seen to refuse, tick being -1, and what it then can still do.
    private func rests(_ state: State) throws -> [(refused: Set<Int>, then: Set<NaiveProcess.Label>)] {
        let labels = Set(try moves(state).map(\.label))
        if labels.contains(.tick) { return [(alphabet, [.tick])] }
        if labels.contains(.tau) { return [] }
        let offered = labels.compactMap { if case .event(let event) = $0 { event } else { nil } }
        return [(alphabet.union([-1]).subtracting(offered), labels)]
    }

    private func subsets(of set: Set<Int>) -> [Set<Int>] {
        set.reduce([[]]) { all, element in all + all.map { $0.union([element]) } }
    }

    /// Whether the implementation has a behaviour of at most so many events that the specification does not have.
    /// - Parameters:
    ///   - everyRefusal: whether refusals are seen before each event (R), not only before the last one (V).
    ///   - divergences: whether divergence is seen, and anything allowed after it (VD, RD).
    func lacks(
        _ specification: State, _ implementation: State, length: Int, everyRefusal: Bool, divergences: Bool
    ) throws -> Bool {
        var known: Set<Behaviours> = []
        func search(_ here: Behaviours) throws -> Bool {
            guard known.insert(here).inserted else { return false }
            if divergences {
                if try here.specification.contains(where: diverges) { return false }
                if try here.implementation.contains(where: diverges) { return true }
            }
            let (mine, theirs) = (
                try here.specification.map { ($0, try rests($0)) },
                try here.implementation.map { ($0, try rests($0)) }
            )
            let labels = alphabet.map { NaiveProcess.Label.event($0) } + [.tick]
            for label in labels {
                let next = try after(here.implementation, label)
                if next.isEmpty { continue }
                let allowed = try after(here.specification, label)
                if allowed.isEmpty { return true }
                if here.length > 0,
                    try search(.init(specification: allowed, implementation: next, length: here.length - 1))
                {
                    return true
                }
            }
            for refused in subsets(of: alphabet.union([-1])) {
                func resting(
                    _ states: [(State, [(refused: Set<Int>, then: Set<NaiveProcess.Label>)])],
                    before label: NaiveProcess.Label?
                ) -> Set<State> {
                    Set(
                        states.filter { state in
                            state.1.contains {
                                refused.isSubset(of: $0.refused) && (label.map($0.then.contains) ?? true)
                            }
                        }.map(\.0))
                }
                if resting(theirs, before: nil).isEmpty { continue }
                if resting(mine, before: nil).isEmpty { return true }
                for label in labels {
                    let (own, other) = (resting(theirs, before: label), resting(mine, before: label))
                    if own.isEmpty { continue }
                    if other.isEmpty { return true }
                    guard everyRefusal, here.length > 0 else { continue }
                    let behaviours = Behaviours(
                        specification: try after(other, label), implementation: try after(own, label),
                        length: here.length - 1)
                    if try search(behaviours) { return true }
                }
            }
            return false
        }
        return try search(
            .init(
                specification: closure([specification]), implementation: closure([implementation]), length: length))
    }
}
