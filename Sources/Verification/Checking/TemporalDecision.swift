import CSP
import ModelChecking

// Linear temporal logic: ProB's formulas in terms of labels, their fairness premises apart.
extension Decision {
    func temporal(_ process: Process, _ formula: LinearTemporalFormula) throws -> Outcome {
        let network = try compile(process)
        var fairness: [TemporalFairness] = []
        let rest = try premises(formula, &fairness)
        let translation = try translated(rest)
        let result = try Check.temporal(translation, on: network, fairness: fairness, limits: limits)
        var outcome = Outcome(
            result: CheckResult(verdict: .holds, states: result.states, transitions: result.transitions))
        outcome.fairness = result.ladder.map { ladder in
            FairnessLadder(assumed: nil, failure: .fails, holds: ladder.contains)
        }
        outcome.summary = "every run satisfies the formula"
        if let lasso = result.lasso {
            outcome.result.verdict = .fails(Counterexample(steps: lasso.stem, reason: .witness))
            outcome.counterexample = report(lasso, network)
            outcome.summary = outcome.counterexample?.summary
        }
        outcome.notes = vacuity(translation, result.occurring)
        if result.ladder == nil { outcome.notes.append("a limit was reached before the ladder of fairness was known") }
        return outcome
    }

    /// A formula may hold because what it speaks of never happens.
    private func vacuity(_ formula: ModelChecking.TemporalFormula, _ occurring: Set<Action>) -> [String] {
        let silent = formula.atoms.compactMap { atom -> String? in
            guard case .performs(let set) = atom, !set.isEmpty, set.isDisjoint(with: occurring) else { return nil }
            let names = set.sorted().prefix(3).map { $0 == .tick ? "tick" : store.name(of: Event($0)) }
            return names.joined(separator: ", ") + (set.count > 3 ? ", …" : "")
        }
        guard !silent.isEmpty else { return [] }
        return ["vacuous as to \(Set(silent).sorted().joined(separator: "; ")): the process never performs it"]
    }

    private func report(_ lasso: StarvationResult.Lasso, _ network: Network) -> CounterexampleReport {
        let words = Wording(network: network, store: store)
        let reason =
            if !lasso.cycle.isEmpty {
                "the run that goes round the cycle for ever does not satisfy the formula"
            } else if lasso.terminates { "this run, which has terminated, does not satisfy the formula" } else {
                "this run, after which nothing can happen any more, does not satisfy the formula"
            }
        var report = CounterexampleReport(
            kind: .lasso, summary: "a run violates the formula", events: lasso.stem.map(words.event),
            cycle: lasso.cycle.map(words.event), reason: reason, words: words)
        report.describeEnd(lasso.end, words)
        return report
    }

    /// Splits `fairness => formula` into the two; what the premise asks for is added to `fairness`.
    private func premises(
        _ formula: LinearTemporalFormula, _ fairness: inout [TemporalFairness]
    ) throws -> LinearTemporalFormula {
        if case .implies(let premise, let conclusion) = formula, let found = fairnessPremise(premise) {
            fairness += found
            return try premises(conclusion, &fairness)
        }
        return formula
    }

    /// A conjunction of fairness conditions; nil for any other formula.
    private func fairnessPremise(_ formula: LinearTemporalFormula) -> [TemporalFairness]? {
        func numbers(_ set: EventSet) -> Set<Int> { Set(set.events.map { Int($0.index) }) }
        switch formula {
        case .weaklyFair(let set): return [TemporalFairness(.weak, events: numbers(set))]
        case .stronglyFair(let set): return [TemporalFairness(.strong, events: numbers(set))]
        case .weaklyFairToAll: return [TemporalFairness(.weak, events: nil)]
        case .stronglyFairToAll: return [TemporalFairness(.strong, events: nil)]
        case .and(let a, let b):
            guard let first = fairnessPremise(a), let second = fairnessPremise(b) else { return nil }
            return first + second
        default: return nil
        }
    }

    private func translated(_ formula: LinearTemporalFormula) throws -> ModelChecking.TemporalFormula {
        func actions(_ set: EventSet) -> Set<Action> { Set(set.events.map { Action($0) }) }
        switch formula {
        case .constant(let value): return .constant(value)
        case .performs(let set): return .atom(.performs(actions(set)), isTrue: true)
        case .performsTau: return .atom(.performsSilent, isTrue: true)
        case .performsTick: return .atom(.performs([.tick]), isTrue: true)
        case .enabled(let set): return .atom(.offers(actions(set)), isTrue: true)
        case .deadlock: return .atom(.deadlock, isTrue: true)
        case .not(let a): return try translated(a).negated
        case .and(let a, let b): return .and(try translated(a), try translated(b))
        case .or(let a, let b): return .or(try translated(a), try translated(b))
        case .implies(let a, let b): return .or(try translated(a).negated, try translated(b))
        case .next(let a): return .next(try translated(a))
        case .finally(let a): return .finally(try translated(a))
        case .globally(let a): return .globally(try translated(a))
        case .until(let a, let b): return .until(try translated(a), try translated(b))
        case .weakUntil(let a, let b):
            // a W b: b, or a as long as b does not come: b R (a or b)
            let (first, second) = (try translated(a), try translated(b))
            return .release(second, .or(first, second))
        case .release(let a, let b): return .release(try translated(a), try translated(b))
        case .weaklyFair, .stronglyFair, .weaklyFairToAll, .stronglyFairToAll:
            throw CompilationError.unsupported(
                "a fairness condition that is not a premise of the whole formula (fairness => …)")
        }
    }
}
