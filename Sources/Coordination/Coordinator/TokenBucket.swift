/// Lets `perSecond` events through on average, and `burst` at once. Counts in thousandths of an event, so that a rate is
/// kept exactly whatever the time between two events is.
///
/// Who is refused thousands of times in a second doesn't wait as it was told, and floods: until it waits, a tenth of its rate
/// is let through, because what is let through is what a flood costs the others.
struct TokenBucket: Hashable, Sendable {
    private var thousandths: Int64
    private var filled: Timestamp
    private var refusals = Refusals()

    /// How many there were in the second under way, and in the one before.
    private struct Refusals: Hashable {
        var second: Int64 = 0
        var count: Int64 = 0
        var countBefore: Int64 = 0

        mutating func turn(to now: Timestamp) {
            let next = now.milliseconds / 1000
            guard next != second else { return }
            (second, count, countBefore) = (next, 0, next == second + 1 ? count : 0)
        }

        func isFlood(_ rate: Int64) -> Bool { max(count, countBefore) > max(1000, 5 * rate) }
    }

    init(burst: UInt32, at now: Timestamp) {
        thousandths = Int64(burst) * 1000
        filled = now
    }

    /// Takes a token; without one, says in how many milliseconds there will be one.
    mutating func take(perSecond: UInt32, burst: UInt32, at now: Timestamp) -> Int64? {
        refusals.turn(to: now)
        let most = Int64(max(perSecond, 1))
        let rate = refusals.isFlood(most) ? max(most / 10, 1) : most
        let full = Int64(max(burst, 1)) * 1000
        // Long pauses overflow nothing: more than a full bucket is never counted.
        let elapsed = min(max(now - filled, 0), full / rate + 1)
        thousandths = min(full, thousandths + elapsed * rate)
        filled = now
        guard thousandths >= 1000 else {
            refusals.count += 1
            return (1000 - thousandths + rate - 1) / rate
        }
        thousandths -= 1000
        return nil
    }

    /// Whether it is as good as a new one.
    func isFull(perSecond: UInt32, burst: UInt32, at now: Timestamp) -> Bool {
        thousandths + min(max(now - filled, 0), 1 << 32) * Int64(max(perSecond, 1)) >= Int64(max(burst, 1)) * 1000
    }
}
