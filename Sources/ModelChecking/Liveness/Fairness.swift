/// What a run may be assumed to do with events that stay enabled.
public enum FairnessStrength: Int, Sendable, Comparable, CaseIterable {
    /// Any event may be neglected for ever.
    case none
    /// An event that is enabled at all times from some time on is performed again and again.
    case weak
    /// An event that is enabled again and again is performed again and again.
    case strong

    public static func < (a: FairnessStrength, b: FairnessStrength) -> Bool { a.rawValue < b.rawValue }
}

/// For each unit of fairness of a graph, how fair a run has to be to it.
///
/// Units are events, hidden or not (Sun, Liu, Dong, Pang, "PAT: Towards Flexible Verification under Fairness", CAV 2009, call this event-level fairness). Where no set of events is given,
/// tau counts as one more unit, and tick as another.
struct FairnessDemand {
    var strength: [FairnessStrength]

    init(_ graph: StateGraph, _ strength: FairnessStrength, events: Set<Int>?) {
        self.strength = [FairnessStrength](repeating: .none, count: graph.unitCount)
        for (index, label) in graph.labels.enumerated() {
            let isIncluded = events.map { set in label.eventNumber.map(set.contains) ?? false } ?? true
            if isIncluded { self.strength[graph.unitOfLabel[index]] = strength }
        }
    }

    init(_ strength: [FairnessStrength]) { self.strength = strength }

    var hasStrong: Bool { strength.contains(.strong) }
    /// The units to which runs have to be weakly fair, no more; and strongly.
    var weak: UnitSet { units(.weak) }
    var strong: UnitSet { units(.strong) }

    private func units(_ wanted: FairnessStrength) -> UnitSet {
        var set = UnitSet(words: [UInt64](repeating: 0, count: max(1, (strength.count + 63) / 64)))
        for unit in strength.indices where strength[unit] == wanted { set.insert(unit) }
        return set
    }

    /// Both demands at once.
    mutating func merge(_ other: FairnessDemand) {
        for unit in strength.indices { strength[unit] = max(strength[unit], other.strength[unit]) }
    }
}

/// A set of units.
struct UnitSet: Equatable {
    private(set) var words: [UInt64]

    init(words: [UInt64]) { self.words = words }

    func contains(_ unit: Int) -> Bool { words[unit / 64] >> UInt64(unit % 64) & 1 != 0 }
    mutating func insert(_ unit: Int) { words[unit / 64] |= 1 << UInt64(unit % 64) }
}
