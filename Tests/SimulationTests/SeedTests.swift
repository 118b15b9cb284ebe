import Testing

@testable import Coordination
@testable import Simulation

/// The real coordinator and the real workers under everything that can go wrong.
struct SeedTests {
    /// Events of jobs and orders that schedules don't have; the walks of CoordinationTests do.
    static let elsewhere: Set<String> = ["form", "expire", "preempt", "cordon", "uncordon"]

    /// The seeds that every run of the tests takes.
    @Test func fixedSeedsKeepThePromises() {
        var statistics = Statistics(tenants: [])
        for seed in 1...14 { check(UInt64(seed), &statistics) }
        // They go everywhere: all that is written down, and all that can go wrong.
        for word in Vocabulary.words where word.isJournaled && !Self.elsewhere.contains(word.name) {
            #expect(statistics.counts[word.name, default: 0] > 1, "\(word.name)")
        }
        for what in [
            "coordinator kills", "kills at a write", "slow disks", "worker kills", "worker stops", "freezes", "hangs",
            "partitions", "broken connections", "storms", "lies", "staleEpochRefused", "duplicateSubmissions",
            "unknownWorkerRefused", "submissionsRefused",
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
            Issue.record("there is no policy \(settings.policy)")
            return
        }
        statistics.add(run.statistics)
        if let violation = run.violation {
            Issue.record("banquet simulate --seed \(seed) --hours 0.05: at \(violation.time) ms, \(violation.what)")
        }
    }

    @Test func nothingGoesWrongByItself() {
        for seed in 100...102 {
            let settings = SimulationSettings(hours: 0.05, faults: [])
            guard let run = Simulation(Schedule(seed: UInt64(seed), settings)) else { continue }
            #expect(run.violation == nil, "seed \(seed)")
            for what in ["lapse", "crash", "recover", "leave", "unknownWorkerRefused", "staleEpochRefused"] {
                #expect(run.statistics.counts[what, default: 0] == 0, "seed \(seed): \(what)")
            }
        }
    }
}
