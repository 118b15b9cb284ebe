import Foundation
import Testing

@testable import Simulation

/// Schedules as text, and as runs.
struct ScheduleTests {
    @Test func readsWhatItWrites() throws {
        for seed in 0..<40 {
            let schedule = Schedule(seed: UInt64(seed), SimulationSettings(hours: 0.5))
            #expect(try Schedule(text: schedule.description) == schedule)
        }
        var schedule = Schedule(seed: 1, cluster: Schedule.Cluster(workers: [1, 2], policy: "fifo"), horizon: 5)
        let links = [Incident.End.worker(1), .tenant(submission: 3)].map { Incident.Link($0, isUp: false) }
        for fault in [Incident.MessageFault.lose, .double(12), .late(34_500)] {
            for link in links { schedule.incidents.append(Incident(at: 1, .message(link, number: 7, fault))) }
        }
        #expect(try Schedule(text: schedule.description) == schedule)
    }

    @Test(arguments: [
        ("seed x", "line 1: 'seed' can't be 'x'"),
        ("seed", "line 1: 'seed' takes one value"),
        (
            "sed 1",
            "line 1: 'sed' is none of seed, workers, policy, heartbeat, lease, drift, disk, horizon, offers, tenants, preemption"
        ),
        ("1.2345 lie worker=0", "line 1: '1.2345' is no time in seconds"),
        ("1", "line 1: nothing happens here"),
        ("1 dance", "line 1: nothing is called 'dance'"),
        ("1 lie", "line 1: 'lie' needs worker=…"),
        ("1 lie worker", "line 1: 'worker' must read key=value"),
        ("1 lie worker=x", "line 1: worker can't be 'x'"),
        ("1 lie worker=0 for=3", "line 1: 'lie' has no 'for'"),
        ("1 lie worker=0", "'seed' is missing"),
    ])
    func namesWhatItCantRead(text: String, complaint: String) {
        let error = #expect(throws: ScheduleError.self) { try Schedule(text: text) }
        #expect(error?.description == complaint)
    }

    @Test func namesWorkersThatAreNotThere() {
        let text = Schedule(seed: 1, cluster: Schedule.Cluster(workers: [1], policy: "fifo"), horizon: 5).description
        #expect(throws: ScheduleError(line: nil, reason: "there is no worker 1: 2 lie worker=1")) {
            try Schedule(text: text + "2 lie worker=1\n")
        }
    }

    @Test func theSameScheduleIsTheSameRun() throws {
        for seed in [3, 4] {
            let schedule = Schedule(seed: UInt64(seed), SimulationSettings(hours: 0.1))
            let (first, second) = (try #require(Simulation(schedule)), try #require(Simulation(schedule)))
            #expect(first.journal == second.journal)
            #expect(first.steps == second.steps)
            #expect(first.statistics == second.statistics)
        }
    }

    /// Schedules that once broke a promise.
    @Test func scenariosKeepThePromises() throws {
        let folder = MutantTests.root.appendingPathComponent("Tests/SimulationTests/Scenarios")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(!files.isEmpty)
        for file in files {
            let schedule = try Schedule(text: try String(contentsOf: file, encoding: .utf8))
            #expect(try #require(Simulation(schedule)).violation == nil, "\(file.lastPathComponent)")
        }
    }

    @Test func anUnknownPolicyIsNone() {
        #expect(Simulation(Schedule(seed: 1, SimulationSettings(hours: 0.1, policy: "lottery"))) == nil)
    }

    @Test func clocksRunAtTheirRates() {
        for drift in [-40_000, -1, 0, 7, 40_000] as [Int64] {
            let clock = HostClock(base: 1_700_000_000_000, drift: drift)
            var last = clock.base
            for time in stride(from: Int64(0), to: 100_000_000_000, by: 777_777_777) {
                let reading = clock.reading(at: time)
                #expect(reading >= last)
                last = reading
                let moment = clock.moment(of: reading)
                #expect(moment <= time + 1000)
                #expect(clock.reading(at: moment) >= reading)
            }
            // Also from one microsecond to the next, around whole milliseconds of its own.
            for millisecond in stride(from: Int64(0), to: 2_000_000, by: 9_973) {
                let times = millisecond * 1000 - 30...millisecond * 1000 + 30
                let readings = times.map { clock.reading(at: $0) }
                #expect(zip(readings, readings.dropFirst()).allSatisfy { $0 <= $1 })
            }
            let hour = Double(clock.reading(at: 3_600_000_000) - clock.base)
            #expect(abs(hour - 3_600_000 * (1 + Double(drift) / 1e6)) < 2)
        }
    }

    @Test func theLargestGangFitsHoweverItIsCut() {
        #expect(Schedule.Cluster(workers: [3, 1], policy: "fifo").largestGang == 3)
        #expect(Schedule.Cluster(workers: [2, 2, 2], policy: "fifo").largestGang == 6)
        #expect(Schedule.Cluster(workers: [4, 4, 1], policy: "fifo").largestGang == 8)
    }
}
