import CSP
import ModelChecking
import Testing
import Verification

@Suite("Reductions don't change answers")
struct ReductionTests {
    let models = Models()
    var store: ProcessStore { models.store }

    func verifier(_ store: ProcessStore, _ reductions: Reductions) -> Verifier {
        var options = VerificationOptions(maximumStates: 50_000)
        options.reductions = reductions
        return Verifier(store: store, options: options)
    }

    /// Workers who are alike, and a dispatcher who queues what they do.
    func coordinator(workers: Int, queue: Int) -> Process {
        func worker(_ w: Int) -> Process {
            store.call(named: "WORKER(\(w))") { [self] in
                store.prefix(
                    models.event("request.\(w)"),
                    store.externalChoice(
                        ["lo", "hi"].map { models.run(["assign.\(w).\($0)", "done.\(w).\($0)"], then: worker(w)) }))
            }
        }
        func dispatcher(_ jobs: [String]) -> Process {
            store.call(named: "DISPATCHER(<\(jobs.joined(separator: ","))>)") { [self] in
                var options: [Process] = []
                if jobs.count < queue {
                    for job in ["lo", "hi"] {
                        options.append(store.prefix(models.event("submit.\(job)"), dispatcher(jobs + [job])))
                    }
                }
                if let first = jobs.first {
                    for w in 0..<workers {
                        options.append(
                            store.prefix(models.event("assign.\(w).\(first)"), dispatcher(Array(jobs.dropFirst()))))
                    }
                }
                return store.externalChoice(options)
            }
        }
        let assigned = (0..<workers).flatMap { w in ["lo", "hi"].map { "assign.\(w).\($0)" } }
        return store.parallel(
            [store.interleave((0..<workers).map(worker)), dispatcher([])], sharing: models.set(assigned))
    }

    /// Milner's scheduler.
    func scheduler(_ count: Int) -> Process {
        func cell(_ i: Int, waiting: Bool) -> Process {
            store.call(named: "\(waiting ? "C" : "A")(\(i))") { [self] in
                let next = "c.\((i + 1) % count)"
                if waiting { return store.prefix(models.event("c.\(i)"), cell(i, waiting: false)) }
                return store.prefix(
                    models.event("a.\(i)"),
                    store.externalChoice([
                        models.run(["b.\(i)", next], then: cell(i, waiting: true)),
                        models.run([next, "b.\(i)"], then: cell(i, waiting: true)),
                    ]))
            }
        }
        return store.alphabetisedParallel(
            (0..<count).map { i in
                (models.set(["a.\(i)", "b.\(i)", "c.\(i)", "c.\((i + 1) % count)"]), cell(i, waiting: i > 0))
            })
    }

    @Test("Workers who are alike count once: the coordinator with twenty of them")
    func symmetricCoordinator() {
        var options = VerificationOptions()
        options.reductions = .symmetry
        let report = Verifier(store: store, options: options)
            .check(models.assertion(.deadlockFree(coordinator(workers: 20, queue: 8), .failures)))
        #expect(report.verdict == .holds)
        #expect(report.states == 904_981)
        #expect(report.reductions == ["symmetry over WORKER(0) … WORKER(19)"])
    }

    @Test("Milner's scheduler with fourteen cells needs only one order of what is independent")
    func partialOrderOfScheduler() {
        for model in [CSP.SemanticModel.failures, .failuresDivergences] {
            let report = verifier(store, .partialOrder)
                .check(models.assertion(.deadlockFree(scheduler(14), model)))
            #expect(report.verdict == .holds)
            #expect(report.states < 2_000)
            #expect(report.reductions == ["partial order"])
        }
    }

    @Test("Who is told apart by the specification is not interchangeable")
    func specificationDistinguishes() {
        let process = coordinator(workers: 3, queue: 2)
        let zeroFirst = store.call(named: "ZERO_FIRST") { [self] in
            store.prefix(
                models.event("request.0"),
                store.process(
                    .run(
                        models.set(
                            (0..<3).flatMap { w in
                                ["request.\(w)", "assign.\(w).lo", "assign.\(w).hi", "done.\(w).lo", "done.\(w).hi"]
                            } + ["submit.lo", "submit.hi"]))))
        }
        let report = verifier(store, .symmetry)
            .check(
                models.assertion(.refinement(specification: zeroFirst, model: .traces, implementation: process)))
        #expect(report.verdict == .fails)
        #expect(report.reductions.isEmpty || report.reductions == ["symmetry over WORKER(1), WORKER(2)"])
    }

