/// Interchangeable components over packed states: of all states that differ only in who is who, the one whose members are in ascending order stands for all.
final class PackedSymmetry: @unchecked Sendable {
    /// Where a part of a member is in a state, and where in the member's value.
    fileprivate struct Field {
        var word: Int
        var shift: UInt64
        var mask: UInt64
        var offset: UInt64
    }

    fileprivate struct MemberClass {
        /// Fields of member k are `fields[k * width ..< (k + 1) * width]`.
        var fields: [Field]
        var width: Int
        var count: Int
        /// By member: the moves in which it takes part and the member before it doesn't, as words of the bitset.
        var ownMoves: [[(word: Int, bits: UInt64)]]
    }

    private let classes: [MemberClass]
    /// Whether moves that an equal member makes too are left out.
    private let leavesOutTwins: Bool

    init?(
        _ interchangeable: [InterchangeableComponents], layout: PackedNetwork.Layout, participants: [Set<Int>],
        leavesOutTwins: Bool
    ) {
        classes = interchangeable.compactMap { MemberClass($0, layout: layout, participants: participants) }
        self.leavesOutTwins = leavesOutTwins
        if classes.isEmpty { return nil }
    }

    /// The state that stands for this one.
    @inline(never)
    func canonical<State: PackedState>(_ state: State) -> State {
        var result = state
        for memberClass in classes {
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: memberClass.count * 2) { buffer in
                let values = buffer.baseAddress!
                let old = values + memberClass.count
                memberClass.read(state, into: old)
                var isSorted = true
                for k in 0..<memberClass.count {
                    let value = old[k]
                    var place = k
                    while place > 0, values[place &- 1] > value {
                        values[place] = values[place &- 1]
                        place &-= 1
                        isSorted = false
                    }
                    values[place] = value
                }
                if !isSorted { memberClass.flip(&result, by: { old[$0] ^ values[$0] }) }
            }
        }
        return result
    }

    /// Takes out the moves that a member makes whose predecessor is in the same local state: the predecessor's lead to the same places.
    @inline(never)
    func leaveOutTwins<State: PackedState>(of state: State, _ set: UnsafeMutablePointer<UInt64>) {
        guard leavesOutTwins else { return }
        for memberClass in classes {
            withUnsafeTemporaryAllocation(of: UInt64.self, capacity: memberClass.count) { values in
                memberClass.read(state, into: values.baseAddress!)
                for k in 1..<memberClass.count where values[k] == values[k &- 1] {
                    for part in memberClass.ownMoves[k] { set[part.word] &= ~part.bits }
                }
            }
        }
    }
}

extension PackedSymmetry.MemberClass {
    /// Nil where a member's value is wider than a word.
    fileprivate init?(
        _ interchangeable: InterchangeableComponents, layout: PackedNetwork.Layout, participants: [Set<Int>]
    ) {
        let members = interchangeable.members
        fields = []
        width = members[0].count
        count = members.count
        for member in members {
            var offset: UInt64 = 0
            for component in member {
                fields.append(
                    .init(
                        word: layout.word[component], shift: layout.shift[component], mask: layout.mask[component],
                        offset: offset))
                offset += UInt64(layout.mask[component].nonzeroBitCount)
            }
            if offset > 64 { return nil }
        }
        ownMoves = members.indices.map { k in
            guard k > 0 else { return [] }
            let (own, before) = (Set(members[k]), Set(members[k - 1]))
            var parts: [(word: Int, bits: UInt64)] = []
            for (move, components) in participants.enumerated()
            where !components.isDisjoint(with: own) && components.isDisjoint(with: before) {
                if parts.last?.word != move / 64 { parts.append((move / 64, 0)) }
                parts[parts.count - 1].bits |= 1 << UInt64(move % 64)
            }
            return parts
        }
    }

    @inline(__always)
    fileprivate func read<State: PackedState>(_ state: State, into values: UnsafeMutablePointer<UInt64>) {
        fields.withUnsafeBufferPointer { fields in
            for k in 0..<count {
                var value: UInt64 = 0
                for field in fields[k &* width..<(k &+ 1) &* width] {
                    value |= (state.word(field.word) >> field.shift & field.mask) << field.offset
                }
                values[k] = value
            }
        }
    }

    @inline(__always)
    fileprivate func flip<State: PackedState>(_ state: inout State, by difference: (Int) -> UInt64) {
        for k in 0..<count {
            let bits = difference(k)
            if bits == 0 { continue }
            for field in fields[k &* width..<(k &+ 1) &* width] {
                state.flip((bits >> field.offset & field.mask) << field.shift, word: field.word)
            }
        }
    }
}
