import CSP
import Testing
import Verification

@Suite("Starvation, overtaking and temporal logic")
struct LivenessTests {
    let models = Models()
    var store: ProcessStore { models.store }

    func check(_ property: EvaluatedAssertion.Property) -> AssertionReport {
        Verifier(store: store).check(models.assertion(property))
    }

    func starvation(
        _ process: Process, _ first: String, _ second: String, _ strength: FairnessAssumption.Strength,
        events: [String]? = nil
    ) -> AssertionReport {
        let assumption = FairnessAssumption(strength, events: events.map(models.set))
        return check(.starvationFree(process, assumption, pairs: [(models.event(first), models.event(second))]))
    }

    /// In turn: a -> …, b -> …, for ever.
    func choice(_ names: [String]) -> Process {
        store.call(named: names.joined(separator: "|")) { [self] in
            store.externalChoice(names.map { store.prefix(models.event($0), choice(names)) })
        }
    }

    @Test("An event that is always there is neglected without fairness, and not under weak fairness")
    func weakFairness() {
        let process = choice(["a", "b"])
        #expect(starvation(process, "a", "b", .none).verdict == .fails)
        #expect(starvation(process, "a", "b", .weak).verdict == .holds)
        #expect(starvation(process, "a", "b", .weak).fairness?.text == "no fairness: starves   weak: holds   strong: holds")
        #expect(starvation(process, "a", "b", .weak, events: ["a"]).verdict == .fails)
    }

    @Test("An event that comes and goes needs strong fairness")
    func strongFairness() throws {
        // P = a -> (b -> P [] c -> P)
        let process = store.call(named: "P") { [self] in
            store.prefix(
                models.event("a"),
                store.externalChoice([
                    models.run(
                        ["b"], then: store.call(named: "P") { () throws(EvaluationError) in fatalError("known") }),
                    models.run(
                        ["c"], then: store.call(named: "P") { () throws(EvaluationError) in fatalError("known") }),
                ]))
        }
        let weak = starvation(process, "a", "b", .weak)
        #expect(weak.verdict == .fails)
        #expect(starvation(process, "a", "b", .strong).verdict == .holds)
        let lasso = try #require(weak.counterexample)
        #expect(lasso.kind == .lasso)
        #expect(lasso.cycle.contains { $0.event == "c" } && !lasso.cycle.contains { $0.event == "b" })
    }

    @Test("Philosophers: who is asymmetric starves under weak fairness and not under strong")
    func philosophers() {
        let process = models.philosophers(4, asymmetric: true)
        let report = starvation(process, "sit.0", "eat.0", .strong)
        #expect(report.verdict == .holds)
        #expect(report.fairness?.text == "no fairness: starves   weak: starves   strong: holds")
    }

    @Test("Whoever waits in a deadlock, or when all is over, starves under every fairness")
    func ends() {
        #expect(starvation(models.run(["a"], then: store.stop), "a", "b", .strong).verdict == .fails)
        #expect(starvation(models.run(["a"], then: store.skip), "a", "b", .strong).verdict == .fails)
        #expect(starvation(models.philosophers(3), "sit.0", "eat.0", .strong).verdict == .fails)
    }

    @Test("What never begins to wait is said to hold vacuously")
    func vacuity() {
        let report = starvation(choice(["a", "b"]), "never", "b", .weak)
        #expect(report.verdict == .holds)
        #expect(report.notes == ["vacuous: the process never performs never, so nothing was shown"])
    }

    @Test("A limit leaves a liveness check unknown")
    func limit() {
        let options = VerificationOptions(maximumStates: 10)
        let property = EvaluatedAssertion.Property.starvationFree(
            models.philosophers(4, asymmetric: true), FairnessAssumption(.strong),
            pairs: [(models.event("sit.0"), models.event("eat.0"))])
        #expect(Verifier(store: store, options: options).check(models.assertion(property)).verdict == .unknown)
    }

