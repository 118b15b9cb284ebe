/// What the loops of an exploration read of a packed network: pointers only, so that a copy in a loop's frame costs nothing to keep.
///
/// The pointers belong to the `PackedNetwork`.
struct MoveTables: @unchecked Sendable {
    /// Fields that lie side by side in one word, whose bits together choose one bitset: one look-up serves several small components.
    struct Row {
        var word: Int32
        var shift: UInt32
        var mask: UInt64
        /// The bitset of value v is `allowed[base + v * width ..< base + (v + 1) * width]`, and speaks of words `low ..< low + width`.
        var base: Int
        var low: Int32
        var width: Int32
    }

    /// A field whose flips depend on its value.
    struct Lookup {
        var field: Int
        /// Into `table`: the flips by local state.
        var base: Int
    }

    /// Bits to flip in one word of the state.
    struct Flip {
        var word: Int
        var bits: UInt64
    }

    /// Words of a bitset of moves.
    let setWords: Int
    let rowCount: Int
    let rows: UnsafeMutablePointer<Row>
    let allowed: UnsafeMutablePointer<UInt64>
    let allMoves: UnsafeMutablePointer<UInt64>
    let tickMoves: UnsafeMutablePointer<UInt64>

    /// For states of one word: what each move flips, but for its look-ups.
    let flips: UnsafeMutablePointer<UInt64>
    /// For wider ones: move m flips `constants[constantOffset[m] ..< constantOffset[m + 1]]`.
    let constants: UnsafeMutablePointer<Flip>
    let constantOffset: UnsafeMutablePointer<Int>
    /// Move m looks up `lookups[lookupOffset[m] ..< lookupOffset[m + 1]]`.
    let lookups: UnsafeMutablePointer<Lookup>
    let lookupOffset: UnsafeMutablePointer<Int>
    let hasLookups: Bool
    let table: UnsafeMutablePointer<UInt64>

    /// Where a component's field is.
    let fieldWord: UnsafeMutablePointer<Int>
    let fieldShift: UnsafeMutablePointer<UInt64>
    let fieldMask: UnsafeMutablePointer<UInt64>

    /// Belongs to the `PackedNetwork` too.
    let filter: Unmanaged<MoveFilter>?
    /// Whether a state may stand for others, so that what a move leads to has to be brought into the form that is kept.
    let standsForOthers: Bool

    @inline(__always)
    func local<State: PackedState>(_ state: State, _ field: Int) -> Int {
        Int(truncatingIfNeeded: (state.word(fieldWord[field]) &>> fieldShift[field]) & fieldMask[field])
    }

    /// Puts the moves that are followed from a state into `set`.
    @inline(__always)
    func enabled<State: PackedState>(_ state: State, into set: UnsafeMutablePointer<UInt64>) {
        allowed(state, into: set)
        if let filter { filter._withUnsafeGuaranteedRef { $0.apply(to: set, in: state, self) } }
    }

    /// Puts the moves that a state's components allow into `set`.
    @inline(__always)
    private func allowed<State: PackedState>(_ state: State, into set: UnsafeMutablePointer<UInt64>) {
        if setWords == 1 {
            var moves = allMoves[0]
            for index in 0..<rowCount {
                let row = rows[index]
                let value = (state.word(Int(row.word)) &>> UInt64(row.shift)) & row.mask
                moves &= allowed[row.base &+ Int(truncatingIfNeeded: value)]
            }
            set[0] = moves
            return
        }
        for word in 0..<setWords { set[word] = allMoves[word] }
        for index in 0..<rowCount {
            let row = rows[index]
            let wide = Int(row.width)
            let value = Int(truncatingIfNeeded: (state.word(Int(row.word)) &>> UInt64(row.shift)) & row.mask)
            let source = allowed + (row.base &+ value &* wide)
            let target = set + Int(row.low)
            for word in 0..<wide { target[word] &= source[word] }
        }
    }

