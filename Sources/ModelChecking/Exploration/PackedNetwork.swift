/// A network's rules as tables over packed states: what the inner loop of every exploration reads.
///
/// For each component and local state there is a bitset of the moves that this component allows; the moves of a state are the conjunction of its components' bitsets. A move is a rule with one choice made
/// where a component has several transitions with the asked label, so that each move has one successor, which is the state with some bits flipped:
/// each participant's flips are looked up by its local state, or, where they are the same in every local state that allows the move, once for all.
final class PackedNetwork: @unchecked Sendable {
    /// One transition rule, determined.
    struct Move {
        var label: Action
        var rule: Int32
    }

    let network: Network
    let watchdog: Watchdog?
    let componentCount: Int
    /// Components, and after them the watchdog if there is one.
    let fieldCount: Int
    let bits: Int
    let wordCount: Int

    /// Where a component's field is.
    let fieldWord: UnsafeMutablePointer<Int>
    let fieldShift: UnsafeMutablePointer<UInt64>
    let fieldMask: UnsafeMutablePointer<UInt64>

    private(set) var moves: [Move] = []
    /// Words of a bitset of moves.
    let setWords: Int
    /// Component c in local state s allows `allowed[allowedBase[c] + s * width + (0 ..< width)]` of words `low[c] ..< low[c] + width[c]`; it says nothing on others.
    let allowed: UnsafeMutablePointer<UInt64>
    let allowedBase: UnsafeMutablePointer<Int>
    let low: UnsafeMutablePointer<Int>
    let width: UnsafeMutablePointer<Int>

    /// Move m flips `constant[constantOffset[m] ..< constantOffset[m + 1]]`, and what participants `participantOffset[m] ..< participantOffset[m + 1]` look up.
    struct Flip {
        var word: Int
        var bits: UInt64
    }
    struct Lookup {
        var field: Int
        /// Into `table`: the flips by local state.
        var base: Int
    }
    let constants: UnsafeMutablePointer<Flip>
    let constantOffset: UnsafeMutablePointer<Int>
    let lookups: UnsafeMutablePointer<Lookup>
    let lookupOffset: UnsafeMutablePointer<Int>
    let table: UnsafeMutablePointer<UInt64>

    /// Bitsets of all moves of a kind.
    let allMoves: UnsafeMutablePointer<UInt64>
    let silentMoves: UnsafeMutablePointer<UInt64>
    let tickMoves: UnsafeMutablePointer<UInt64>
    let initialFields: [Int]
    let tableBytes: Int

    /// - Parameter watchdog: a deterministic observer that moves along with every visible event, and allows everything: the check looks at what it would have allowed.
    init(_ network: Network, watchdog: Watchdog?) throws {
        self.network = network
        self.watchdog = watchdog
        var systems = network.components.map(\.system)
        componentCount = systems.count
        fieldCount = systems.count + (watchdog == nil ? 0 : 1)
        if let watchdog { systems.append(watchdog.system) }

        let layout = PackedNetwork.layOut(systems.map(\.stateCount))
        bits = layout.bits
        wordCount = layout.words
        guard wordCount <= 64 else { throw NetworkError.stateTooWide(bits: bits) }
        fieldWord = .copy(layout.word)
        fieldShift = .copy(layout.shift)
        fieldMask = .copy(layout.mask)
        initialFields = systems.map(\.initial)

        var builder = MoveBuilder(systems: systems, layout: layout)
        try builder.add(network, watchdog: watchdog)
        moves = builder.moves.map { Move(label: $0.label, rule: $0.rule) }
        setWords = max(1, (moves.count + 63) / 64)
        constants = .copy(builder.constants)
        constantOffset = .copy(builder.constantOffset)
        lookups = .copy(builder.lookups)
        lookupOffset = .copy(builder.lookupOffset)
        table = .copy(builder.table)

        let sets = builder.allowedSets(componentCount: componentCount)
        allowed = .copy(sets.words)
        allowedBase = .copy(sets.base)
        low = .copy(sets.low)
        width = .copy(sets.width)
        allMoves = .copy(PackedNetwork.set(of: moves, words: setWords) { _ in true })
        silentMoves = .copy(PackedNetwork.set(of: moves, words: setWords) { $0.label.isSilent })
        tickMoves = .copy(PackedNetwork.set(of: moves, words: setWords) { $0.label == .tick })
        tableBytes = 8 * (sets.words.count + builder.table.count) + 24 * builder.lookups.count
    }

