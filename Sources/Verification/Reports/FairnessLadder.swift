import ModelChecking

/// What a liveness property needs: whether it holds with no fairness assumed, under weak fairness, and under strong fairness.
///
/// What holds on a lower rung holds on those above it.
public struct FairnessLadder: Codable, Sendable, Equatable {
    public enum Rung: String, Codable, Sendable { case holds, starves, fails }

    /// The rung that the assertion asks for; nil where it says so in other words (the premises of a temporal formula).
    public var assumed: String?
    public var none: Rung
    public var weak: Rung
    public var strong: Rung
    /// The events that runs are fair to; nil for all.
    public var events: [String]?

    init(assumed: FairnessStrength?, failure: Rung, events: [String]? = nil, holds: (FairnessStrength) -> Bool) {
        self.assumed = assumed.map { "\($0)" }
        none = holds(.none) ? .holds : failure
        weak = holds(.weak) ? .holds : failure
        strong = holds(.strong) ? .holds : failure
        self.events = events
    }

    /// One line.
    public var text: String {
        let line = "no fairness: \(none.rawValue)   weak: \(weak.rawValue)   strong: \(strong.rawValue)"
        guard let events else { return line }
        let shown = events.prefix(4).joined(separator: ", ") + (events.count > 4 ? ", …" : "")
        return line + "   (fair to {\(shown)} alone)"
    }
}
