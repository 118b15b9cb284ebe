import CSP
import Foundation
import Testing
import Verification

@Suite("Refinement in the models that see refusals before events")
struct RefusalModelTests {
    private static let channels = "channel a, b, c\n"

    private func check(_ script: String) throws -> [AssertionReport] {
        try CheckedScript(Self.channels + script).report.assertions
    }

    @Test(
        "What F takes for the same",
        arguments: [
            // Whoever offers a also offers b.
            "S = STOP |~| (a -> STOP [] b -> STOP)\nI = STOP |~| a -> STOP\nassert S [F= I\nassert not S [V= I\nassert not S [R= I",
            // Who refused c before a does not offer b after it.
            """
            S = (a -> b -> STOP [] c -> STOP) |~| a -> c -> STOP
            I = (a -> c -> STOP [] c -> STOP) |~| a -> b -> STOP
            assert S [V= I
            assert I [VD= S
            assert not S [R= I
            assert not I [RD= S
            """,
            // Before a divergence nothing is seen to be refused, and after it nothing counts.
            "assert DIV [VD= a -> STOP\nassert DIV [RD= DIV\nassert not STOP [VD= DIV\nassert STOP [R= DIV\nassert not DIV [R= STOP",
            "assert SKIP [RD= SKIP ; SKIP\nassert not SKIP [V= STOP\nassert not STOP [V= SKIP\nassert SKIP [R= SKIP ||| SKIP",
            "assert not a -> STOP :[deadlock free [V]]\nassert SKIP :[deadlock free [RD]]\nassert not DIV :[deadlock free [RD]]",
        ])
    func examples(script: String) throws {
        for report in try check(script) {
            #expect(report.verdict == .holds, "\(report.text): \(report.explanation ?? "")")
        }
    }

    @Test("A counterexample says what was refused before which event")
    func counterexample() throws {
        let reports = try check(
            """
            S = (a -> b -> STOP [] c -> STOP) |~| a -> c -> STOP
            I = (a -> c -> STOP [] c -> STOP) |~| a -> b -> STOP
            assert S [R= I
            assert STOP |~| (a -> STOP [] b -> STOP) [V= STOP |~| a -> STOP
            """)
        let run = try #require(reports[0].counterexample)
        #expect(run.trace == ["a"])
        #expect(run.events.last?.note == "only {a} was offered before it")
        #expect(run.reason == "only {b} is offered; the specification wants all of {c}")
        let other = try #require(reports[1].counterexample)
        #expect(other.trace == ["a"])
        #expect(
            other.reason
                == "only {a} is offered before a; where the specification refuses all else, nothing is possible")
    }

    @Test("A compression that keeps less than these models tell is refused")
    func compression() throws {
        let report = try check("transparent diamond\nassert a -> STOP [R= diamond(a -> STOP)")[0]
        #expect(report.verdict == .unknown && report.isRefused)
        #expect(report.explanation?.hasPrefix("diamond(…) keeps what the models T, F and FD tell") == true)
    }

    /// `BANQUET_REFUSAL_SEEDS` asks for more than a quick run wants.
    private static let seeds =
        ProcessInfo.processInfo.environment["BANQUET_REFUSAL_SEEDS"].flatMap(UInt64.init) ?? 200

    @Test("The engine agrees with the definitions")
    func oracle() throws {
        var (compared, failing) = (0, 0)
        let models: [(CSP.SemanticModel, everyRefusal: Bool, divergences: Bool)] = [
            (.revivals, false, false), (.revivalsDivergences, false, true), (.refusals, true, false),
            (.refusalsDivergences, true, true),
        ]
        for seed in 0..<Self.seeds {
            var source = RandomProcesses(seed: seed)
            let system = source.system()
            let first = source.process(depth: 3)
            let second = source.mutated(first)
            let oracle = NaiveChecker(system, alphabet: Set(0..<source.events), limit: 25)
            let translation = Translation(system, events: source.events)
            let (p, q) = (translation.process(first), translation.process(second))
            let verifier = Verifier(store: translation.store, options: VerificationOptions(maximumStates: 20_000))
            do {
                let (specification, implementation) = (try oracle.state(first), try oracle.state(second))
                for (model, everyRefusal, divergences) in models {
                    let report = verifier.check(
                        Models().assertion(.refinement(specification: p, model: model, implementation: q)))
                    if report.verdict == .unknown { continue }
                    let length = 2
                    // A longer run shows what the definitions, so far, don't.
                    if let run = report.counterexample, run.trace.count > length { continue }
                    let lacks = try oracle.lacks(
                        specification, implementation, length: length, everyRefusal: everyRefusal,
                        divergences: divergences)
                    compared += 1
                    if lacks { failing += 1 }
                    #expect(report.verdict == (lacks ? .fails : .holds), "seed \(seed), \(model)\n\(first)\n\(second)")
                }
            } catch is NaiveChecker.TooLarge {}
        }
        print("oracle of V and R: \(compared) verdicts, of which \(failing) `fails`")
        #expect(
            compared > Self.seeds && failing * 5 > compared && failing * 5 < compared * 4, "\(compared), \(failing)")
    }
}
