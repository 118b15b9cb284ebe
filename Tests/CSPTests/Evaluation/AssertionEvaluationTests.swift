import CSP
import Testing

/// Assertions, evaluated.
@Suite struct AssertionEvaluationTests {
    private let script = """
        channel tock
        channel a, b : {0..1}
        P = a?x -> b!x -> P
        assert P [FD= P :[tau priority over]: {tock}
        assert not P :[deadlock free [F]]
        assert P :[divergence free]
        assert P :[has trace [T]]: <a.0, b.0>
        assert P :[deterministic]   :[partial order reduce [precise]]
        assert P |= LTL: "WEF => G ([a.0] => F [b])"
        assert P :[starvation free [SF {| a |}]]: {(a.x, b.x) | x <- {0..1}}
        assert P :[overtaking bounded by 1 + 1 [none]]: {(a.0, b.0)}
        """

    private func evaluated() throws -> (Script, [EvaluatedAssertion]) {
        let script = try Script.load(text: script, path: "test.csp")
        return (script, try script.assertions.map { try script.evaluate($0) })
    }

    @Test func refinement() throws {
        let (script, assertions) = try evaluated()
        guard case .refinement(let specification, .failuresDivergences, let implementation) = assertions[0].property
        else {
            Issue.record("not a refinement")
            return
        }
        #expect(specification === implementation)
        #expect(specification.name == "P")
        #expect(assertions[0].tauPriority?.events.map(script.store.name) == ["tock"])
        #expect(assertions[0].site.line == 4)
        #expect(assertions[0].site.file == "test.csp")
    }

    @Test func properties() throws {
        let (script, assertions) = try evaluated()
        #expect(assertions.map(\.site.isNegated) == [false, true, false, false, false, false, false, false])
        guard case .deadlockFree(_, .failures) = assertions[1].property,
            case .divergenceFree(_, _) = assertions[2].property,
            case .hasTrace(_, .traces, let trace) = assertions[3].property, case .deterministic = assertions[4].property
        else {
            Issue.record("\(assertions)")
            return
        }
        #expect(trace.map(script.store.name) == ["a.0", "b.0"])
        #expect(assertions[4].partialOrderReduction == .precise)
        #expect(assertions[4].site.text == "assert P :[deterministic] :[partial order reduce [precise]]")
    }

    @Test func liveness() throws {
        let (script, assertions) = try evaluated()
        guard
            case .linearTemporal(
                _, .implies(.weaklyFairToAll, .globally(.implies(.performs(let a), .finally(.performs(let b)))))) =
                assertions[5].property,
            case .starvationFree(_, let strong, let pairs) = assertions[6].property,
            case .overtakingBounded(_, 2, let none, let others) = assertions[7].property
        else {
            Issue.record("\(assertions)")
            return
        }
        let names = script.store.name(of:)
        #expect(a.events.map(names) == ["a.0"])
        #expect(b.events.map(names) == ["b.0", "b.1"])
        #expect(strong.strength == .strong)
        #expect(strong.events?.events.map(names) == ["a.0", "a.1"])
        #expect(pairs.map { names($0.first) + names($0.second) } == ["a.0b.0", "a.1b.1"])
        #expect(none.strength == .none)
        #expect(none.events == nil)
        #expect(others.count == 1)
    }

    @Test func errorsSayWhereAndInWhichCall() throws {
        let script = try Script.load(
            text: """
                channel c : {0..1}
                f(x) = g(x + 1)
                g(y) = 10 / (y - 3)
                P = c!f(2) -> STOP
                assert P :[deadlock free]
                """, path: "bad.csp")
        let process = try script.evaluate(script.assertions[0])
        guard case .deadlockFree(let process, _) = process.property else { return }
        #expect { try script.store.unfold(process) } throws: { error in
            let text = "\(error)"
            return text.contains("bad.csp:3:8: error: division by zero") && text.contains("in g(3) at bad.csp:2")
                && text.contains("in f(2)")
        }
    }

    @Test func limitsStopAnEvaluation() throws {
        let script = try Script.load(text: "f(n) = if n == 0 then f(1) else f(0)\nlen = #<x | x <- <0..>, x < 0>")
        script.limit(steps: 100_000)
        #expect { try script.evaluate("f(0)") } throws: { "\($0)".contains("more than 100000 steps") }
        var asked = 0
        script.limit {
            asked += 1
            return asked > 2
        }
        #expect { try script.evaluate("f(0)") } throws: { "\($0)".contains("stopped") }
        #expect(asked > 2)
    }
}
