import CSP
import Testing
import Verification

@Suite("Compressions and priorities")
struct CompressionTests {
    static let keepingMeaning: [Compression] = [
        .explicate, .lazyenumerate, .sbisim, .dbisim, .wbisim, .diamond, .normal, .lazynorm, .tau_loop_factor,
        .model_compress,
    ]

    /// Both ways in each model; nil where the process never becomes finite.
    func equal(_ p: Process, _ q: Process, _ verifier: Verifier, _ models: Models) -> Bool? {
        for model in [CSP.SemanticModel.traces, .failures, .failuresDivergences] {
            for (specification, implementation) in [(p, q), (q, p)] {
                let report = verifier.check(
                    models.assertion(
                        .refinement(specification: specification, model: model, implementation: implementation)))
                if report.verdict == .unknown { return nil }
                if report.verdict == .fails { return false }
            }
        }
        return true
    }

    @Test("A compressed process is equal to the process, alone and beside others", arguments: keepingMeaning)
    func keepsMeaning(compression: Compression) {
        var compared = 0
        for seed in 0..<150 as Range<UInt64> {
            var source = RandomProcesses(seed: seed)
            let translation = Translation(source.system(), events: source.events)
            let store = translation.store
            let process = translation.process(source.process(depth: 3))
            let other = translation.process(source.process(depth: 2))
            let shared = translation.set(source.set())
            let compressed = store.process(.compress(compression, process))
            func beside(_ process: Process) -> Process { store.parallel([process, other], sharing: shared) }
            let verifier = Verifier(store: store, options: VerificationOptions(maximumStates: 20_000))
            let models = Models()
            for (p, q) in [(process, compressed), (beside(process), beside(compressed))] {
                guard let same = equal(p, q, verifier, models) else { continue }
                compared += 1
                #expect(same, "\(compression), seed \(seed)")
            }
        }
        #expect(compared > 200)
    }

