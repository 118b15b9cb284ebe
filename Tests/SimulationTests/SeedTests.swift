import Testing

@testable import Coordination
@testable import Simulation

/// The real coordinator and the real workers under everything that can go wrong.
struct SeedTests {
    static let fixed: ClosedRange<UInt64> = 1...24

    /// The seeds that every run of the tests takes.
    @Test func fixedSeedsKeepThePromises() {
        print("fixed seeds: \(Self.fixed.lowerBound) to \(Self.fixed.upperBound)")
        var statistics = Statistics(tenants: [])
        for seed in Self.fixed { check(seed, &statistics) }
        // They go everywhere: all that is written down, and all that can go wrong.
        for word in Vocabulary.words where word.isJournaled {
            #expect(statistics.counts[word.name, default: 0] > 1, "\(word.name)")
        }
        for what in [
            "coordinator kills", "kills at a write", "other terms", "slow disks", "worker kills", "worker stops",
            "drains",
            "freezes", "hangs", "partitions", "broken connections", "storms", "lies", "staleEpochRefused",
            "duplicateSubmissions", "unknownWorkerRefused", "submissionsRefused", "suspicions", "suspicionsRefuted",
        ] { #expect(statistics.counts[what, default: 0] > 0, "\(what)") }
    }

    /// Others in each run; the first is printed, so that `banquet simulate --seed` finds the run again.
    @Test func freshSeedsKeepThePromises() {
        let first = UInt64.random(in: 1_000_000..<1_000_000_000)
        print("fresh seeds: \(first) to \(first + 5)")
        var statistics = Statistics(tenants: [])
        for seed in first..<first + 6 { check(seed, &statistics) }
    }

    private func check(_ seed: UInt64, _ statistics: inout Statistics) {
        let settings = SimulationSettings(hours: 0.05)
        guard let run = Simulation(Schedule(seed: seed, settings)) else {
            Issue.record("there is no policy")
            return
        }
        statistics.add(run.statistics)
        if let violation = run.violation {
            Issue.record("banquet simulate --seed \(seed) --hours 0.05: at \(violation.time) ms, \(violation.what)")
        }
    }

    /// Whatever the work is like and whoever schedules it, without faults nothing is lost, and the bounds on time hold.
    @Test(arguments: Policies.all.map { type(of: $0).name }) func nothingGoesWrongByItself(policy: String) throws {
        for seed in UInt64(100)...102 {
            let settings = SimulationSettings(hours: 0.05, policy: policy, faults: [])
            let run = try #require(Simulation(Schedule(seed: seed, settings)))
            #expect(run.violation == nil, "--seed \(seed) --hours 0.05 --faults none --policy \(policy)")
            for what in ["lapse", "crash", "recover", "leave", "unknownWorkerRefused", "staleEpochRefused"] {
                #expect(run.statistics.counts[what, default: 0] == 0, "seed \(seed): \(what)")
            }
        }
    }

    /// Under `greedy-gang` gangs that hold a part of what they need wait for each other: the world finds that, and goes on.
    @Test func greedyGangsDeadlock() throws {
        var deadlocks = 0
        for seed in UInt64(1)...6 {
            let settings = SimulationSettings(
                hours: 0.1, workers: 3, policy: "greedy-gang", faults: [.squatters], work: [])
            let run = try #require(Simulation(Schedule(seed: seed, settings)))
            #expect(run.violation == nil, "seed \(seed)")
            deadlocks += run.statistics.counts["deadlocks", default: 0]
        }
        #expect(deadlocks > 0)
    }

    /// A submission that was sent twice may be refused once and taken once: its tenant can cancel it all the same, and the
    /// deadlock is broken.
    @Test func whoWasRefusedOnceCanCancel() throws {
        let run = try #require(Simulation(Schedule(seed: 1_000_277, SimulationSettings(hours: 0.05))))
        #expect(run.violation == nil)
        #expect(run.statistics.counts["deadlocks", default: 0] > 0)
    }

    /// A task that is granted over and over after the faults have stopped is found: the run would never end.
    @Test func aLivelockIsFound() {
        let world = World(Schedule(seed: 1, SimulationSettings(hours: 0.05)), policy: Fair())
        func lease(_ number: Int) -> Lease { Lease(TaskID(JobID(7), 3), Epoch(UInt64(number))) }
        for number in 1...2 * World.mostGrants { world.holdGrants(lease(number)) }
        #expect(world.violation == nil, "faults are still there")
        world.isDraining = true
        for number in 1...World.mostGrants { world.holdGrants(lease(number)) }
        #expect(world.violation == nil)
        world.holdGrants(lease(0))
        #expect(world.violation?.what.contains("j7.3 was granted") == true, "\(String(describing: world.violation))")
    }
}
