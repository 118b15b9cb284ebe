import Simulation
import Testing

@Suite struct CampaignTests {
    private let schedules = (1...12).map { Schedule(seed: $0, SimulationSettings(hours: 0.02)) }

    private func campaign(threads: Int, until: Int = .max) async throws -> [String] {
        var lines: [String] = []
        try await Campaign.run(schedules, threads: threads) { run in
            lines.append(run.map { "\($0.schedule.seed): \($0.steps), \($0.journal.count)" } ?? "nothing")
            return lines.count < until
        }
        return lines
    }

    /// The order in which runs end is the machine's; what is handed on, and where it ends, is the seeds'.
    @Test func anyNumberOfThreadsSaysTheSame() async throws {
        let alone = try await campaign(threads: 1)
        #expect(alone.count == schedules.count && Set(alone).count == schedules.count)
        for threads in [2, 3, 20] {
            #expect(try await campaign(threads: threads) == alone)
            #expect(try await campaign(threads: threads, until: 5) == Array(alone.prefix(5)))
        }
    }

    @Test func whatIsThrownEndsIt() async throws {
        struct Enough: Error {}
        await #expect(throws: Enough.self) {
            try await Campaign.run(schedules, threads: 2) { _ in throw Enough() }
        }
    }
}
