/// A model that sees also what a process refuses before an event, not only what it refuses in the end.
///
/// Roscoe, "Revivals, stuckness and the hierarchy of CSP models" (2009); Phillips, "Refusal testing" (1987).
public struct RefusalModel: Sendable, Hashable {
    /// Refusal testing (R): refusals are seen before every event. Without, revivals (V): before the last one alone.
    public var seesAllRefusals: Bool
    public var seesDivergence: Bool

    public init(seesAllRefusals: Bool, seesDivergence: Bool) {
        self.seesAllRefusals = seesAllRefusals
        self.seesDivergence = seesDivergence
    }
}

extension Check {
    /// Whether all behaviours of the implementation, in the model, are behaviours of the specification.
    ///
    /// Breadth first over pairs of a state of the implementation and all states that the specification may be in after what was seen. Their number is that of the result's states.
    /// - Throws: `NetworkError`.
    public static func refinement(
        of specification: LabelledTransitionSystem, by implementation: Network, model: RefusalModel, limits: Limits
    ) throws -> CheckResult {
        let space = try PackedNetwork(implementation, watchdog: nil).space()
        var search = RefusalSearch(space, specification, model)
        do {
            _ = try space.explore(.nothing, limits: limits)
            return CheckResult(
                verdict: try search.run(limits: limits), states: search.pairs.count,
                transitions: search.transitionCount)
        } catch let limit as LimitReached {
            return CheckResult(
                verdict: .unknown(limit), states: max(space.stateCount, search.pairs.count),
                transitions: max(space.transitionCount, search.transitionCount))
        }
    }
}

private struct RefusalSearch {
    struct Pair: Hashable {
        /// Of the implementation.
        var state: Int32
        /// A number of `SpecificationSets`.
        var set: Int32
    }

    /// How a pair was first reached.
    private struct Origin {
        var pair: Int32
        var move: Int32
        /// Whether what was refused before the move tells more than the move alone.
        var isTelling: Bool
    }

    private let space: any ExploredSpace
    private let model: RefusalModel
    private var sets: SpecificationSets
    private(set) var pairs: [Pair] = []
    private var origins: [Origin] = []
    private var numbers: [Pair: Int32] = [:]
    private(set) var transitionCount = 0

    init(_ space: any ExploredSpace, _ specification: LabelledTransitionSystem, _ model: RefusalModel) {
        self.space = space
        self.model = model
        sets = SpecificationSets(specification, marksDivergence: model.seesDivergence)
    }

    mutating func run(limits: Limits) throws -> Verdict {
        let diverging = model.seesDivergence ? statesOnSilentCycles() : []
        add(Pair(state: 0, set: sets.initial), from: Origin(pair: -1, move: -1, isTelling: false))
        var next = 0
        while next < pairs.count {
            if next & 0xff == 0 {
                let bytes = space.byteCount + pairs.count * 64 + sets.byteCount
                try limits.check(states: pairs.count, bytes: bytes, frontier: pairs.count - next)
            }
            let pair = pairs[next]
            let isUnbounded = model.seesDivergence && sets.diverges(pair.set)
            if !isUnbounded {
                if !diverging.isEmpty, diverging[Int(pair.state)] { return .fails(divergence(at: next)) }
                if let violation = expand(next) { return .fails(violation) }
            }
            next += 1
        }
        return .holds
    }

    private mutating func add(_ pair: Pair, from origin: Origin) {
        guard numbers.updateValue(Int32(pairs.count), forKey: pair) == nil else {
            // It has a number already, the one that it keeps.
            return
        }
        pairs.append(pair)
        origins.append(origin)
    }

    /// Looks at what a pair's state does and refuses.
    /// - Returns: what the specification does not have.
    private mutating func expand(_ number: Int) -> Counterexample? {
        let pair = pairs[number]
        let moves = space.moves(of: Int(pair.state))
        transitionCount += moves.count
        let labels = moves.map { space.packed.moves[$0].label }
        var stable: Int32?
        if let offered = offered(labels) {
            stable = sets.refusing(allBut: offered, of: pair.set)
            guard let stable else {
                return counterexample(
                    to: number,
                    .refusal(offered: offered.sorted(), wanted: sets.minimalAcceptances(of: pair.set)))
            }
            for (move, label) in zip(moves, labels) where offered.contains(label) && !sets.offers(stable, label) {
                return counterexample(
                    to: number, move: move,
                    .forbiddenAfterRefusal(label, offered: offered.sorted(), allowed: sets.offers(of: stable)))
            }
        }
        for (move, label) in zip(moves, labels) {
            let set: Int32?
            var isTelling = false
            if label.isSilent {
                set = pair.set
            } else {
                let all = sets.after(pair.set, label)
                set = model.seesAllRefusals ? stable.flatMap { sets.after($0, label) } ?? all : all
                isTelling = set != all
            }
            guard let set else {
                return counterexample(to: number, move: move, .forbidden(label, allowed: sets.labels(of: pair.set)))
            }
            if label == .tick { continue }
            let target = Int32(space.target(of: Int(pair.state), by: move)!)
            add(
                Pair(state: target, set: set),
                from: Origin(pair: Int32(number), move: Int32(move), isTelling: isTelling))
        }
        return nil
    }

