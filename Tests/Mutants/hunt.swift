import Coordination
import Foundation
import Simulation

// Runs seed after seed for so many seconds of the processor's time, and prints the first broken promise: what `scripts/mutants` builds with each
// fault planted. Prints `found SEED SECONDS WHAT` or `nothing SEEDS SECONDS`.
let limit = Double(CommandLine.arguments.dropFirst().first ?? "") ?? 60
func seconds() -> Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

var seed: UInt64 = 0
while seconds() < limit {
    seed += 1
    let settings = SimulationSettings(hours: 0.03)
    guard let run = Simulation(Schedule(seed: seed, settings)) else {
        fatalError("there is no policy")
    }
    if let violation = run.violation {
        print("found \(seed) \(seconds()) \(violation.what)")
        break
    }
}
if seconds() >= limit { print("nothing \(seed) \(seconds())") }
