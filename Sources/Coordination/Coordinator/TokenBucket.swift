/// Lets `perSecond` events through on average, and `burst` at once. Counts in thousandths of an event, so that a rate is
/// kept exactly whatever the time between two events is.
struct TokenBucket: Hashable, Sendable {
    private var thousandths: Int64
    private var filled: Timestamp

    init(burst: UInt32, at now: Timestamp) {
        thousandths = Int64(burst) * 1000
        filled = now
    }

    /// Takes a token; without one, says in how many milliseconds there will be one.
    mutating func take(perSecond: UInt32, burst: UInt32, at now: Timestamp) -> Int64? {
        let rate = Int64(max(perSecond, 1))
        let full = Int64(max(burst, 1)) * 1000
        // Long pauses overflow nothing: more than a full bucket is never counted.
        let elapsed = min(max(now - filled, 0), full / rate + 1)
        thousandths = min(full, thousandths + elapsed * rate)
        filled = now
        guard thousandths >= 1000 else { return (1000 - thousandths + rate - 1) / rate }
        thousandths -= 1000
        return nil
    }

    /// Whether it is as good as a new one.
    func isFull(perSecond: UInt32, burst: UInt32, at now: Timestamp) -> Bool {
        thousandths + min(max(now - filled, 0), 1 << 32) * Int64(max(perSecond, 1)) >= Int64(max(burst, 1)) * 1000
    }
}
