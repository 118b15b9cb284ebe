@testable import Coordination
import Foundation
import Simulation
@testable import Verification

// What `scripts/mutants` builds with all faults planted, of which one is switched on. For so many seconds of the processor's time it
// checks specs (`hunt specs FILE … SECONDS`), runs seed after seed of the simulation (`hunt simulation SECONDS`), or holds the journals of such
// runs against the protocol (`hunt journals SECONDS`), and prints what it finds first: `found WHAT` or `nothing`.
let limit = Double(CommandLine.arguments.last ?? "") ?? 60
func seconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

func found(_ what: String) -> Never {
    print("found \(what)")
    exit(0)
}

struct Entries: JournalSource {
    let entries: [JournalEntry]
    func forEach(_ body: (JournalEntry) throws -> Bool) throws {
        for entry in entries { guard try body(entry) else { return } }
    }
}

func huntSpecs(_ files: some Sequence<String>) {
    var options = VerificationOptions(maximumStates: 300_000)
    options.isCancelled = { seconds() > limit }
    for file in files {
        let report = FileCheck.run(path: file, options: options)
        let name = URL(fileURLWithPath: file).lastPathComponent
        if let error = report.errors.first { found("\(name): \(error.message)") }
        for assertion in report.assertions where assertion.verdict != .holds {
            if seconds() > limit { return }
            found("\(name):\(assertion.line) \(assertion.text)")
        }
    }
}

func runs(_ look: (Simulation) throws -> Void) throws {
    var seed: UInt64 = 0
    while seconds() < limit {
        seed += 1
        let settings = SimulationSettings(hours: 0.03)
        guard let run = Simulation(Schedule(seed: seed, settings)) else {
            fatalError("there is no policy \(settings.policy)")
        }
        try look(run)
    }
}

switch CommandLine.arguments.dropFirst().first {
case "specs": huntSpecs(CommandLine.arguments.dropFirst(2).dropLast())
case "journals":
    let rules = try JournalProtocol.shipped(), rulesForPieces = try JournalProtocol.shipped(grantsAtOnce: false)
    try runs { run in
        let inPieces = run.schedule.cluster.policy == GreedyGang.name
        let report = try Conformance.check(
            Entries(entries: run.journal), inPieces ? rulesForPieces : rules, repairs: false)
        if let refusal = report.refusal {
            found("seed \(run.schedule.seed): \(refusal.summary)")
        }
    }
default:
    try runs { run in
        if let violation = run.violation { found("seed \(run.schedule.seed): \(violation.what)") }
    }
}
print("nothing")
