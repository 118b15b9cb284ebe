/// How long it takes on average until the next of some events, from the last ones: their intervals, weighted less the longer
/// they are ago.
struct Pace: Hashable, Sendable {
    private var last: Timestamp?
    /// Microseconds; nil before the second event.
    private var average: Int64?

    mutating func count(at now: Timestamp) {
        defer { last = now }
        guard let last else { return }
        let interval = min(now - last, 3_600_000) * 1000
        average = average.map { $0 + (interval - $0) / 16 } ?? interval
    }

    /// After how many milliseconds `count` more events can be expected: between one second and a minute, and five seconds
    /// where nothing is known.
    func milliseconds(for count: UInt64) -> Int64 {
        guard let average else { return 5000 }
        let (product, isTooLarge) = average.multipliedReportingOverflow(by: Int64(clamping: count))
        return isTooLarge ? 60_000 : min(max(product / 1000, 1000), 60_000)
    }
}
