import Testing

@testable import Coordination

/// Every interleaving of the smallest clusters, with one fault of each kind: from the submission, and from where all runs.
struct ExhaustiveTests {
    @Test(arguments: Explorer.Fault.allCases, [false, true])
    func everyInterleavingKeepsThePromises(fault: Explorer.Fault, isRunning: Bool) {
        for job in [JobSpecification.array(1, retries: 1), .gang(2, retries: 1)] {
            var world = World.joined([1, 1])
            world.submit(job)
            if isRunning { world.settle() }
            var explorer = Explorer(fault, faults: 1, depth: fault == .doubling ? 4 : 5)
            explorer.explore(from: world)
            #expect(explorer.violations.isEmpty)
            #expect(explorer.states > 100)
        }
    }
}