    @inline(__always)
    func successor<State: PackedState>(_ state: State, by move: Int) -> State {
        let next = changed(state, by: move)
        guard standsForOthers, let filter else { return next }
        return filter._withUnsafeGuaranteedRef { $0.symmetry!.canonical(next) }
    }

    @inline(__always)
    private func changed<State: PackedState>(_ state: State, by move: Int) -> State {
        var next = state
        if State.words == 1 {
            next.flip(flips[move], word: 0)
            if !hasLookups { return next }
        } else {
            for k in constantOffset[move]..<constantOffset[move &+ 1] {
                next.flip(constants[k].bits, word: constants[k].word)
            }
        }
        for k in lookupOffset[move]..<lookupOffset[move &+ 1] {
            let lookup = lookups[k]
            next.flip(table[lookup.base &+ local(state, lookup.field)], word: fieldWord[lookup.field])
        }
        return next
    }

    func deallocate() {
        rows.deallocate()
        allowed.deallocate()
        allMoves.deallocate()
        tickMoves.deallocate()
        flips.deallocate()
        constants.deallocate()
        constantOffset.deallocate()
        lookups.deallocate()
        lookupOffset.deallocate()
        table.deallocate()
        fieldWord.deallocate()
        fieldShift.deallocate()
        fieldMask.deallocate()
    }
}

/// The bitsets of the moves that components allow, as `MoveTables` has them.
struct AllowedSets {
    /// One component's bitsets: `words[local state * width ..< (local state + 1) * width]`, of words `low ..< low + width` of a set of moves.
    struct Component {
        var words: [UInt64]
        var low: Int
        var width: Int
    }

    private(set) var rows: [MoveTables.Row] = []
    private(set) var allowed: [UInt64] = []

    /// The most bits that one look-up takes, and the most words of its table.
    private static let rowBits: UInt64 = 9
    private static let rowWords = 1024

    /// - Parameter components: in the order of their fields.
    init(_ components: [Component], layout: PackedNetwork.Layout, bits: [UInt64]) {
        var next = 0
        while next < components.count {
            var end = next + 1
            var (low, high) = (components[next].low, components[next].low + components[next].width)
            var total = bits[next]
            while end < components.count, layout.word[end] == layout.word[next], components[end].width > 0 {
                let wider = (
                    low: low == high ? components[end].low : min(low, components[end].low),
                    high: max(high, components[end].low + components[end].width)
                )
                let size = (wider.high - wider.low) << Int(total + bits[end])
                guard total + bits[end] <= Self.rowBits, size <= Self.rowWords else { break }
                (low, high) = wider
                total += bits[end]
                end += 1
            }
            if high > low { add(Array(next..<end), components, layout, bits, low, high, total) }
            next = end
        }
    }

    private mutating func add(
        _ group: [Int], _ components: [Component], _ layout: PackedNetwork.Layout, _ bits: [UInt64], _ low: Int,
        _ high: Int, _ total: UInt64
    ) {
        let width = high - low
        let first = group[0]
        // A field without bits has no shift of its own.
        let shift = group.first { bits[$0] > 0 }.map { layout.shift[$0] } ?? 0
        rows.append(
            .init(
                word: Int32(layout.word[first]), shift: UInt32(shift), mask: (1 << total) - 1, base: allowed.count,
                low: Int32(low), width: Int32(width)))
        if group.count == 1 {
            allowed += components[first].words
            return
        }
        for value in 0..<(1 << Int(total)) {
            var row = [UInt64](repeating: ~0, count: width)
            var rest = value
            for member in group {
                let component = components[member]
                let local = rest & ((1 << Int(bits[member])) - 1)
                rest >>= Int(bits[member])
                // Values that are no state of the component never occur.
                guard (local + 1) * component.width <= component.words.count else { continue }
                for word in 0..<component.width {
                    row[component.low - low + word] &= component.words[local * component.width + word]
                }
            }
            allowed += row
        }
    }
}
