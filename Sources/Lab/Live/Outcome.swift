/// What came of one phase on the live cluster.
public struct PhaseOutcome: Sendable, Encodable {
    /// Seconds since the record began.
    public let start, end: Double
    public let groups: [GroupWaiting]
    public let lateWrites, refusedWrites: Int
    /// The phase's goal was reached; nil where it has none.
    public let isGoalReached: Bool?

    public init(_ record: LiveRecord, from start: Double, to end: Double, isGoalReached: Bool?) {
        self.start = start
        self.end = end
        self.isGoalReached = isGoalReached
        groups = record.waiting(from: start, to: end)
        let own = Set(record.waits.lazy.filter { $0.from >= start }.map(\.subject))
        func count(_ writes: [String: Int]) -> Int { writes.reduce(0) { $0 + (own.contains($1.key) ? $1.value : 0) } }
        lateWrites = count(record.lateWrites)
        refusedWrites = count(record.refusedWrites)
    }
}

extension Scenario {
    /// Whether the attack did live what the model says that it can do.
    public func isFaultSeen(in outcome: PhaseOutcome) -> Bool {
        let victims = outcome.groups.filter { self.victims.contains($0.group) }
        return switch fault {
        case .waits: !victims.isEmpty && victims.allSatisfy { !$0.waiting.isEmpty }
        case .overtaken(let times): victims.contains { $0.overtaken >= times }
        case .lateWrites: outcome.lateWrites > 0
        }
    }

    /// Whether the countermeasure helped.
    public func isRecovered(in outcome: PhaseOutcome) -> Bool {
        guard outcome.isGoalReached == true else { return false }
        if case .lateWrites = fault { return outcome.lateWrites == 0 && outcome.refusedWrites > 0 }
        return true
    }
}
