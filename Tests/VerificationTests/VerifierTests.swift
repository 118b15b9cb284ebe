import CSP
import Testing
import Verification

@Suite("Verdicts on processes built by hand")
struct VerifierTests {
    let models = Models()
    var store: ProcessStore { models.store }

    func check(_ property: EvaluatedAssertion.Property, negated: Bool = false) -> AssertionReport {
        Verifier(store: store).check(models.assertion(property, negated: negated))
    }

    @Test("Philosophers deadlock after each took a fork, by a shortest run")
    func philosophersDeadlock() throws {
        let report = check(.deadlockFree(models.philosophers(4), .failures))
        #expect(report.verdict == .fails)
        let counterexample = try #require(report.counterexample)
        #expect(counterexample.kind == .deadlock)
        #expect(counterexample.events.count == 8)
        #expect(Set(counterexample.trace) == Set((0..<4).flatMap { ["sit.\($0)", "pick.\($0).\($0)"] }))
        #expect(counterexample.components.first { $0.process == "PHIL(0)" }?.waitsFor == ["FORK(1)"])
    }

    @Test("One philosopher who takes his forks the other way round repairs it", arguments: [false, true])
    func asymmetricPhilosophers(negated: Bool) {
        let report = check(.deadlockFree(models.philosophers(4, asymmetric: true), .failures), negated: negated)
        #expect(report.verdict == (negated ? .fails : .holds))
    }

    @Test("The state counts of the symmetric philosophers are those that other checkers find")
    func philosophersCount() {
        let report = check(.divergenceFree(models.philosophers(8), .failuresDivergences))
        #expect(report.verdict == .holds)
        #expect(report.states == 295_423)
        #expect(report.transitions == 1_945_592)
    }
}