    @Test("Counterexamples are runs of the process itself", arguments: [Reductions.symmetry, .partialOrder])
    func counterexamples(reductions: Reductions) throws {
        // Three clients take two tickets each from four: in the end nobody can go on.
        let names = ["x", "y", "z"]
        let clients = names.map { models.run(["take.\($0)", "take.\($0)"], then: store.skip) }
        let counter = store.process(
            .sequential(
                tickets(4, names), store.stop))
        let system = store.parallel(
            [store.interleave(clients), counter], sharing: models.set(names.map { "take.\($0)" }))
        let plain = verifier(store, []).check(models.assertion(.deadlockFree(system, .failures)))
        let reduced = verifier(store, reductions).check(models.assertion(.deadlockFree(system, .failures)))
        #expect(plain.verdict == .fails && reduced.verdict == .fails)
        #expect(reduced.states <= plain.states)
        let trace = try #require(reduced.counterexample).trace
        #expect(trace.filter { $0.hasPrefix("take") }.count == 4)
        let has = verifier(store, []).check(
            models.assertion(.hasTrace(system, .traces, trace.filter { $0.hasPrefix("take") }.map(models.event))))
        #expect(has.verdict == .holds)
    }

    private func tickets(_ count: Int, _ names: [String]) -> Process {
        store.call(named: "TICKETS(\(count))") { [self] in
            count == 0
                ? store.skip
                : store.externalChoice(
                    names.map { store.prefix(models.event("take.\($0)"), tickets(count - 1, names)) })
        }
    }

    @Test("Generated networks of alike components: the same verdicts with and without")
    func generated() {
        var failing = 0
        var reducedOnce = 0
        for seed in 0..<150 as Range<UInt64> {
            var source = RandomProcesses(seed: seed)
            source.withPriority = false
            let translation = Translation(source.system(), events: source.events)
            let store = translation.store
            let part = source.process(depth: 2)
            // Three copies that differ in the name of their first event, which two further components watch.
            let own = (0..<3).map { store.event("own.\($0)") }
            let copies = (0..<3).map { copy in
                store.rename(translation.process(part), [(from: translation.event(0), to: own[copy])])
            }
            let other = store.rename(
                translation.process(source.process(depth: 2)), own.map { (from: translation.event(0), to: $0) })
            let all = store.eventSet(own + (Bool.random(using: &source.random) ? [translation.event(1)] : []))
            let process = store.parallel([store.interleave(copies), other], sharing: all)
            let hidden = store.hide(process, translation.set(source.set()))
            let specification = store.process(.chaos(store.eventSet(own + [translation.event(2)])))
            for property in [
                EvaluatedAssertion.Property.deadlockFree(hidden, .failures),
                .deadlockFree(hidden, .failuresDivergences), .divergenceFree(hidden, .failuresDivergences),
                .refinement(specification: specification, model: .traces, implementation: hidden),
                .refinement(specification: specification, model: .failures, implementation: hidden),
                .refinement(specification: specification, model: .failuresDivergences, implementation: hidden),
            ] {
                let assertion = models.assertion(property)
                let plain = verifier(store, []).check(assertion)
                // Too large to compare with.
                if plain.verdict == .unknown { continue }
                if plain.verdict == .fails { failing += 1 }
                for reductions in [Reductions.symmetry, .partialOrder, [.symmetry, .partialOrder]] {
                    let reduced = verifier(store, reductions).check(assertion)
                    #expect(reduced.verdict == plain.verdict, "seed \(seed), \(property)")
                    if !reduced.reductions.isEmpty { reducedOnce += 1 }
                }
            }
        }
        #expect(failing > 50)
        #expect(reducedOnce > 300)
    }

    @Test("An assertion asks for symmetry by itself, and what is not symmetrical stays as it is")
    func askedFor() throws {
        let reports = try CheckedScript(
            """
            datatype Worker = W.{0..3}
            channel take, give : Worker
            WORKER(w) = take.w -> give.w -> WORKER(w)
            WORKERS = ||| w : Worker @ WORKER(w)
            FIRST = WORKERS [| {take.W.0} |] take.W.0 -> STOP
            assert WORKERS :[deadlock free] :[symmetry reduce]
            assert WORKERS :[deadlock free] :[symmetry reduce]: Worker, {0..3}
            assert RUN({| take, give |}) [FD= FIRST :[symmetry reduce]: Worker
            assert WORKERS :[deadlock free] :[symmetry reduce]: 3
            """
        ).report
        #expect(reports.assertions.prefix(2).map(\.states) == [5, 5])
        #expect(reports.assertions[0].reductions == ["symmetry over WORKER(W.0) … WORKER(W.3)"])
        #expect(reports.assertions[2].verdict == .fails)
        #expect(reports.assertions[2].reductions == ["symmetry over WORKER(W.1) … WORKER(W.3)"])
    }
}
