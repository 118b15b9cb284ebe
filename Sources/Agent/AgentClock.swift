import Coordination
import Foundation

/// Milliseconds since the Unix epoch as they were when the agent started, and from then on by a clock that never runs
/// backwards and goes on while the host sleeps: a lease runs out over a closed lid, too.
struct AgentClock: Sendable {
    private let start = ContinuousClock.now
    private let startMicroseconds = UInt64(max(0, Date().timeIntervalSince1970 * 1_000_000))

    /// A later start has a larger number.
    var incarnation: Incarnation { Incarnation(startMicroseconds) }

    var now: Timestamp {
        let elapsed = start.duration(to: .now).components
        return Timestamp(
            milliseconds: Int64(startMicroseconds / 1000) + elapsed.seconds * 1000 + elapsed.attoseconds
                / 1_000_000_000_000_000)
    }
}
