import Coordination
import Foundation

/// A state machine's time: the wall clock in milliseconds, except that it never runs backwards, also not over a restart.
struct MonotoneClock {
    private let start = ContinuousClock.now
    private let startMilliseconds: Int64

    /// - Parameter last: the latest time that was ever told; nil for none.
    init(notBefore last: Timestamp?) {
        startMilliseconds = max(Int64(Date().timeIntervalSince1970 * 1000), last?.milliseconds ?? 0)
    }

    func now() -> Timestamp {
        let elapsed = (ContinuousClock.now - start).components
        return Timestamp(
            milliseconds: startMilliseconds + elapsed.seconds * 1000 + elapsed.attoseconds / 1_000_000_000_000_000)
    }

    func instant(of time: Timestamp) -> ContinuousClock.Instant {
        start.advanced(by: .milliseconds(time.milliseconds - startMilliseconds))
    }
}