    @Test("Fewer states, and none of them lost for the answer")
    func compresses() {
        let models = Models()
        let store = models.store
        // Two interleaved hidden events make a diamond of taus, which means nothing.
        let hidden = store.hide(
            store.interleave([
                models.run(["a"], then: store.stop), models.run(["b"], then: store.stop),
                models.run(["c"], then: store.stop),
            ]), models.set(["a", "b"]))
        let verifier = Verifier(store: store)
        func states(_ compression: Compression) -> Int {
            verifier.check(
                models.assertion(.divergenceFree(store.process(.compress(compression, hidden)), .failuresDivergences))
            ).states
        }
        #expect(states(.explicate) == 8)
        #expect(states(.sbisim) < 8)
        for compression in [Compression.wbisim, .dbisim] { #expect(states(compression) == 2) }
        #expect(states(.normal) == 2)
        #expect(states(.diamond) < states(.explicate))
    }

    @Test("What does not keep enough for the question is refused by name", arguments: [Compression.diamond, .normal])
    func refused(compression: Compression) {
        let models = Models()
        let store = models.store
        let compressed = store.process(.compress(compression, models.run(["a", "b"], then: store.stop)))
        let verifier = Verifier(store: store)
        let reports = [
            verifier.check(
                models.assertion(
                    .deadlockFree(store.process(.prioritise(compressed, [models.set(["a"])])), .failures))),
            verifier.check(
                models.assertion(
                    .starvationFree(
                        compressed, FairnessAssumption(.weak),
                        pairs: [(first: models.event("a"), second: models.event("b"))]))),
        ]
        for report in reports {
            #expect(report.verdict == .unknown && report.isRefused)
            #expect(report.explanation?.contains(compression.rawValue) == true)
        }
    }

    @Test("Chasing sees one way through independent silent steps")
    func chase() {
        let models = Models()
        let store = models.store
        let names = (0..<24).map { "h.\($0)" }
        let many = store.interleave(names.map { models.run([$0], then: store.skip) })
        let hidden = store.hide(store.sequential(many, models.run(["a"], then: store.stop)), models.set(names))
        let chased = store.process(.compress(.chase, hidden))
        let report = Verifier(store: store, options: VerificationOptions(maximumStates: 20_000))
            .check(models.assertion(.hasTrace(chased, .traces, [models.event("a")])))
        #expect(report.verdict == .holds)
    }

    @Test("What chasing leaves is a refinement, and the same where nothing is left to chance")
    func chaseRefines() {
        var (compared, same) = (0, 0)
        for seed in 0..<200 as Range<UInt64> {
            var source = RandomProcesses(seed: seed)
            let translation = Translation(source.system(), events: source.events)
            let store = translation.store
            let process = translation.process(source.process(depth: 3))
            let verifier = Verifier(store: store, options: VerificationOptions(maximumStates: 20_000))
            let models = Models()
            func verdict(_ property: EvaluatedAssertion.Property) -> AssertionReport.Verdict {
                verifier.check(models.assertion(property)).verdict
            }
            for compression in [Compression.chase, .chase_nocache] {
                let chased = store.process(.compress(compression, process))
                for model in [CSP.SemanticModel.traces, .failures, .failuresDivergences] {
                    let refined = verdict(
                        .refinement(specification: process, model: model, implementation: chased))
                    if refined == .unknown { continue }
                    compared += 1
                    #expect(refined == .holds, "\(compression), \(model), seed \(seed)")
                }
                if verdict(.deterministic(process, .failuresDivergences)) == .holds {
                    same += 1
                    #expect(equal(process, chased, verifier, models) == true, "\(compression), seed \(seed)")
                }
            }
        }
        #expect(compared > 600 && same > 50)
    }

    @Test(
        "Who could do anything is chased while his states are explored, where he is few enough states in what surrounds him"
    )
    func chaseInContext() throws {
        let checked = try CheckedScript(
            """
            external chase
            FACTS = {0..19}
            channel learn, infer, say : FACTS
            FACT(i) = learn.i -> infer.i -> KNOWN(i)
            KNOWN(i) = say.i -> KNOWN(i)
            SPY = chase((||| i : FACTS @ FACT(i)) \\ {| infer |})
            HEAR(n) = learn?i:{n, n + 1} -> say?j -> (if n < 3 then HEAR(n + 1) else STOP)
            SYSTEM = SPY [| {| learn, say |} |] HEAR(0)
            SPEC(n, known) = learn?i:diff({n, n + 1}, known) -> SAID(n, union(known, {i}))
            SAID(n, known) = say?j:known -> (if n < 3 then SPEC(n + 1, known) else STOP)
            assert SPEC(0, {}) [FD= SYSTEM
            assert SYSTEM [FD= SPEC(0, {})
            assert not SYSTEM :[has trace]: <learn.1, say.0>
            assert SYSTEM :[divergence free]
            assert SYSTEM \\ {| say |} :[has trace]: <learn.1, learn.2>
            """, options: VerificationOptions(maximumStates: 30_000))
        #expect(checked.report.assertions.map(\.verdict) == Array(repeating: .holds, count: 5))
        #expect(checked.report.errors.isEmpty)
    }

    @Test("A partial order that is a row of classes is the priority of the row")
    func partialOrder() {
        var compared = 0
        for seed in 0..<300 as Range<UInt64> {
            var source = RandomProcesses(seed: seed)
            source.withPriority = false
            let translation = Translation(source.system(), events: source.events)
            let store = translation.store
            let process = translation.process(source.process(depth: 3))
            let events = (0..<source.events).map(translation.event)
            let rows = store.process(
                .prioritise(
                    process, [store.eventSet([events[1]]), store.eventSet([events[0]]), store.eventSet([events[2]])]))
            let partial = store.process(
                .prioritisePartialOrder(
                    process, store.eventSet(events),
                    order: [(events[0], events[1]), (events[2], events[0]), (events[2], events[1])].map {
                        (lower: $0.0, higher: $0.1)
                    }, maximal: store.eventSet([events[1]])))
            let verifier = Verifier(store: store, options: VerificationOptions(maximumStates: 20_000))
            guard let same = equal(rows, partial, verifier, Models()) else { continue }
            compared += 1
            #expect(same, "seed \(seed)")
        }
        #expect(compared > 200)
    }

    @Test("10^20 and 10^1000 dining philosophers")
    func philosophersByTens() {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let report = FileCheck.run(path: "/\(root)/Specs/lab/philosophers-by-tens.csp")
        #expect(report.errors.isEmpty)
        #expect(report.assertions.map(\.verdict) == [.holds, .holds, .holds, .holds])
    }

    @Test("A specification without a finite form is still violated by an event that it never mentions")
    func infiniteSpecification() {
        let models = Models()
        let store = models.store
        let growing = store.call(named: "GROWING") {
            store.sequential(
                models.run(["a"], then: store.skip),
                store.interleave([store.call(named: "GROWING") { store.stop }, models.run(["b"], then: store.skip)]))
        }
        func check(_ event: String) -> AssertionReport {
            Verifier(store: store).check(
                models.assertion(
                    .refinement(
                        specification: growing, model: .traces, implementation: models.run([event], then: store.stop))))
        }
        #expect(check("c").verdict == .fails)
        #expect(check("a").verdict == .unknown)
    }
}
