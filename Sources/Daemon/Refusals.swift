import Coordination

/// Answers to submissions for which there is no room now. They leave at once, as long as a connection asks for no more than a
/// hundred a second. One that goes on asking all the same gets those beyond a few at a time, 12,800 a second: so whoever floods
/// waits for its answers (few programs send without end and never read), and what it asks next comes a little at a time, too. All
/// that it asks at once would keep the machine from the others for as long as it takes.
struct Refusals {
    private struct Line {
        /// How many may still leave at once.
        var tokens = Double(Refusals.atOnce)
        var filled: ContinuousClock.Instant
        var held: [[UInt8]] = []
    }

    private static let atOnce = 100
    private static let interval = Duration.microseconds(1250)
    /// So many of a connection's leave together.
    private static let fewAtATime = 16
    /// More than this of one connection don't wait. It bounds the memory of what is held.
    private static let heldMax = 4096

    private var lines: [ConnectionID: Line] = [:]
    /// When what is held leaves; nil where nothing is.
    private(set) var next: ContinuousClock.Instant?

    /// - Returns: whether the answer is kept until `next`; otherwise it is to leave now.
    mutating func keeps(_ frame: [UInt8], for connection: ConnectionID, now: ContinuousClock.Instant) -> Bool {
        var line = lines.removeValue(forKey: connection) ?? Line(filled: now)
        defer { lines[connection] = line }
        let full = Double(Self.atOnce)
        line.tokens = min(full, line.tokens + line.filled.duration(to: now) / .seconds(1) * full)
        line.filled = now
        // What was held before leaves before.
        if line.held.isEmpty, line.tokens >= 1 {
            line.tokens -= 1
            return false
        }
        line.held.append(frame)
        next = next ?? now.advanced(by: Self.interval)
        if line.held.count >= Self.heldMax { next = now }
        return true
    }

    /// What leaves now.
    mutating func take(now: ContinuousClock.Instant) -> [(bytes: [UInt8], connection: ConnectionID)] {
        guard let next, next <= now else { return [] }
        self.next = nil
        var frames: [(bytes: [UInt8], connection: ConnectionID)] = []
        for (connection, line) in lines where !line.held.isEmpty {
            let count = line.held.count >= Self.heldMax ? Self.heldMax : min(Self.fewAtATime, line.held.count)
            frames += line.held.prefix(count).map { ($0, connection) }
            lines[connection]?.held.removeFirst(count)
            if count < line.held.count { self.next = now.advanced(by: Self.interval) }
        }
        return frames
    }

    mutating func lost(_ connection: ConnectionID) { lines[connection] = nil }
}
