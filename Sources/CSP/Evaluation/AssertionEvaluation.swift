extension Program {
    /// What can't be evaluated, though it has a type.
    var faults: [Diagnostic] {
        lowering.faults.map { Diagnostic(.error, .evaluation, $0.message, at: $0.range, in: tree.sources) }
    }

    func evaluate(_ expression: Expression) throws(EvaluationError) -> Value {
        try machine.run { () throws(EvaluationError) in
            try checkHeads()
            return try lowering.lowerAlone(expression).evaluate()
        }
    }

    func evaluate(_ assertion: Assertion) throws(EvaluationError) -> EvaluatedAssertion {
        try machine.run { () throws(EvaluationError) in
            do throws(EvaluationError) {
                try checkHeads()
                var result = EvaluatedAssertion(site: site(of: assertion), property: try property(of: assertion))
                for option in assertion.options { try apply(option, to: &result, assertion.range) }
                return result
            } catch {
                throw error.placed(at: assertion.range)
            }
        }
    }

    func site(of assertion: Assertion) -> AssertionSite {
        let location = tree.sources.location(of: assertion.range)
        let words = tree.sources.text(of: assertion.range).split(whereSeparator: \.isWhitespace)
        return AssertionSite(
            file: location.path, line: location.line, column: location.column, text: words.joined(separator: " "),
            isNegated: assertion.isNegated)
    }

    private func property(of assertion: Assertion) throws(EvaluationError) -> EvaluatedAssertion.Property {
        switch assertion.kind {
        case .refinement(let specification, let model, let implementation):
            return .refinement(
                specification: try process(specification), model: model, implementation: try process(implementation))
        case .property(let subject, let property):
            return try evaluate(property, of: process(subject), assertion.model)
        }
    }

    private func evaluate(
        _ property: Assertion.Property, of process: Process, _ asked: SemanticModel?
    ) throws(EvaluationError) -> EvaluatedAssertion.Property {
        let model = asked ?? .failuresDivergences
        switch property {
        case .deadlockFree: return .deadlockFree(process, model)
        case .divergenceFree: return .divergenceFree(process, model)
        case .deterministic: return .deterministic(process, model)
        case .hasTrace(let trace): return .hasTrace(process, asked ?? .traces, try events(inOrder: trace))
        case .linearTemporal(let formula): return .linearTemporal(process, try evaluate(formula))
        case .starvationFree(let fairness, let pairs):
            return .starvationFree(process, try evaluate(fairness), pairs: try eventPairs(pairs))
        case .overtakingBounded(let bound, let fairness, let pairs):
            let value = try lowering.lowerAlone(bound).evaluate()
            guard case .integer(let number) = value, number >= 0 else {
                throw EvaluationError(
                    "the bound has to be a number that isn't negative, not \(value.brief)", at: bound.range)
            }
            return .overtakingBounded(process, by: number, try evaluate(fairness), pairs: try eventPairs(pairs))
        }
    }

    private func apply(
        _ option: Assertion.Option, to result: inout EvaluatedAssertion, _ range: SourceRange
    ) throws(EvaluationError) {
        switch option {
        case .tauPriority(let set): result.tauPriority = try eventSet(set)
        case .partialOrderReduce(let strategy):
            guard let strategy else {
                result.partialOrderReduction = .unspecified
                return
            }
            guard let known = PartialOrderReduction(rawValue: strategy) else {
                throw EvaluationError(
                    "partial order reduce has no strategy \(strategy): it has hybrid, precise and fast", at: range)
            }
            result.partialOrderReduction = known
        case .symmetryReduce(let types):
            for type in types {
                guard case .set = try lowering.lowerAlone(type).evaluate() else {
                    throw EvaluationError("symmetry reduce wants sets of values, such as a datatype", at: type.range)
                }
            }
            result.reducesSymmetry = true
        }
    }

    private func process(_ expression: Expression) throws(EvaluationError) -> Process {
        try lowering.lowerAlone(expression).process()
    }

    private func eventSet(_ expression: Expression) throws(EvaluationError) -> EventSet {
        try lowering.lowerAlone(expression).eventSet()
    }

    private func events(inOrder expression: Expression) throws(EvaluationError) -> [Event] {
        let value = try lowering.lowerAlone(expression).evaluate()
        guard case .sequence(let sequence) = value else {
            throw EvaluationError("a sequence of events was expected here", at: expression.range)
        }
        var events: [Event] = []
        for element in try sequence.allElements() { events.append(try machine.event(element.settled())) }
        return events
    }

    private func eventPairs(_ expression: Expression) throws(EvaluationError) -> [(first: Event, second: Event)] {
        let value = try lowering.lowerAlone(expression).evaluate()
        var pairs: [(first: Event, second: Event)] = []
        let call = BuiltinCall(builtin: .set, arguments: [value])
        for (first, second) in try call.pairs(0) { pairs.append((try machine.event(first), try machine.event(second))) }
        return pairs
    }

    private func evaluate(_ fairness: Assertion.Fairness) throws(EvaluationError) -> FairnessAssumption {
        let strength: FairnessAssumption.Strength =
            switch fairness.strength {
            case .none: .none
            case .weak: .weak
            case .strong: .strong
            }
        return FairnessAssumption(
            strength, events: try fairness.events.map { set throws(EvaluationError) in try eventSet(set) })
    }

    // MARK: Linear temporal logic

    private func evaluate(_ formula: TemporalFormula) throws(EvaluationError) -> LinearTemporalFormula {
        switch formula {
        case .constant(let truth): return .constant(truth)
        case .occurs(let events):
            return switch TemporalFormula.Unseen(events) {
            case .tick: .performsTick
            case .tau: .performsTau
            case nil: .performs(try eventsMeant(by: events))
            }
        case .enabled(let events): return .enabled(try eventsMeant(by: events))
        case .deadlock: return .deadlock
        case .not(let inner): return .not(try evaluate(inner))
        case .binary(let connective, let left, let right):
            let (a, b) = (try evaluate(left), try evaluate(right))
            switch connective {
            case .and: return .and(a, b)
            case .or: return .or(a, b)
            case .implies: return .implies(a, b)
            case .equivalent: return .and(.implies(a, b), .implies(b, a))
            case .until: return .until(a, b)
            case .weakUntil: return .weakUntil(a, b)
            case .release: return .release(a, b)
            }
        case .temporal(let modality, let inner):
            let operand = try evaluate(inner)
            switch modality {
            case .next: return .next(operand)
            case .globally: return .globally(operand)
            case .eventually: return .finally(operand)
            }
        case .fair(let strength, let expression):
            let set = try eventsMeant(by: expression)
            return strength == .strong ? .stronglyFair(set) : .weaklyFair(set)
        case .fairToAll(let strength): return strength == .strong ? .stronglyFairToAll : .weaklyFairToAll
        }
    }

    /// An event, a channel or the beginning of an event (all that completes it), or a set of events.
    private func eventsMeant(by expression: Expression) throws(EvaluationError) -> EventSet {
        let value = try lowering.lowerAlone(expression).evaluate()
        if case .set(let set) = value { return try machine.eventSet(set) }
        return try machine.eventSet(value.settled().productions())
    }

    // MARK: Printing

    /// Unfolds what can be reached from a process, so that errors in it show up; stops where it seems to have no end.
    func unfoldAll(from process: Process) throws(EvaluationError) {
        var seen = Set<Process>([process])
        var pending = [process]
        var next = 0
        while next < pending.count, next < Self.unfoldedMax {
            let head = try machine.store.unfold(pending[next])
            next += 1
            for operand in head.operands where seen.insert(operand).inserted { pending.append(operand) }
        }
    }

    private static let unfoldedMax = 10_000
}

extension Process {
    /// The terms that this one is made of; none for a call.
    public var operands: [Process] {
        switch term {
        case .stop, .skip, .div, .run, .chaos, .call, .provided: []
        case .prefix(_, let p), .hide(let p, _), .project(let p, _), .rename(let p, _), .prioritise(let p, _),
            .prioritisePartialOrder(let p, _, _, _), .compress(_, let p):
            [p]
        case .externalChoice(let ps), .internalChoice(let ps), .interleave(let ps), .generalisedParallel(_, let ps),
            .synchronisingExternalChoice(_, let ps):
            ps
        case .slidingChoice(let p, let q), .interrupt(let p, let q), .exception(let p, _, let q),
            .sequential(let p, let q),
            .linkedParallel(_, let p, let q), .synchronisingInterrupt(let p, _, let q):
            [p, q]
        case .alphabetisedParallel(let ps): ps.map(\.process)
        }
    }
}

extension Value {
    /// Without suspended parts as far as it has an end; an endless sequence stays as it is.
    func forPrinting() throws(EvaluationError) -> Value {
        if case .sequence(let sequence) = self, sequence.firstOfIntegers != nil { return self }
        return try settled()
    }
}
