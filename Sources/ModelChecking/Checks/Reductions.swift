/// Ways to look at fewer states, each only where it can't change the answer.
public struct Reductions: OptionSet, Sendable, Hashable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// States that differ only in which of several interchangeable components is which count as one.
    public static let symmetry = Reductions(rawValue: 1)
    /// Of moves that don't interfere only one order is followed. For deadlocks, in the model of stable failures.
    public static let partialOrder = Reductions(rawValue: 2)
}

/// What was really done.
public enum AppliedReduction: Sendable, Equatable {
    case symmetry([InterchangeableComponents])
    case partialOrder
}

extension PackedNetwork {
    var appliedReductions: [AppliedReduction] {
        (interchangeable.isEmpty ? [] : [.symmetry(interchangeable)]) + (persistentSets == nil ? [] : [.partialOrder])
    }
}

/// A run of the network itself, where the explored states stand for others.
struct ActualRun {
    var steps: [Step]
    /// The local state of each component after the steps.
    var end: [Int]
}

extension ExploredSpace {
    /// The run that a path through the explored states stands for, from the start.
    func actualRun(along path: [(move: Int, state: Int)]) -> ActualRun {
        guard packed.symmetry != nil else {
            return ActualRun(steps: path.map { step($0.move) }, end: localStates(path.last?.state ?? 0))
        }
        var run = ActualRun(steps: [], end: Array(packed.initialFields.prefix(packed.componentCount)))
        follow(path, with: &run)
        return run
    }

    /// Prolongs a run by what a path through the explored states stands for.
    func follow(_ path: [(move: Int, state: Int)], with run: inout ActualRun) {
        for (move, target) in path {
            guard packed.symmetry != nil else {
                run.steps.append(step(move))
                run.end = localStates(target)
                continue
            }
            let wanted = state(target)
            let own = Int(packed.moves[move].rule)
            // The rule itself, or the one that is its image where who is who has changed.
            let rules = [own] + packed.network.rules.indices.filter { $0 != own }
            var found: (rule: Int, end: [Int])?
            for rule in rules where found == nil {
                for end in successors(of: run.end, by: rule)
                where stands(wanted, for: end, after: rule, insteadOf: own) {
                    found = (rule, end)
                    break
                }
            }
            guard let (rule, end) = found else { preconditionFailure("an orbit of states has lost a move") }
            run.steps.append(step(ofRule: rule))
            run.end = end
        }
    }

    /// The rules that can be followed after a run, ascending, with one of their successors each.
    func enabledRules(after run: ActualRun) -> [Int] {
        packed.network.rules.indices.filter { !successors(of: run.end, by: $0).isEmpty }
    }

    func step(ofRule number: Int) -> Step {
        let rule = packed.network.rules[number]
        // Who is only asked where it is, or sent back to its start, takes no part.
        let active = rule.participants.filter { if case .step = $0.role { true } else { false } }
        return Step(action: rule.label, participants: active.map { Int($0.component) }.sorted())
    }

    private func successors(of local: [Int], by rule: Int) -> [[Int]] {
        var results = [local]
        for participant in packed.network.rules[rule].participants {
            let component = Int(participant.component)
            switch participant.role {
            case .at(let state): if local[component] != Int(state) { return [] }
            case .reset(let state): for index in results.indices { results[index][component] = Int(state) }
            case .step(let action):
                let targets = packed.network.components[component].system[local[component]]
                    .filter { $0.action == action }.map { Int($0.target) }
                results = results.flatMap { result in
                    targets.map { target in
                        var next = result
                        next[component] = target
                        return next
                    }
                }
            }
        }
        return results
    }

    /// Whether an explored state stands for these local states, which another rule has led to.
    private func stands(_ explored: [Int], for local: [Int], after rule: Int, insteadOf own: Int) -> Bool {
        let (label, wanted) = (packed.network.rules[rule].label, packed.network.rules[own].label)
        if label.isSilent != wanted.isSilent { return false }
        if let watchdog = packed.watchdog, label != wanted, !watchdog.makesNoDifference(label, wanted) { return false }
        var sorted = local
        for interchangeable in packed.interchangeable {
            let values = interchangeable.members.map { member in member.map { local[$0] } }
            // The first component is the lowest part of a member's value.
            let ascending = values.sorted { $0.reversed().lexicographicallyPrecedes($1.reversed()) }
            for (member, value) in zip(interchangeable.members, ascending) {
                for (component, state) in zip(member, value) { sorted[component] = state }
            }
        }
        return sorted.elementsEqual(explored.prefix(packed.componentCount))
    }
}

extension Watchdog {
    /// Whether every node goes to the same one by either label.
    fileprivate func makesNoDifference(_ a: Action, _ b: Action) -> Bool {
        normalForm.nodes.allSatisfy { node in
            node.transitions.first { $0.action == a }?.target == node.transitions.first { $0.action == b }?.target
        }
    }
}
