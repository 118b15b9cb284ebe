import Coordination
import Foundation
import Simulation
import Verification

// What `scripts/mutants` builds with all faults planted, of which one is switched on: holds the core against the specs
// (`hunt core FILE … SECONDS`) or runs seed after seed of the simulation (`hunt simulation SECONDS`) for so many seconds of the processor's time,
// and prints what it finds first: `found WHAT` or `nothing`.
let limit = Double(CommandLine.arguments.last ?? "") ?? 60
func seconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

if CommandLine.arguments.dropFirst().first == "core" {
    var options = VerificationOptions(maximumStates: 300_000)
    options.isCancelled = { seconds() > limit }
    for file in CommandLine.arguments.dropFirst(2).dropLast() {
        for assertion in FileCheck.run(path: file, options: options).assertions where assertion.verdict != .holds {
            let name = URL(fileURLWithPath: file).lastPathComponent
            if seconds() > limit { break }
            print("found \(name):\(assertion.line) \(assertion.text)")
            exit(0)
        }
    }
} else {
    var seed: UInt64 = 0
    while seconds() < limit {
        seed += 1
        let settings = SimulationSettings(hours: 0.03)
        guard let run = Simulation(Schedule(seed: seed, settings)) else {
            fatalError("there is no policy \(settings.policy)")
        }
        if let violation = run.violation {
            print("found seed \(seed): \(violation.what)")
            exit(0)
        }
    }
}
print("nothing")