    deinit {
        fieldWord.deallocate()
        fieldShift.deallocate()
        fieldMask.deallocate()
        allowed.deallocate()
        allowedBase.deallocate()
        low.deallocate()
        width.deallocate()
        constants.deallocate()
        constantOffset.deallocate()
        lookups.deallocate()
        lookupOffset.deallocate()
        table.deallocate()
        allMoves.deallocate()
        silentMoves.deallocate()
        tickMoves.deallocate()
    }

    static func set(of moves: [Move], words: Int, where isMember: (Move) -> Bool) -> [UInt64] {
        var result = [UInt64](repeating: 0, count: words)
        for (index, move) in moves.enumerated() where isMember(move) { result[index / 64] |= 1 << UInt64(index % 64) }
        return result
    }

    /// Where each field goes: none straddles a word, and a single word keeps its top bit free for the state set.
    struct Layout {
        var word: [Int] = []
        var shift: [UInt64] = []
        var mask: [UInt64] = []
        var bits = 0
        var words = 1
    }

    static func layOut(_ sizes: [Int]) -> Layout {
        var layout = Layout()
        let widths = sizes.map { $0 <= 1 ? 0 : Int.bitWidth - ($0 - 1).leadingZeroBitCount }
        layout.bits = widths.reduce(0, +)
        let wordBits = layout.bits <= 63 ? 63 : 64
        var word = 0
        var used = 0
        for bits in widths {
            if used + bits > wordBits {
                word += 1
                used = 0
            }
            layout.word.append(word)
            layout.shift.append(UInt64(bits == 0 ? 0 : used))
            layout.mask.append((1 << UInt64(bits)) - 1)
            used += bits
        }
        layout.words = word + 1
        return layout
    }
}

extension UnsafeMutablePointer {
    /// A copy that the caller deallocates.
    static func copy(_ array: [Pointee]) -> UnsafeMutablePointer<Pointee> {
        let result = UnsafeMutablePointer<Pointee>.allocate(capacity: Swift.max(array.count, 1))
        array.withUnsafeBufferPointer { buffer in
            if let base = buffer.baseAddress { result.initialize(from: base, count: array.count) }
        }
        return result
    }
}

// What the loops do with a state.
extension PackedNetwork {
    @inline(__always)
    func local<State: PackedState>(_ state: State, _ field: Int) -> Int {
        Int(truncatingIfNeeded: (state.word(fieldWord[field]) >> fieldShift[field]) & fieldMask[field])
    }

    func initialState<State: PackedState>(_: State.Type) -> State {
        var state = State.zero
        for field in 0..<fieldCount {
            state.flip(UInt64(initialFields[field]) << fieldShift[field], word: fieldWord[field])
        }
        return state
    }

    /// Puts the moves that a state allows into `set`.
    @inline(__always)
    func enabled<State: PackedState>(_ state: State, into set: UnsafeMutablePointer<UInt64>) {
        for word in 0..<setWords { set[word] = allMoves[word] }
        for component in 0..<componentCount {
            let wide = width[component]
            let row = allowed + (allowedBase[component] &+ local(state, component) &* wide)
            let target = set + low[component]
            for word in 0..<wide { target[word] &= row[word] }
        }
    }

    @inline(__always)
    func successor<State: PackedState>(_ state: State, by move: Int) -> State {
        var next = state
        for k in constantOffset[move]..<constantOffset[move &+ 1] {
            next.flip(constants[k].bits, word: constants[k].word)
        }
        for k in lookupOffset[move]..<lookupOffset[move &+ 1] {
            let lookup = lookups[k]
            next.flip(table[lookup.base &+ local(state, lookup.field)], word: fieldWord[lookup.field])
        }
        return next
    }
}
