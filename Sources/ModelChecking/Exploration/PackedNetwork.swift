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

    private(set) var moves: [Move] = []
    let tables: MoveTables
    let silentMoves: UnsafeMutablePointer<UInt64>
    let initialFields: [Int]
    let tableBytes: Int

    /// What is not followed of that which the components allow; nil where everything is.
    let filter: MoveFilter?
    var interchangeable: [InterchangeableComponents] { filter?.interchangeable ?? [] }
    var symmetry: PackedSymmetry? { filter?.symmetry }
    var persistentSets: PersistentSets? { filter?.persistentSets }

    /// - Parameters:
    ///   - watchdog: a deterministic observer that moves along with every visible event, and allows everything: the check looks at what it would have allowed.
    ///   - reductions: what may be applied; the caller sees to it that it is sound for the question.
    ///   - comparesRefusals: whether all moves of a state are looked at, not only where they lead.
    init(_ network: Network, watchdog: Watchdog?, reductions: Reductions = [], comparesRefusals: Bool = false) throws {
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
        initialFields = systems.map(\.initial)

        var builder = MoveBuilder(systems: systems, layout: layout)
        try builder.add(network, watchdog: watchdog)
        moves = builder.moves.map { Move(label: $0.label, rule: $0.rule) }
        let setWords = max(1, (moves.count + 63) / 64)
        let components = builder.allowedSets(componentCount: componentCount)
        let sets = AllowedSets(
            components, layout: layout,
            bits: layout.mask.map { UInt64($0.nonzeroBitCount) })
        let flips = moves.indices.map { move in
            builder.constants[builder.constantOffset[move]..<builder.constantOffset[move + 1]]
                .filter { $0.word == 0 }.reduce(0) { $0 ^ $1.bits }
        }
        filter = MoveFilter(
            network, moves: moves, layout: layout, components: components, watchdog: watchdog, reductions: reductions,
            comparesRefusals: comparesRefusals)
        tables = MoveTables(
            setWords: setWords, rowCount: sets.rows.count, rows: .copy(sets.rows), allowed: .copy(sets.allowed),
            allMoves: .copy(PackedNetwork.set(of: moves, words: setWords) { _ in true }),
            tickMoves: .copy(PackedNetwork.set(of: moves, words: setWords) { $0.label == .tick }),
            flips: .copy(flips), constants: .copy(builder.constants), constantOffset: .copy(builder.constantOffset),
            lookups: .copy(builder.lookups), lookupOffset: .copy(builder.lookupOffset),
            hasLookups: !builder.lookups.isEmpty, table: .copy(builder.table), fieldWord: .copy(layout.word),
            fieldShift: .copy(layout.shift), fieldMask: .copy(layout.mask),
            filter: filter.map { Unmanaged.passUnretained($0) }, standsForOthers: filter?.symmetry != nil)
        silentMoves = .copy(PackedNetwork.set(of: moves, words: setWords) { $0.label.isSilent })
        tableBytes = 8 * (sets.allowed.count + builder.table.count) + 24 * (builder.lookups.count + moves.count)
    }

    deinit {
        tables.deallocate()
        silentMoves.deallocate()
    }

    var setWords: Int { tables.setWords }
    var tickMoves: UnsafeMutablePointer<UInt64> { tables.tickMoves }

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
        // Exactly 64 bits would fit a single word, but need its top bit.
        let wordBits = layout.bits <= 64 ? 63 : 64
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

extension PackedNetwork {
    func initialState<State: PackedState>(_: State.Type) -> State {
        var state = State.zero
        for field in 0..<fieldCount {
            state.flip(UInt64(initialFields[field]) << tables.fieldShift[field], word: tables.fieldWord[field])
        }
        return state
    }
}
