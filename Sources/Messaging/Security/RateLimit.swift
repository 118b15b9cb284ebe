/// How much one peer may say, on all of its connections together where it is known by a key. What is beyond it ends the
/// connection that said it, before it is read.
public struct RateLimit: Hashable, Sendable {
    public var messagesPerSecond: Double
    public var bytesPerSecond: Double
    /// What may come at once, in seconds' worth.
    public var burstSeconds: Double

    public init(messagesPerSecond: Double, bytesPerSecond: Double, burstSeconds: Double = 2) {
        self.messagesPerSecond = messagesPerSecond
        self.bytesPerSecond = bytesPerSecond
        self.burstSeconds = burstSeconds
    }
}

/// Two token buckets, for the messages and for the bytes of one peer.
final class Meter {
    private let limit: RateLimit
    private var messages: Double
    private var bytes: Double
    private var filled: ContinuousClock.Instant

    init(_ limit: RateLimit, at now: ContinuousClock.Instant) {
        self.limit = limit
        messages = limit.messagesPerSecond * limit.burstSeconds
        bytes = limit.bytesPerSecond * limit.burstSeconds
        filled = now
    }

    /// - Returns: whether a message of this size may come in now.
    func take(_ size: Int, at now: ContinuousClock.Instant) -> Bool {
        if now > filled {
            let elapsed = filled.duration(to: now) / .seconds(1)
            messages = min(limit.messagesPerSecond * limit.burstSeconds, messages + elapsed * limit.messagesPerSecond)
            bytes = min(limit.bytesPerSecond * limit.burstSeconds, bytes + elapsed * limit.bytesPerSecond)
            filled = now
        }
        // A message larger than what is left is let through once: a limit below one message's size would shut a peer out.
        guard messages >= 1, bytes > 0 else { return false }
        messages -= 1
        bytes -= Double(size)
        return true
    }
}
