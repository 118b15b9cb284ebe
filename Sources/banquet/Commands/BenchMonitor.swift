import ArgumentParser
import Coordination
import Foundation
import Simulation
import Verification

extension Bench {
    struct Monitor: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract:
                "Hold a journal against the protocol as a coordinator does while it writes one: the share of a core at 10,000 events a second.",
            discussion:
                "Without a journal, what simulated runs write down is taken: jobs of every kind, and every kind of fault."
        )

        @Argument(help: ArgumentHelp("A state folder, or a file of journal entries.", valueName: "journal"))
        var journal: String?
        @Option(help: "Entries of simulated runs.") var entries = 50_000
        @Option(help: "Rounds; the fastest counts.") var rounds = 5

        struct Report: Encodable {
            let test = "monitor"
            let unit = "% of a core at 10,000 events/s"
            let entries: Int
            let nanosecondsPerEntry: Double
            let value: Double
        }

        func run() throws {
            guard entries > 0, rounds > 0 else { throw ValidationError("--entries and --rounds must be at least 1") }
            let rules = try JournalProtocol.shipped()
            let journals = try journals()
            var best = Double.infinity
            for _ in 0..<rounds {
                let start = clock()
                for journal in journals {
                    var monitor = JournalMonitor(rules, hasPast: journal[0].sequence > 1)
                    for entry in journal { _ = monitor.observe(entry) }
                }
                best = min(best, Double(clock() - start) / Double(CLOCKS_PER_SEC))
            }
            let count = journals.reduce(0) { $0 + $1.count }
            let cost = best / Double(count)
            print(
                try JSON.line(
                    Report(
                        entries: count, nanosecondsPerEntry: (cost * 1e10).rounded() / 10,
                        value: (cost * 10_000 * 100 * 1000).rounded() / 1000)))
        }

        private func journals() throws -> [[JournalEntry]] {
            if let journal {
                var entries: [JournalEntry] = []
                try JournalInput(journal).forEach { entry in
                    entries.append(entry)
                    return true
                }
                guard !entries.isEmpty else { throw CommandFailure(message: "\(journal): error: the journal is empty") }
                return [entries]
            }
            var journals: [[JournalEntry]] = []
            var seed: UInt64 = 0
            while journals.reduce(0, { $0 + $1.count }) < entries {
                seed += 1
                guard let run = Simulation(Schedule(seed: seed, SimulationSettings(hours: 0.5, policy: Fair.name))),
                    !run.journal.isEmpty
                else { continue }
                journals.append(run.journal)
            }
            return journals
        }
    }
}
