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

    /// Both demands at once.
    mutating func merge(_ other: FairnessDemand) {
        for unit in strength.indices { strength[unit] = max(strength[unit], other.strength[unit]) }
    }
}

/// A set of units.
struct UnitSet: Equatable {
    private(set) var words: [UInt64]

    init(count: Int, full: Bool = false) {
        words = [UInt64](repeating: full ? ~0 : 0, count: (count + 63) / 64)
    }

    @inline(__always) func contains(_ unit: Int) -> Bool { words[unit / 64] >> UInt64(unit % 64) & 1 != 0 }
    @inline(__always) mutating func insert(_ unit: Int) { words[unit / 64] |= 1 << UInt64(unit % 64) }
    var isEmpty: Bool { words.allSatisfy { $0 == 0 } }
    @inline(__always) mutating func removeAll() { for word in words.indices { words[word] = 0 } }
    @inline(__always) mutating func formIntersection(_ other: UnitSet) {
        for word in words.indices { words[word] &= other.words[word] }
    }
    @inline(__always) mutating func formUnion(_ other: UnitSet) {
        for word in words.indices { words[word] |= other.words[word] }
    }
}
