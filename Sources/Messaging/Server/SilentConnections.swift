/// The connections of a server's socket that have not sent anything yet, oldest first: peers that are about to speak, and
/// those that only hold a place.
struct SilentConnections {
    private struct Entry {
        let descriptor: Int32
        let serial: UInt64
        let since: ContinuousClock.Instant
    }

    /// In the order in which they came; one whose serial is not the current one of its descriptor has spoken or ended.
    private var queue: [Entry] = []
    private var first = 0
    private var serials: [Int32: UInt64] = [:]
    private var lastSerial: UInt64 = 0

    var count: Int { serials.count }

    mutating func came(_ descriptor: Int32, at now: ContinuousClock.Instant) {
        lastSerial += 1
        serials[descriptor] = lastSerial
        queue.append(Entry(descriptor: descriptor, serial: lastSerial, since: now))
    }

    /// It has spoken, or is gone.
    mutating func leave(_ descriptor: Int32) { serials[descriptor] = nil }

    /// Takes out the one that has been silent for longest.
    mutating func takeOldest() -> Int32? { take { _ in true } }

    /// Takes out one that has been silent since before `time`.
    mutating func takeSilent(since time: ContinuousClock.Instant) -> Int32? { take { $0.since < time } }

    private mutating func take(if isDue: (Entry) -> Bool) -> Int32? {
        while first < queue.count, serials[queue[first].descriptor] != queue[first].serial { first += 1 }
        if first > 64, first * 2 > queue.count {
            queue.removeFirst(first)
            first = 0
        }
        guard first < queue.count, isDue(queue[first]) else { return nil }
        let descriptor = queue[first].descriptor
        serials[descriptor] = nil
        return descriptor
    }
}
