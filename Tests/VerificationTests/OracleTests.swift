import CSP
import Foundation
import Testing
import Verification

@Suite("The engine agrees with a naive interpreter of CSP's semantics")
struct OracleTests {
    static let limit = 300
    /// Seeds in each of twenty blocks; `BANQUET_ORACLE_SEEDS` asks for more than a quick run wants.
    static let seeds = ProcessInfo.processInfo.environment["BANQUET_ORACLE_SEEDS"].flatMap(Int.init) ?? 60

    struct Tally: CustomStringConvertible {
        var pairs = 0
        var verdicts = 0
        /// Pairs that have too many states for the oracle.
        var tooLarge = 0
        var failing = 0
        /// Verdicts `unknown`, for a part that alone never becomes finite, though the whole does: by the reason that is given.
        var refused: [String: Int] = [:]
        var refusals: Int { refused.values.reduce(0, +) }

        var description: String {
            let causes = refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
            return "\(pairs) pairs, \(verdicts) verdicts, of which \(failing) `fails` and \(refusals) `unknown`"
                + (causes.isEmpty ? "" : " (\(causes.joined(separator: ", ")))")
                + "; \(tooLarge) pairs too large for the oracle"
        }
    }

    /// One seed: a system of definitions, two processes, every check on them.
    func compare(seed: UInt64, componentStates: Int, tally: inout Tally) throws {
        var source = RandomProcesses(seed: seed)
        let system = source.system()
        let first = source.process(depth: 3)
        let second = source.mutated(first)
        let oracle = NaiveChecker(system, alphabet: Set(0..<source.events), limit: Self.limit)
        let translation = Translation(system, events: source.events)
        var options = VerificationOptions(maximumStates: 100_000)
        options.componentStates = componentStates
        let verifier = Verifier(store: translation.store, options: options)
        let (p, q) = (translation.process(first), translation.process(second))

        func expect(_ property: EvaluatedAssertion.Property, _ truth: Bool, _ what: String) {
            let site = AssertionSite(file: "generated", line: 1, column: 1, text: what, isNegated: false)
            let report = verifier.check(EvaluatedAssertion(site: site, property: property))
            tally.verdicts += 1
            if report.verdict == .unknown, report.isRefused, let why = report.explanation,
                why.contains("never becomes finite")
            {
                tally.refused["seed \(seed): \(why)", default: 0] += 1
                return
            }
            if !truth { tally.failing += 1 }
            #expect(
                report.verdict == (truth ? .holds : .fails),
                "seed \(seed), \(what): \(report.explanation ?? "")\n\(system)\n\(first)\n\(second)")
        }

        do {
            // What is too large for the oracle is not asked of the engine either.
            let firstState = try oracle.state(first)
            let secondState = try oracle.state(second)
            expect(
                .refinement(specification: p, model: .traces, implementation: q),
                try oracle.refines(firstState, secondState, .traces), "P [T= Q")
            expect(
                .refinement(specification: p, model: .failures, implementation: q),
                try oracle.refines(firstState, secondState, .failures), "P [F= Q")
            expect(
                .refinement(specification: p, model: .failuresDivergences, implementation: q),
                try oracle.refines(firstState, secondState, .failuresDivergences), "P [FD= Q")
            let free = try oracle.isDeadlockFree(firstState)
            let finite = try oracle.isDivergenceFree(firstState)
            expect(.deadlockFree(p, .failures), free, "P :[deadlock free [F]]")
            expect(.deadlockFree(p, .failuresDivergences), free && finite, "P :[deadlock free [FD]]")
            expect(.divergenceFree(p, .failuresDivergences), finite, "P :[divergence free]")
            expect(
                .deterministic(p, .failures), try oracle.isDeterministic(firstState, .failures),
                "P :[deterministic [F]]")
            expect(
                .deterministic(p, .failuresDivergences), try oracle.isDeterministic(firstState, .failuresDivergences),
                "P :[deterministic [FD]]")
            let trace = (0..<Int.random(in: 1...4, using: &source.random)).map { _ in source.event() }
            expect(
                .hasTrace(p, .traces, trace.map(translation.event)), try oracle.hasTrace(firstState, trace),
                "P :[has trace [T]]: \(trace)")
            tally.pairs += 1
        } catch is NaiveChecker.TooLarge {
            tally.tooLarge += 1
        }
    }

    /// In every other block processes are taken apart into many components, as far as that is possible.
    @Test("Generated pairs", arguments: 0..<20)
    func generatedPairs(block: Int) throws {
        var tally = Tally()
        for seed in 0..<Self.seeds {
            try compare(
                seed: UInt64(block * 10_000 + seed), componentStates: block % 2 == 0 ? 10_000 : 1, tally: &tally)
        }
        print("oracle, block \(block): \(tally)")
        #expect(tally.refusals * 500 < tally.verdicts, "\(tally)")
        #expect(tally.pairs * 4 > Self.seeds * 3, "\(tally)")
        #expect(tally.failing * 5 > tally.verdicts && tally.failing * 5 < tally.verdicts * 4, "one-sided: \(tally)")
    }
}