    @Test("Overtaking: the exact bound of a queue, and none for a stack of choices")
    func overtaking() {
        func bounded(_ process: Process, by bound: Int) -> AssertionReport {
            let pairs = [("in.0", "out.0"), ("in.1", "out.1")].map {
                (first: models.event($0.0), second: models.event($0.1))
            }
            return check(.overtakingBounded(process, by: bound, FairnessAssumption(.weak), pairs: pairs))
        }
        // A queue of two: at most one comes between.
        let queue = store.call(named: "QUEUE()") { [self] in self.queue([]) }
        #expect(bounded(queue, by: 1).verdict == .holds)
        #expect(bounded(queue, by: 0).verdict == .fails)
        #expect(bounded(queue, by: 1).overtaking?.bound == 1)
        #expect(bounded(choice(["in.0", "in.1", "out.0", "out.1"]), by: 100).verdict == .fails)
    }

    private func queue(_ waiting: [Int]) -> Process {
        func next(_ waiting: [Int]) -> Process {
            store.call(named: "QUEUE(\(waiting))") { [self] in queue(waiting) }
        }
        var offers: [Process] = []
        for job in 0...1 where waiting.count < 2 && !waiting.contains(job) {
            offers.append(store.prefix(models.event("in.\(job)"), next(waiting + [job])))
        }
        if let first = waiting.first {
            offers.append(store.prefix(models.event("out.\(first)"), next(Array(waiting.dropFirst()))))
        }
        return store.externalChoice(offers)
    }

    @Test("Temporal formulas on runs that end and runs that do not")
    func temporal() {
        let a = models.set(["a"])
        let b = models.set(["b"])
        func holds(_ process: Process, _ formula: LinearTemporalFormula) -> Bool {
            let report = check(.linearTemporal(process, formula))
            #expect(report.verdict != .unknown)
            return report.verdict == .holds
        }
        let once = models.run(["a", "b"], then: store.stop)
        #expect(holds(once, .globally(.implies(.performs(a), .finally(.performs(b))))))
        #expect(holds(once, .finally(.deadlock)))
        #expect(holds(once, .and(.performs(a), .next(.performs(b)))))
        #expect(!holds(once, .next(.next(.next(.constant(true))))))
        #expect(holds(once, .next(.next(.not(.next(.constant(true)))))))
        #expect(!holds(once, .globally(.finally(.performs(a)))))
        let free = choice(["a", "b"])
        #expect(!holds(free, .finally(.performs(b))))
        #expect(holds(free, .implies(.weaklyFairToAll, .globally(.finally(.performs(b))))))
        #expect(holds(free, .implies(.weaklyFair(b), .globally(.finally(.performs(b))))))
        #expect(!holds(free, .implies(.weaklyFair(a), .globally(.finally(.performs(b))))))
        #expect(holds(free, .globally(.enabled(a))))
        #expect(holds(free, .weakUntil(.performs(a), .performs(b))))
        #expect(!holds(free, .until(.performs(a), .performs(b))))
        #expect(holds(free, .release(.performs(b), .enabled(a))))
    }

    @Test("Termination and hidden steps have names in formulas, unless the script has them for itself")
    func tickAndTau() throws {
        let report = try CheckedScript(
            """
            channel a, b
            P = a -> b -> P
            assert a -> SKIP |= LTL: "[a] & X [tick]"
            assert P |= LTL: "G not [tick]"
            assert P \\ {b} |= LTL: "G ([a] => X [tau])"
            assert not P |= LTL: "F [tau]"
            """
        ).report
        #expect(report.errors.isEmpty)
        #expect(report.assertions.map(\.verdict) == Array(repeating: .holds, count: 4))
        let own = try CheckedScript("channel tick\nassert tick -> STOP |= LTL: \"[tick]\"").report
        #expect(own.assertions.map(\.verdict) == [.holds])
        let unknown = try CheckedScript("channel a\nassert a -> STOP |= LTL: \"e(tick)\"").report
        #expect(unknown.errors.map(\.phase) == ["name"])
    }
}
