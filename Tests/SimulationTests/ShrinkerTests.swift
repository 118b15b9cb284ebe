import Testing

@testable import Coordination
@testable import Simulation

/// A failing run becomes a small one that fails in the same way.
struct ShrinkerTests {
    /// Submission order, except that gangs of two ranks or more never start.
    struct LonersFirst: SchedulingPolicy {
        static let name = "loners-first"

        func next(_ view: SchedulingView) -> Decision {
            let first = view.state.queue.jobs.lazy.compactMap(view.demand).first { !$0.isGang || $0.units == 1 }
            return Decision(grant: first.flatMap(view.place))
        }
    }

    @Test func findsTheOneSubmissionThatMatters() throws {
        var schedule = Schedule(seed: 5, SimulationSettings(hours: 0.01, workers: 3))
        schedule.cluster.workers = [2, 1, 1]
        let gang = Submission(number: 1000, tenant: "ada", isGang: true, units: 3, duration: 2000)
        schedule.incidents.append(Incident(at: schedule.horizon - 10, .submit(gang)))
        let failure = Simulation(schedule, policy: LonersFirst())
        let violation = try #require(failure.violation)
        #expect(violation.what.contains("never started"))
        var shrinker = Shrinker(failure) { true }
        shrinker.shrink()
        let small = shrinker.best.schedule
        #expect(shrinker.best.violation?.what.contains("never started") == true)
        // One gang of two ranks, and nothing else.
        #expect(small.incidents.count == 1, "\(small)")
        #expect(small.submissions.map(\.units) == [2], "\(small)")
        #expect(small.cluster.drift.allSatisfy { $0 == 0 })
        // What is printed is the same run.
        let replayed = Simulation(try Schedule(text: small.description), policy: LonersFirst())
        #expect(replayed.violation == shrinker.best.violation)
        #expect(replayed.journal == shrinker.best.journal)
    }

    /// The weather's faults, named one by one, are the same run.
    @Test func messageFaultsStandForTheWeather() throws {
        for seed in 1...3 {
            let schedule = Schedule(
                seed: UInt64(seed), SimulationSettings(hours: 0.02, workers: 3, faults: [.messages]))
            let run = try #require(Simulation(schedule))
            var named = schedule
            named.incidents.removeAll { if case .weather = $0.action { true } else { false } }
            named.incidents += run.messageFaults
            named.incidents.sort { $0.time < $1.time }
            #expect(try #require(Simulation(named)).journal == run.journal, "seed \(seed)")
        }
    }
}
