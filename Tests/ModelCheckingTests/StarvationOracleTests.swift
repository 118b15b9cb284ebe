import Foundation
import Testing

@testable import ModelChecking

/// Starvation by trying every set of states in which a run could stay for ever: no components, no peeling.
///
/// A run that visits exactly the states S again and again can take every allowed edge within S again and again; taking more makes it no less fair. So a starving fair run exists if and only if some S is connected
/// by its edges and satisfies the fairness condition.
struct BruteForceStarvation {
    let system: LabelledTransitionSystem
    let pair: ResponsePair
    /// The events that fairness is about; nil for all, and for the silent steps without a name.
    var fairEvents: Set<Int>?

    var waiting: Set<Int> {
        var result: Set<Int> = []
        var reachable: Set<Int> = [system.initial]
        var work = [system.initial]
        while let state = work.popLast() {
            for step in system[state] where step.action != .tick {
                if step.action == pair.first { result.insert(Int(step.target)) }
                if reachable.insert(Int(step.target)).inserted { work.append(Int(step.target)) }
            }
        }
        work = Array(result)
        while let state = work.popLast() {
            for step in system[state] where step.action != pair.second && step.action != .tick {
                if result.insert(Int(step.target)).inserted { work.append(Int(step.target)) }
            }
        }
        return result
    }

    /// The event behind a label, or the label itself.
    static func unit(_ action: Action) -> Int { action == .tick ? -1 : action == .tau ? -2 : action.eventNumber! }

    func starves(_ strength: FairnessStrength) -> Bool {
        let waiting = waiting.sorted()
        if waiting.contains(where: { system[$0].isEmpty || system[$0].contains { $0.action == .tick } }) { return true }
        return (1..<(1 << waiting.count)).contains { choice in
            isFairCycle(Set(waiting.indices.filter { choice >> $0 & 1 == 1 }.map { waiting[$0] }), strength)
        }
    }

    private func isFairCycle(_ states: Set<Int>, _ strength: FairnessStrength) -> Bool {
        func inner(_ state: Int) -> [LabelledTransitionSystem.Transition] {
            system[state].filter { $0.action != pair.second && states.contains(Int($0.target)) }
        }
        for start in states {
            var seen: Set<Int> = []
            var work = [start]
            while let state = work.popLast() {
                for step in inner(state) where seen.insert(Int(step.target)).inserted { work.append(Int(step.target)) }
            }
            if seen != states { return false }
        }
        let performed = Set(states.flatMap { inner($0).map { Self.unit($0.action) } })
        let enabled = states.map { state in
            Set(system[state].map { Self.unit($0.action) }).filter { fairEvents?.contains($0) ?? true }
        }
        switch strength {
        case .none: return true
        case .weak: return enabled.dropFirst().reduce(enabled[0]) { $0.intersection($1) }.isSubset(of: performed)
        case .strong: return enabled.allSatisfy { $0.isSubset(of: performed) }
        }
    }
}

@Suite("Starvation against brute force")
struct StarvationOracleTests {
    /// A system of a few states, with hidden events, taus and sometimes ticks.
    static func system(seed: UInt64) -> LabelledTransitionSystem {
        var random = ExplorationTests.SplitMix(state: seed)
        let count = Int.random(in: 2...8, using: &random)
        let ends = Int.random(in: 0..<4, using: &random) == 0
        let labels: [Action] = (0..<4).map { .event($0) } + [.event(2).hidden, .event(3).hidden, .tau]
        var successors = (0..<count).map { _ in
            (0..<Int.random(in: ends ? 0...3 : 1...3, using: &random)).map { _ in
                LabelledTransitionSystem.Transition(
                    action: labels.randomElement(using: &random)!,
                    target: Int32.random(in: 0..<Int32(count), using: &random))
            }
        }
        if ends, Bool.random(using: &random) {
            successors[count - 1].append(.init(action: .tick, target: Int32(count)))
            successors.append([])
            return LabelledTransitionSystem(initial: 0, terminated: count, successors: successors)
        }
        return LabelledTransitionSystem(initial: 0, terminated: nil, successors: successors)
    }

    /// What follows from each of these states by a sequence of labels.
    static func after(_ steps: [Action], from states: Set<Int>, in system: LabelledTransitionSystem) -> Set<Int> {
        steps.reduce(states) { current, action in
            Set(current.flatMap { system[$0].filter { $0.action == action }.map { Int($0.target) } })
        }
    }

    /// Systems in each of ten blocks; `BANQUET_STARVATION_SEEDS` asks for more than a quick run wants.
    static let seeds = ProcessInfo.processInfo.environment["BANQUET_STARVATION_SEEDS"].flatMap(UInt64.init) ?? 150

    /// Every other system with fairness to some of its events alone.
    @Test("The whole ladder agrees with a search over all sets of states", arguments: 0..<10 as Range<UInt64>)
    func ladder(block: UInt64) throws {
        var seen: [FairnessStrength: Int] = [:]
        var fewer = 0
        for seed in block * 1_000_000..<block * 1_000_000 + Self.seeds {
            let system = Self.system(seed: seed)
            let pair = ResponsePair(first: .event(0), second: .event(1))
            var oracle = BruteForceStarvation(system: system, pair: pair)
            if seed % 2 == 1 { oracle.fairEvents = Set((0..<4).filter { (seed / 2) >> UInt64($0) & 1 == 1 }) }
            let result = try Check.starvation(
                of: Network(leaf: system, name: "P"), pairs: [pair], events: oracle.fairEvents, limits: Limits())
            if oracle.fairEvents != nil, !result.holds(.strong) {
                let all = BruteForceStarvation(system: system, pair: pair)
                if !all.starves(.strong) { fewer += 1 }
            }
            #expect(result.vacuousPairs.isEmpty == !oracle.waiting.isEmpty)
            for strength in FairnessStrength.allCases {
                let starves = oracle.starves(strength)
                #expect(result.holds(strength) == !starves, "seed \(seed), \(strength)")
                if starves { seen[strength, default: 0] += 1 }
                guard let lasso = result.lassos[strength] else { continue }
                // The run is one of the system, and never gets what it waits for.
                var states = Self.after(lasso.stem.map(\.action), from: [system.initial], in: system)
                for _ in 0..<3 where !lasso.cycle.isEmpty {
                    states = Self.after(lasso.cycle.map(\.action), from: states, in: system)
                }
                #expect(!states.isEmpty, "seed \(seed)")
                #expect(lasso.stem[lasso.beginning].action == pair.first)
                let waited = lasso.stem[(lasso.beginning + 1)...] + lasso.cycle
                #expect(!waited.contains { $0.action == pair.second })
            }
        }
        // Fairness to fewer events excuses more runs, and sometimes it matters.
        #expect(fewer > 0)
        // The rungs differ often enough to tell them apart.
        #expect(seen[.none, default: 0] > seen[.weak, default: 0])
        #expect(seen[.weak, default: 0] > seen[.strong, default: 0] && seen[.strong, default: 0] > 5)
    }
}
