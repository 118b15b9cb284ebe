import Foundation
import Testing

@testable import ModelChecking

/// A run that goes round for ever, or that has ended: then its last position stands still.
private struct Run {
    var states: [Int]
    /// By position: the label of the step that follows; nil where the run has ended.
    var actions: [Action?]
    /// The position after the last.
    var loop: Int

    func next(_ position: Int) -> Int { position + 1 < states.count ? position + 1 : loop }

    /// Where the formula holds, by its definition.
    func holds(_ formula: TemporalFormula, in system: LabelledTransitionSystem) -> [Bool] {
        let positions = states.indices
        switch formula {
        case .constant(let value): return positions.map { _ in value }
        case .atom(let atom, let isTrue): return positions.map { holds(atom, at: $0, in: system) == isTrue }
        case .and(let a, let b): return zip(holds(a, in: system), holds(b, in: system)).map { $0 && $1 }
        case .or(let a, let b): return zip(holds(a, in: system), holds(b, in: system)).map { $0 || $1 }
        case .next(let a):
            let after = holds(a, in: system)
            return positions.map { actions[$0] != nil && after[next($0)] }
        case .until(let a, let b): return fixpoint(false, holds(a, in: system), holds(b, in: system)) { $1 || $0 && $2 }
        case .release(let a, let b):
            return fixpoint(true, holds(a, in: system), holds(b, in: system)) { $1 && ($0 || $2) }
        }
    }

    private func fixpoint(
        _ start: Bool, _ a: [Bool], _ b: [Bool], _ step: (_ a: Bool, _ b: Bool, _ later: Bool) -> Bool
    ) -> [Bool] {
        var values = states.map { _ in start }
        for _ in 0...states.count {
            for position in states.indices.reversed() {
                values[position] = step(a[position], b[position], values[next(position)])
            }
        }
        return values
    }

    private func holds(_ atom: TemporalFormula.Atom, at position: Int, in system: LabelledTransitionSystem) -> Bool {
        let action = actions[position]
        return switch atom {
        case .performs(let set): action.map(set.contains) ?? false
        case .performsSilent: action?.isSilent ?? false
        case .offers(let set): system[states[position]].contains { set.contains($0.action) }
        case .deadlock, .ended: action == nil
        }
    }

    /// Whether what is possible all the way round (weak), or somewhere on the way (strong), is done on the way.
    func isFair(_ strength: FairnessStrength, in system: LabelledTransitionSystem) -> Bool {
        let round = loop..<states.count
        let done = Set(round.compactMap { actions[$0] }.map(BruteForceStarvation.unit))
        let possible = round.map { position in
            Set(system[states[position]].map { BruteForceStarvation.unit($0.action) })
        }
        if actions[loop] == nil { return true }
        return switch strength {
        case .none: true
        case .weak: possible.dropFirst().reduce(possible[0]) { $0.intersection($1) }.isSubset(of: done)
        case .strong: possible.allSatisfy { $0.isSubset(of: done) }
        }
    }
}

@Suite("Temporal logic against its definition")
struct TemporalOracleTests {
    /// All runs with at most so many positions.
    private static func runs(of system: LabelledTransitionSystem, positions: Int) -> [Run] {
        var result: [Run] = []
        func extend(_ states: [Int], _ actions: [Action?]) {
            let state = states[states.count - 1]
            if system[state].isEmpty {
                result.append(Run(states: states, actions: actions + [nil], loop: states.count - 1))
            }
            for step in system[state] {
                for (position, earlier) in states.enumerated() where earlier == Int(step.target) {
                    result.append(Run(states: states, actions: actions + [step.action], loop: position))
                }
                if states.count < positions { extend(states + [Int(step.target)], actions + [step.action]) }
            }
        }
        extend([system.initial], [])
        return result
    }

    /// The runs with these labels, whatever states they go through.
    private static func runs(of system: LabelledTransitionSystem, stem: [Action], cycle: [Action]) -> [Run] {
        var paths: [[Int]] = [[system.initial]]
        // Several times round: a run with nondeterministic steps may close later than the labels do.
        for action in stem + cycle + cycle {
            paths = paths.flatMap { path in
                system[path[path.count - 1]].filter { $0.action == action }.map { path + [Int($0.target)] }
            }
        }
        if cycle.isEmpty {
            return paths.filter { system[$0[$0.count - 1]].isEmpty }.map {
                Run(states: $0, actions: stem + [nil], loop: stem.count)
            }
        }
        return paths.compactMap { path in
            guard path[stem.count] == path[stem.count + cycle.count] else { return nil }
            return Run(
                states: Array(path[..<(stem.count + cycle.count)]), actions: stem + cycle, loop: stem.count)
        }
    }

    private static func formula(_ depth: Int, _ random: inout ExplorationTests.SplitMix) -> TemporalFormula {
        func set() -> Set<Action> { Set((0..<4).filter { _ in Bool.random(using: &random) }.map { Action.event($0) }) }
        if depth == 0 {
            let isTrue = Bool.random(using: &random)
            switch Int.random(in: 0..<8, using: &random) {
            case 0...3: return .atom(.performs(set()), isTrue: isTrue)
            case 4: return .atom(.performs([.tick]), isTrue: isTrue)
            case 5: return .atom(.performsSilent, isTrue: isTrue)
            case 6: return .atom(.offers(set()), isTrue: isTrue)
            default: return .atom(.deadlock, isTrue: isTrue)
            }
        }
        func part() -> TemporalFormula { formula(depth - 1, &random) }
        switch Int.random(in: 0..<8, using: &random) {
        case 0: return .and(part(), part())
        case 1: return .or(part(), part())
        case 2: return .next(part())
        case 3: return .until(part(), part())
        case 4: return .release(part(), part())
        case 5: return .finally(part())
        case 6: return .globally(part())
        default: return part().negated
        }
    }

    /// Formulas in each of eight blocks; `BANQUET_TEMPORAL_SEEDS` asks for more than a quick run wants.
    static let seeds = ProcessInfo.processInfo.environment["BANQUET_TEMPORAL_SEEDS"].flatMap(UInt64.init) ?? 60

    @Test(
        "What holds is violated by no short run, and the run of a violation violates", arguments: 0..<8 as Range<UInt64>
    )
    func formulas(block: UInt64) throws {
        var violated = 0
        for seed in block * 1_000_000..<block * 1_000_000 + Self.seeds {
            let system = StarvationOracleTests.system(seed: seed)
            var random = ExplorationTests.SplitMix(state: seed ^ 0xabcdef)
            let formula = Self.formula(3, &random)
            let runs = Self.runs(of: system, positions: 5)
            for strength in FairnessStrength.allCases {
                let result = try Check.temporal(
                    formula, on: Network(leaf: system, name: "P"),
                    fairness: strength == .none ? [] : [TemporalFairness(strength, events: nil)], limits: Limits())
                #expect(result.ladder?.contains(strength) == (result.lasso == nil))
                if let lasso = result.lasso {
                    violated += 1
                    let shown = Self.runs(of: system, stem: lasso.stem.map(\.action), cycle: lasso.cycle.map(\.action))
                    #expect(
                        shown.contains { !$0.holds(formula, in: system)[0] && $0.isFair(strength, in: system) },
                        "seed \(seed), \(strength): \(formula)")
                } else {
                    let counter = runs.first { !$0.holds(formula, in: system)[0] && $0.isFair(strength, in: system) }
                    #expect(counter == nil, "seed \(seed), \(strength): \(formula)")
                }
            }
        }
        #expect(violated > Int(Self.seeds) / 2 && violated < Int(Self.seeds) * 3)
    }
}
