import Foundation
import Testing

@testable import Coordination
@testable import Simulation
@testable import Verification

/// What the real coordinator writes down, under everything that can go wrong, is what the spec allows.
struct SimulatedJournalTests {
    struct Entries: JournalSource {
        let entries: [JournalEntry]
        func forEach(_ body: (JournalEntry) throws -> Bool) throws {
            for entry in entries { guard try body(entry) else { return } }
        }
    }

    static let rules = try! JournalProtocol.shipped()
    static let rulesForPieces = try! JournalProtocol.shipped(grantsAtOnce: false)

    /// BANQUET_CONFORM_RUNS sets how many; the campaign takes 1000.
    @Test func everySimulatedRunConforms() throws {
        let runs = ProcessInfo.processInfo.environment["BANQUET_CONFORM_RUNS"].flatMap { Int($0) } ?? 12
        var entries = 0
        var seen: Set<String> = []
        for seed in 1...UInt64(runs) {
            let settings = SimulationSettings(hours: 0.05)
            let run = try #require(Simulation(Schedule(seed: seed, settings)))
            // Each seed draws a policy, and one of them grants gangs in pieces.
            let rules = run.schedule.cluster.policy == GreedyGang.name ? Self.rulesForPieces : Self.rules
            let report = try Conformance.check(Entries(entries: run.journal), rules)
            #expect(report.conforms, "banquet simulate --seed \(seed) --hours 0.05:\n\(report.rendered())")
            entries += run.journal.count
            seen.formUnion(run.journal.map(\.event.name))
            // And from the middle on, as after a snapshot.
            let rest = Array(run.journal.dropFirst(run.journal.count / 2))
            let late = try Conformance.check(Entries(entries: rest), rules, repairs: false)
            #expect(late.conforms, "seed \(seed), from entry \(rest.first?.sequence ?? 0):\n\(late.rendered())")
        }
        print("\(entries) entries of \(runs) runs; words: \(seen.sorted().joined(separator: " "))")
        #expect(entries > 100 * runs)
    }
}
