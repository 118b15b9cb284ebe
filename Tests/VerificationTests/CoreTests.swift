import CSP
import Coordination
import ModelChecking
import Testing

@testable import Verification

/// The shipped core as a transition system.
@Suite struct CoreTests {
    static let scopes = [
        "workers 1 1, array 1 of 0, crashes 1, late 1, losses 1",
        "workers 1, array 2 of 0 retries 1, array 1 of 1, failures 2, doubles 1, late 1, cuts 1",
        "workers 1 1, gang 2 of 0 retries 1, kills 1, failures 1",
        "workers 1 1, array 2 of 0 limit 2 retries 1, gang 2 of 1, preemption 2, cancels 1, drains 1, departures 1, lies 1",
        "policy fair, patience 1, workers 2, gang 2 of 0 again, array 1 of 1 again, array 1 of 1 again",
        "policy strict-priority, workers 1, credit 1, array 1 of 0 again, array 1 of 1 priority 1 again",
    ]

    /// Worlds with the same key are told apart by numbers and times alone, which are other ones each time that the same comes round: whatever
    /// one of them may do next, the others may.
    @Test(arguments: scopes) func whatCountsAsOneStateHasOneFuture(text: String) throws {
        let scope = try CoreScope(text)
        var parts = CoreParts()
        var futures: [CoreKey: Set<Future>] = [:]
        var known = 0
        for seed in 1...6 {
            var random = SplitMix(state: UInt64(seed))
            var world = CoreWorld(scope)
            var key = parts.key(of: &world)
            for _ in 0..<60 {
                var outcomes: [(world: CoreWorld, key: CoreKey)] = []
                for move in world.moves {
                    for var outcome in world.outcomes(of: move) { outcomes.append((outcome, parts.key(of: &outcome))) }
                }
                let future = Set(outcomes.map { Future(trace: $0.world.trace, key: $0.key) })
                if let other = futures.updateValue(future, forKey: key) {
                    known += 1
                    #expect(other == future)
                }
                guard let next = outcomes.randomElement(using: &random) else { break }
                (world, key) = next
            }
        }
        #expect(known > 0)
    }

    private struct Future: Hashable {
        let trace: [String]
        let key: CoreKey
    }

    @Test func aGraphIsTheSameEachTime() throws {
        let scope = try CoreScope("workers 1, array 1 of 0, crashes 1")
        let (first, second) = (try CoreGraph(scope, limits: Limits()), try CoreGraph(scope, limits: Limits()))
        #expect(first.stateCount == second.stateCount)
        #expect(first.stateCount > 50)
        #expect(first.steps.map(\.count) == second.steps.map(\.count))
    }

    @Test(arguments: [
        ("", "names no workers"), ("workers 1", "names no job"),
        ("workers 1, array 1 of 0, policy nice", "there are fair"),
        ("workers 1, array one", "a number from 0 to 1000, not `one`"),
        ("workers 1, array", "after `array` comes a number"),
        ("workers 1, array 1 of 0 after 3", "comes after job 3"), ("workers 1, array 1 big", "not `big`"),
        ("workers 1, array 1, crashes 1 2", "nothing is to follow `1`"), ("workers 1, arrays 1", "has no `arrays`"),
        ("workers 1, array 1 again, kills 1", "no end together"),
    ])
    func aScopeThatMeansNothingIsRefused(text: String, message: String) {
        let fault = #expect(throws: CoreScope.Fault.self) { try CoreScope(text) }
        #expect(fault?.description.contains(message) == true, "\(fault?.description ?? "")")
    }

    @Test func anEventThatItsChannelLacksIsAnError() throws {
        let script = try Script.load(
            text: """
                external core
                channel submit : {0}
                channel tick
                assert core("workers 1, array 1 of 0, array 1 of 0", Events) :[deadlock free [F]]
                """)
        let verifier = Verifier(store: script.store)
        let report = verifier.check(try script.evaluate(script.assertions[0]))
        #expect(report.isRefused)
        #expect(report.explanation?.contains("the core does submit.1") == true, "\(report.explanation ?? "")")
    }

    /// With larger bounds than its own, a scope has more states, and the same verdict.
    @Test func clausesMayBeAdded() throws {
        let script = try Script.load(
            text: """
                external core
                channel astray
                assert STOP [T= core("workers 1, array 1 of 0", Events)
                """)
        let assertion = try script.evaluate(script.assertions[0])
        var options = VerificationOptions()
        let plain = Verifier(store: script.store, options: options).check(assertion)
        options.coreAdditions = "crashes 1"
        let more = Verifier(store: script.store, options: options).check(assertion)
        #expect((plain.verdict, more.verdict) == (.holds, .holds))
        #expect(more.states > plain.states)
    }
}

/// Steele, Lea and Flood's generator.
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
