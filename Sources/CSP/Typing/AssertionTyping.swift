/// Assertions: processes, and what is asked of them.
extension TypeInference {
    func check(_ assertion: Assertion) {
        switch assertion.kind {
        case .refinement(let specification, _, let implementation):
            expectProcess(specification, "the left side of a refinement")
            expectProcess(implementation, "the right side of a refinement")
        case .property(let process, let property):
            expectProcess(process, "what is checked")
            check(property)
        }
        for option in assertion.options {
            switch option {
            case .tauPriority(let events): expect(events, .set(.event), .place("the set of `tau priority`"))
            case .partialOrderReduce: break
            case .symmetryReduce(let values): for value in values { infer(value) }
            }
        }
    }

    private func check(_ property: Assertion.Property) {
        switch property {
        case .deadlockFree, .divergenceFree, .deterministic: break
        case .hasTrace(let trace): expectTrace(trace)
        case .linearTemporal(let formula): for events in formula.expressions { expectEventOrEvents(events) }
        case .starvationFree(let fairness, let pairs):
            check(fairness)
            expectPairs(pairs)
        case .overtakingBounded(let bound, let fairness, let pairs):
            expect(bound, .int, .place("the bound of overtaking"))
            check(fairness)
            expectPairs(pairs)
        }
    }

    private func expectTrace(_ trace: Expression) {
        guard case .collection(.sequence, .list(let events), let statements) = trace.kind, statements.isEmpty else {
            expect(trace, .sequence(.event), .place("the trace"))
            return
        }
        for event in events { expect(event, .event, .place("an element of the trace")) }
        expressionTypes[trace.id] = .sequence(.event)
    }

    private func check(_ fairness: Assertion.Fairness) {
        if let events = fairness.events { expect(events, .set(.event), .place("the set of fair events")) }
    }

    /// Who waits, and for what: both are complete events.
    private func expectPairs(_ pairs: Expression) {
        expect(pairs, .set(.tuple([.event, .event])), .place("this set of pairs, a request and its answer,"))
    }

    /// An event, a channel or a set of events.
    private func expectEventOrEvents(_ expression: Expression) {
        let type = infer(expression).resolved
        if case .set = type {
            unify(.set(.event), type, at: expression.range, .place("the events of a formula"))
        } else {
            unify(
                .extendable(.event, unifier.freshVariable()), type, at: expression.range,
                .place("the event of a formula"))
        }
    }
}
