import Testing

@testable import Coordination

/// Random walks through everything that can happen to a small cluster, with the invariants checked after every step.
struct WalkTests {
    @Test func everythingGoesWrong() {
        var seen: [String: Int] = [:]
        for seed in 0..<200 {
            var walk = Walk(seed: UInt64(seed))
            walk.run(steps: 400)
            walk.drain()
            #expect(walk.world.violations.isEmpty, "\(walk.report(seed))")
            for entry in walk.world.journal { seen[entry.event.name, default: 0] += 1 }
            for (counter, count) in walk.world.counters { seen[counter.rawValue, default: 0] += count }
        }
        // The walks go everywhere.
        for word in Vocabulary.words where word.isJournaled {
            #expect(seen[word.name, default: 0] > 10, "\(word.name)")
        }
        for counter in [Counter.staleEpochRefused, .unknownWorkerRefused, .duplicateSubmissions] {
            #expect(seen[counter.rawValue, default: 0] > 10, "\(counter)")
        }
    }

    @Test func nothingGoesWrong() {
        for seed in 0..<50 {
            var walk = Walk(seed: UInt64(seed), faults: .none)
            walk.run(steps: 400)
            walk.drain()
            #expect(walk.world.violations.isEmpty, "\(walk.report(seed))")
            #expect(walk.world.counters.isEmpty)
            let lapses = walk.world.journal.filter { if case .lapse = $0.event { true } else { false } }
            #expect(lapses.isEmpty, "\(walk.report(seed))")
        }
    }
}

extension Walk {
    func report(_ seed: Int) -> String {
        "seed \(seed): \(world.violations.first ?? "")\n" + trace.suffix(40).joined(separator: "\n")
    }
}
