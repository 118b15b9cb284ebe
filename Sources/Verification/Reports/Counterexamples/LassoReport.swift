import CSP
import ModelChecking

/// Lassos with what their events mean: who begins to wait, who overtakes, and who refuses what is waited for.
struct LassoWording {
    let words: Wording
    let pairs: [(first: Event, second: Event)]

    /// Who waits: what the two events have in common after their channels, such as `low.0` of `submit.low.0` and `start.low.0`; the second
    /// event where they have no name in common, for a bare number names nobody.
    func waiter(_ pair: Int) -> String { commonName(pair) ?? words.store.name(of: pairs[pair].second) }

    private func commonName(_ pair: Int) -> String? {
        func fields(_ event: Event) -> Substring { words.store.name(of: event).drop { $0 != "." }.dropFirst() }
        let common = fields(pairs[pair].first)
        return common == fields(pairs[pair].second) && common.contains(where: \.isLetter) ? String(common) : nil
    }

    /// What it means that the first event of a pair happens.
    private func beginning(_ pair: Int) -> String {
        commonName(pair).map { "\($0) begins to wait" } ?? "\(waiter(pair)) is waited for from here"
    }

    /// A run on which a pair waits for ever.
    func starvation(_ lasso: StarvationResult.Lasso) -> CounterexampleReport {
        let second = words.store.name(of: pairs[lasso.pair].second)
        let (stem, cycle) = events(lasso)
        var report = CounterexampleReport(
            kind: .lasso, summary: "\(waiter(lasso.pair)) can starve", events: stem, cycle: cycle, reason: "",
            words: words)
        if lasso.terminates {
            report.reason = "\(second) never follows: the process has terminated"
        } else if cycle.isEmpty {
            report.reason = "\(second) never follows: nothing can happen any more"
            report.describeEnd(lasso.end, words)
        } else {
            let refusal = CycleRefusal(Action(pairs[lasso.pair].second), lasso, words)
            report.reason = refusal.sentence
            report.refused = [refusal.refused]
            report.because = waitsOfTheIdle(refusal.refusing, lasso)
            report.describeEnd(lasso.end, words)
        }
        return report
    }

    /// A run that reaches the bound on overtaking, or can be extended beyond any bound.
    func overtaking(_ run: StarvationResult.Lasso, bound: Int?) -> CounterexampleReport {
        let (stem, cycle) = events(run)
        let who = waiter(run.pair)
        let summary =
            bound.map { "\(who) can be overtaken \($0.counted("time"))" } ?? "\(who) can be overtaken without bound"
        return CounterexampleReport(
            kind: cycle.isEmpty ? .trace : .lasso, summary: summary, events: stem, cycle: cycle,
            reason: bound.map { "others are served \($0.counted("time")) in between, and never more often" }
                ?? "the cycle can be gone round any number of times: there is no bound", words: words)
    }

    /// For those who refuse what is waited for and do nothing all the way round: what they wait for themselves, and why that does not happen.
    private func waitsOfTheIdle(_ refusing: [Int], _ lasso: StarvationResult.Lasso) -> [String] {
        let active = Set(lasso.cycle.flatMap(\.participants))
        let standing = words.network.standing(in: lasso.end)
        return refusing.filter { !active.contains($0) }.prefix(3).compactMap { idle in
            guard let name = words.names[idle], let offer = standing[idle].offers.first else { return nil }
            return "\(name) waits for \(words.name(offer.action)): \(CycleRefusal(offer.action, lasso, words).sentence)"
        }
    }

    private func events(
        _ lasso: StarvationResult.Lasso
    ) -> (stem: [CounterexampleReport.Event], cycle: [CounterexampleReport.Event]) {
        let who = waiter(lasso.pair)
        let own = pairs[lasso.pair]
        let seconds = Set(pairs.map { Action($0.second) }).subtracting([Action(own.second)])
        var firsts: [Action: String] = [:]
        for (index, pair) in pairs.enumerated() where pair.first != own.first && pair.second != own.second {
            firsts[Action(pair.first)] = beginning(index)
        }
        func event(_ step: Step) -> CounterexampleReport.Event {
            var event = words.event(step)
            if seconds.contains(step.action) {
                event.note = "overtakes \(who)"
            } else if let other = firsts[step.action] {
                event.note = other
            }
            return event
        }
        var stem = lasso.stem.enumerated().map {
            $0.offset > lasso.beginning ? event($0.element) : words.event($0.element)
        }
        if stem.indices.contains(lasso.beginning) { stem[lasso.beginning].note = beginning(lasso.pair) }
        var cycle = lasso.cycle.map(event)
        if let last = cycle.lastIndex(where: { $0.note?.hasPrefix("overtakes") == true }) {
            cycle[last].note! += ", and so on for ever"
        }
        return (stem, cycle)
    }
}

/// Why an event does not happen while a run goes round its cycle: who is ready for it, and who refuses it, and when.
struct CycleRefusal {
    let refused: CounterexampleReport.Refused
    /// Components that refuse it at some place of the cycle, ascending.
    let refusing: [Int]
    let sentence: String

    init(_ action: Action, _ lasso: StarvationResult.Lasso, _ words: Wording) {
        let event = words.name(action)
        let places = words.network.readiness(for: action, in: lasso.around)
        guard places.allSatisfy({ $0 != nil }) else {
            refused = .init(event: event, ready: [], refusing: [])
            refusing = []
            sentence = "\(event) never follows: the system never performs it"
            return
        }
        let count = places.count
        /// The number of the step after which the run is at a place of its cycle.
        func number(_ place: Int) -> Int { lasso.stem.count + (place == 0 ? count : place) }
        func when(_ isThen: [Int]) -> String {
            if isThen.count == count { return count == 1 ? "" : " all the way round" }
            if isThen.count > 6 { return " at \(isThen.count) of the cycle's \(count) states" }
            return " after \(isThen.map(number).sorted().map(String.init).joined(separator: ", "))"
        }
        func phrases(_ members: KeyPath<Readiness, [Int]>, _ verb: (String, String) -> String) -> [String] {
            let all = Set(places.flatMap { $0![keyPath: members] }).sorted().filter { words.names[$0] != nil }
            let times = all.map { one in
                when(places.indices.filter { places[$0]![keyPath: members].contains(one) })
            }
            return zip(all, times).map { verb(words.names[$0]!, $1) }
        }
        let ready = phrases(\.ready) { "\($0)\($1)" }
        let refusals = phrases(\.refusing) { "\($0) refuses it\($1)" }
        refusing = Set(places.flatMap { $0!.refusing }).sorted()
        refused = .init(
            event: event, ready: words.processes(Set(places.flatMap { $0!.ready }).sorted()),
            refusing: words.processes(refusing))
        let possible = places.indices.filter { places[$0]!.refusing.isEmpty }
        if possible.count == count {
            sentence = "\(event) is possible\(when(possible)), and never chosen"
        } else if !possible.isEmpty {
            sentence =
                "\(event) is possible\(when(possible)), and not chosen there; else "
                + (refusals.isEmpty ? "it is not" : refusals.joined(separator: ", "))
        } else if ready.isEmpty {
            sentence = refusals.joined(separator: ", ").replacing(
                "refuses it", with: "refuses \(event)", maxReplacements: 1)
        } else {
            sentence =
                "\(event) is offered by \(ready.joined(separator: " and by ")); "
                + refusals.joined(separator: ", ")
        }
    }
}
