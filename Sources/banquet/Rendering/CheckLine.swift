import Display
import ModelChecking
import Synchronization
import Verification

/// The line of progress of a check: nobody knows how many states there are, so it says how many were found, and how fast.
final class CheckLine: Sendable {
    let meter = ProgressMeter()
    private let line = ProgressLine()

    /// Another assertion is under way.
    func begin(_ subject: String) {
        let start = ContinuousClock.now
        let pace = Mutex(Pace())
        line.begin { [meter] width in
            let elapsed = ContinuousClock.now - start
            let reading = meter.reading
            let rate = pace.withLock { pace in
                pace.note(Double(reading.states), at: elapsed / .seconds(1))
                return pace.perSecond
            }
            return CheckProgress(
                subject: subject, reading: reading, statesPerSecond: rate ?? 0, residentBytes: ResidentMemory.bytes(),
                elapsed: elapsed
            ).line(width: width)
        }
    }

    func aside(_ body: () throws -> Void) rethrows { try line.aside(body) }

    func end() { line.end() }
}
