import CSP
import ModelChecking

// Starvation and overtaking: what ModelChecking found, as verdicts and lassos in the words of the script.
extension Decision {
    typealias EventPairs = [(first: Event, second: Event)]

    func starvation(_ process: Process, _ assumption: FairnessAssumption, _ pairs: EventPairs) throws -> Outcome {
        let (result, words) = try respond(process, assumption, pairs)
        let strength = assumption.strength.strength
        var outcome = outcome(result, assumption, pairs, words)
        outcome.summary = pairs.count == 1 ? "\(words.waiter(0)) never starves" : "nobody starves"
        if let lasso = result.lassos[strength] {
            outcome.result.verdict = .fails(Counterexample(steps: lasso.stem, reason: .witness))
            outcome.counterexample = words.starvation(lasso)
            outcome.summary = outcome.counterexample?.summary
        }
        return outcome
    }

    func overtaking(
        _ process: Process, by bound: Int, _ assumption: FairnessAssumption, _ pairs: EventPairs
    ) throws -> Outcome {
        let (result, words) = try respond(process, assumption, pairs)
        var outcome = outcome(result, assumption, pairs, words)
        let shown = result.overtaking.run.map { words.overtaking($0, bound: result.overtaking.bound) }
        if let exact = result.overtaking.bound, exact <= bound {
            outcome.summary =
                exact == 0 ? "nobody is ever overtaken" : "nobody is overtaken more than \(exact.counted("time"))"
            outcome.witness = shown
        } else {
            outcome.result.verdict = .fails(Counterexample(steps: [], reason: .witness))
            outcome.counterexample = shown
            outcome.summary = shown?.summary
        }
        return outcome
    }

    private func respond(
        _ process: Process, _ assumption: FairnessAssumption, _ pairs: EventPairs
    ) throws -> (StarvationResult, LassoWording) {
        let network = try compile(process)
        let result = try Check.starvation(
            of: network, pairs: pairs.map { ResponsePair(first: Action($0.first), second: Action($0.second)) },
            events: assumption.events.map { Set($0.events.map { Int($0.index) }) }, limits: limits)
        return (result, LassoWording(words: Wording(network: network, store: store), pairs: pairs))
    }

    /// What both kinds of assertion report.
    private func outcome(
        _ result: StarvationResult, _ assumption: FairnessAssumption, _ pairs: EventPairs, _ words: LassoWording
    ) -> Outcome {
        var outcome = Outcome(
            result: CheckResult(verdict: .holds, states: result.states, transitions: result.transitions))
        outcome.fairness = FairnessLadder(
            assumed: assumption.strength.strength, failure: .starves,
            events: assumption.events?.events.map(store.name(of:)), holds: result.holds)
        outcome.overtaking = OvertakingReport(
            bound: result.overtaking.bound,
            cycle: result.overtaking.bound == nil
                ? (result.overtaking.run?.cycle ?? []).map { words.words.event($0).shown } : [])
        outcome.notes = vacuity(result.vacuousPairs, of: pairs)
        return outcome
    }

    private func vacuity(_ vacuous: [Int], of pairs: EventPairs) -> [String] {
        if pairs.isEmpty { return ["vacuous: there are no pairs, so nothing was shown"] }
        guard !vacuous.isEmpty else { return [] }
        let names = Set(vacuous.map { store.name(of: pairs[$0].first) }).sorted()
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
        return [
            vacuous.count == pairs.count
                ? "vacuous: the process never performs \(shown), so nothing was shown"
                : "vacuous as to \(shown): the process never performs it"
        ]
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
