import Coordination
import Simulation

// Runs seed after seed for so many seconds, and prints the first broken promise: what `scripts/mutants` builds with each
// fault planted. Prints `found SEED SECONDS WHAT` or `nothing SEEDS SECONDS`.
let limit = Double(CommandLine.arguments.dropFirst().first ?? "") ?? 60
let clock = ContinuousClock()
let start = clock.now
func seconds() -> Double {
    let elapsed = (clock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) / 1e18
}

var seed: UInt64 = 0
while seconds() < limit {
    seed += 1
    let settings = SimulationSettings(hours: 0.05)
    guard let run = Simulation(Schedule(seed: seed, settings)) else {
        fatalError("there is no policy \(settings.policy)")
    }
    if let violation = run.violation {
        print("found \(seed) \(seconds()) \(violation.what)")
        break
    }
}
if seconds() >= limit { print("nothing \(seed) \(seconds())") }