    /// What a state with these moves offers when it refuses all else; nil where it refuses nothing for good.
    private func offered(_ labels: [Action]) -> Set<Action>? {
        if labels.contains(.tick) { return [.tick] }
        return labels.contains(where: \.isSilent) ? nil : Set(labels)
    }

    private func statesOnSilentCycles() -> [Bool] {
        var result = [Bool](repeating: false, count: space.stateCount)
        StrongComponents(count: space.stateCount).visit(nodes: 0..<space.stateCount) { state, targets in
            for move in space.moves(of: state) where space.packed.moves[move].label.isSilent {
                let target = space.target(of: state, by: move)!
                if target == state { result[state] = true }
                targets.append(target)
            }
        } visit: { members in
            if members.count > 1 { for member in members { result[member] = true } }
        }
        return result
    }

    private func divergence(at number: Int) -> Counterexample {
        let cycle = Check.silentCycle(through: Int(pairs[number].state), in: space)
        return counterexample(to: number, .divergence(cycle: cycle.map { space.step($0.move) }))
    }

    /// - Parameter move: the last step, for one that is not allowed.
    private func counterexample(
        to number: Int, move: Int? = nil, _ reason: Counterexample.Reason
    ) -> Counterexample {
        var path: [(origin: Origin, step: Step)] = []
        var current = number
        while origins[current].pair >= 0 {
            path.append((origins[current], space.step(Int(origins[current].move))))
            current = Int(origins[current].pair)
        }
        path.reverse()
        var result = Counterexample(
            steps: path.map(\.step), reason: reason, end: space.localStates(Int(pairs[number].state)))
        for (index, part) in path.enumerated() where part.origin.isTelling {
            let state = Int(pairs[Int(part.origin.pair)].state)
            let offered = Set(space.moves(of: state).map { space.packed.moves[$0].label })
            result.refusals.append((step: index, offered: offered.sorted()))
        }
        if let move { result.steps.append(space.step(move)) }
        return result
    }
}

/// Sets of states of a specification, numbered: those that it may be in after what was seen of it.
private struct SpecificationSets {
    private struct Question: Hashable {
        var set: Int32
        var label: Action
    }
    private struct Refusal: Hashable {
        var set: Int32
        var offered: Set<Action>
    }

    private let system: LabelledTransitionSystem
    private let closures: SilentClosures
    private let divergent: [Bool]
    /// By state: what it offers when it refuses all else; nil where it refuses nothing for good.
    private let acceptances: [[Action]?]
    private var members: [[Int32]] = []
    private var numbers: [[Int32]: Int32] = [:]
    private var successors: [Question: Int32?] = [:]
    private var refusing: [Refusal: Int32?] = [:]
    private(set) var byteCount = 0
    private(set) var initial: Int32 = 0

    init(_ system: LabelledTransitionSystem, marksDivergence: Bool) {
        self.system = system
        closures = SilentClosures(system)
        divergent = marksDivergence ? system.divergentStates() : []
        acceptances = (0..<system.stateCount).map { NormalForm.acceptance(of: $0, in: system) }
        initial = number(of: closures.closure(of: [Int32(system.initial)]))!
    }

    private mutating func number(of states: [Int32]) -> Int32? {
        if states.isEmpty { return nil }
        if let known = numbers[states] { return known }
        let fresh = Int32(members.count)
        numbers[states] = fresh
        members.append(states)
        byteCount += states.count * 4 + 200
        return fresh
    }

    func diverges(_ set: Int32) -> Bool { members[Int(set)].contains { divergent[Int($0)] } }

    /// Where an event leads; nil where the specification can't perform it.
    mutating func after(_ set: Int32, _ label: Action) -> Int32? {
        let question = Question(set: set, label: label)
        if let known = successors[question] { return known }
        var targets: [Int32] = []
        for state in members[Int(set)] {
            for step in system[Int(state)] where step.action == label { targets.append(step.target) }
        }
        let result = number(of: closures.closure(of: targets))
        successors[question] = .some(result)
        byteCount += 48
        return result
    }

    /// The states that refuse all but these; nil where there is none.
    mutating func refusing(allBut offered: Set<Action>, of set: Int32) -> Int32? {
        let question = Refusal(set: set, offered: offered)
        if let known = refusing[question] { return known }
        let result = number(
            of: members[Int(set)].filter { state in
                acceptances[Int(state)].map { offered.isSuperset(of: $0) } ?? false
            })
        refusing[question] = .some(result)
        byteCount += 64 + offered.count * 8
        return result
    }

    /// Whether one of these states, all of which refuse something, offers an event.
    func offers(_ set: Int32, _ label: Action) -> Bool {
        members[Int(set)].contains { acceptances[Int($0)]?.contains(label) == true }
    }

    func offers(of set: Int32) -> [Action] {
        Set(members[Int(set)].flatMap { acceptances[Int($0)] ?? [] }).sorted()
    }

    func labels(of set: Int32) -> [Action] {
        Set(members[Int(set)].flatMap { system[Int($0)].map(\.action) }).filter { !$0.isSilent }.sorted()
    }

    func minimalAcceptances(of set: Int32) -> [[Action]] {
        NormalForm.minimalAcceptances(of: members[Int(set)], in: system)
    }
}
