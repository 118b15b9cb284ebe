/// Each connection's part of a batch. A batch takes a while, so who sends much makes the others wait for as long as its own
/// messages take: while several connections speak, one has no more than a few messages in each batch. libzmq hands them over in
/// turn, so when one has had its share, each of the others has too, or had nothing to say.
struct BatchShares {
    /// Messages of one connection in a batch, while others speak.
    static let share = 8
    /// A connection counts as alone when no other has spoken for so long.
    static let solitude = Duration.milliseconds(100)

    private var counts: [UInt64: Int] = [:]
    private var lastSpeaker: UInt64?
    private var lastChange: ContinuousClock.Instant?

    mutating func beginBatch() { counts.removeAll(keepingCapacity: true) }

    /// Whether the batch ends with the message of this connection that was added now.
    mutating func isOver(after connection: UInt64, at now: ContinuousClock.Instant) -> Bool {
        counts[connection, default: 0] += 1
        if connection != lastSpeaker {
            if lastSpeaker != nil { lastChange = now }
            lastSpeaker = connection
        }
        guard let lastChange, now - lastChange < Self.solitude else { return false }
        return counts[connection, default: 0] >= Self.share
    }
}
