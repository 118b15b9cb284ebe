import Display
import Foundation
import Synchronization

/// How much of some work is done, as whoever does it says, and what a line of progress says of that.
final class WorkCounter: Sendable {
    private struct State {
        var done = 0.0
        var total: Double?
        var pace = Pace()
    }

    private let subject: String
    private let unit: String
    private let start = ContinuousClock.now
    private let state: Mutex<State>

    /// - Parameters:
    ///   - unit: what is counted, such as `tasks`; `Progress.bytes` is written as MiB.
    ///   - total: nil while nobody knows.
    init(_ subject: String, unit: String, total: Int? = nil) {
        self.subject = subject
        self.unit = unit
        state = Mutex(State(total: total.map(Double.init)))
    }

    /// So much is done in all.
    func set(_ done: Int, of total: Int? = nil) {
        state.withLock {
            $0.done = Double(done)
            if let total { $0.total = Double(total) }
        }
    }

    /// More is done.
    func add(_ amount: Int = 1) { state.withLock { $0.done += Double(amount) } }

    func line(width: Int) -> String {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return state.withLock { state in
            state.pace.note(state.done, at: elapsed)
            return Progress(
                subject: subject, unit: unit, done: state.done, total: state.total, perSecond: state.pace.perSecond,
                secondsLeft: state.total.flatMap { state.pace.secondsLeft(of: $0) }, secondsElapsed: elapsed
            ).line(width: width)
        }
    }
}
