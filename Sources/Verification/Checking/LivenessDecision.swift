import CSP
import ModelChecking

// Starvation and overtaking: what ModelChecking found, as verdicts and lassos in the words of the script.
extension Decision {
    typealias EventPairs = [(first: Event, second: Event)]

    func starvation(_ process: Process, _ assumption: FairnessAssumption, _ pairs: EventPairs) throws -> Outcome {
        let network = try compile(process)
        let result = try Check.starvation(
            of: network, pairs: pairs.map { ResponsePair(first: Action($0.first), second: Action($0.second)) },
            events: assumption.events.map { Set($0.events.map { Int($0.index) }) }, limits: limits)
        let strength = assumption.strength.strength
        var outcome = Outcome(
            result: CheckResult(verdict: .holds, states: result.states, transitions: result.transitions))
        outcome.fairness =
            FairnessStrength.allCases
            .map { "\($0.ladderName): \(result.holds($0) ? "holds" : "starves")" }.joined(separator: "   ")
        if let lasso = result.lassos[strength] {
            outcome.result.verdict = .fails(
                Counterexample(steps: lasso.stem, reason: .witness, offers: lasso.offers, blocked: lasso.blocked))
            outcome.counterexample = report(lasso, pairs, network)
        }
        outcome.notes = vacuity(result.vacuousPairs, of: pairs)
        return outcome
    }

    func overtaking(_ process: Process, by bound: Int, _ pairs: EventPairs) throws -> Outcome {
        let network = try compile(process)
        let result = try Check.overtaking(
            of: network, pairs: pairs.map { ResponsePair(first: Action($0.first), second: Action($0.second)) },
            limits: limits)
        var outcome = Outcome(
            result: CheckResult(verdict: .holds, states: result.states, transitions: result.transitions))
        if result.bound.map({ $0 > bound }) ?? true {
            outcome.result.verdict = .fails(Counterexample(steps: [], reason: .witness, offers: [], blocked: []))
        }
        if let run = result.run {
            var shown = report(run, pairs, network)
            shown.kind = .trace
            shown.reason =
                result.bound.map { "others are served \($0) times in between, and never more often" }
                ?? "the cycle can be gone round any number of times: there is no bound"
            outcome.counterexample = shown
        }
        outcome.notes =
            [result.bound.map { "exact bound: \($0)" } ?? "no bound"] + vacuity(result.vacuousPairs, of: pairs)
        return outcome
    }

    private func vacuity(_ vacuous: [Int], of pairs: EventPairs) -> [String] {
        if pairs.isEmpty { return ["vacuous: there are no pairs"] }
        guard !vacuous.isEmpty else { return [] }
        let names = Set(vacuous.map { store.name(of: pairs[$0].first) }).sorted()
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
        return [
            vacuous.count == pairs.count
                ? "vacuous: \(shown) never happens" : "vacuous for \(shown), which never happens"
        ]
    }

    /// A lasso with what its events mean: who begins to wait, and who overtakes.
    private func report(
        _ lasso: StarvationResult.Lasso, _ pairs: EventPairs, _ network: Network
    ) -> CounterexampleReport {
        let pair = pairs[lasso.pair]
        let waiting = store.name(of: pair.second)
        let others = Set(pairs.map { Action($0.second) }).subtracting([Action(pair.second)])
        let words = Wording(network: network, store: store)
        func event(_ step: Step, waits: Bool) -> CounterexampleReport.Event {
            var event = words.event(step)
            if waits, others.contains(step.action) { event.note = "overtakes \(waiting)" }
            return event
        }
        var stem = lasso.stem.enumerated().map { event($0.element, waits: $0.offset > lasso.beginning) }
        if stem.indices.contains(lasso.beginning) { stem[lasso.beginning].note = "\(waiting) is waited for from here" }
        let cycle = lasso.cycle.map { event($0, waits: true) }
        let end = Counterexample(steps: [], reason: .witness, offers: lasso.offers, blocked: lasso.blocked)
        let reason =
            if !lasso.cycle.isEmpty {
                "\(waiting) never follows: the cycle can go on for ever"
            } else if lasso.terminates { "\(waiting) never follows: the process has terminated" } else {
                "\(waiting) never follows: nothing can happen any more"
            }
        return CounterexampleReport(
            kind: .lasso, events: stem, cycle: cycle, reason: reason, components: words.components(end))
    }
}

extension FairnessAssumption.Strength {
    var strength: FairnessStrength {
        switch self {
        case .none: .none
        case .weak: .weak
        case .strong: .strong
        }
    }
}

extension FairnessStrength {
    var ladderName: String {
        switch self {
        case .none: "no fairness"
        case .weak: "weak"
        case .strong: "strong"
        }
    }
}
