/// What an exploration looks for in each state that it meets.
enum Inspection {
    case nothing
    case deadlock
    case refinement(RefinementTables)
}

/// What it found, in one state.
enum Finding: Equatable {
    case deadlock
    /// A visible move that the specification does not allow.
    case forbidden(move: Int)
    /// The state refuses what the specification wants offered.
    case refusal
}

/// Breadth-first search over the packed states of a network.
///
/// States are numbered in the order of discovery, so that a shortest path back needs no stored predecessors: the predecessor of a state is the first state of the level before that leads to it.
final class Explorer<State: PackedState>: ExploredSpace {
    let packed: PackedNetwork
    // Only one call at a time works on an explorer; checking that at each access would cost a third of the inner loop.
    @exclusivity(unchecked) private var found = StateSet<State>()
    @exclusivity(unchecked) private(set) var transitionCount = 0
    /// Number of the first state of each level.
    private(set) var levels: [Int] = [0]
    @exclusivity(unchecked) private var enabledSet: UnsafeMutablePointer<UInt64>
    @exclusivity(unchecked) private var batch = Batch<State>()
    @exclusivity(unchecked) private var slotIndices: [UInt32]?

    init(_ packed: PackedNetwork) {
        self.packed = packed
        enabledSet = .allocate(capacity: packed.setWords)
        let initial = packed.initialState(State.self)
        found.reserve(1)
        _ = found.insert(initial, hash: initial.hash)
    }

    deinit { enabledSet.deallocate() }

    var stateCount: Int { found.count }
    var byteCount: Int { found.bytes + packed.tableBytes }

    @_specialize(where State == UInt64)
    @_specialize(where State == Wide<UInt64>)
    @_specialize(where State == Wide<Wide<UInt64>>)
    func explore(_ inspection: Inspection, limits: Limits) throws -> (state: Int, finding: Finding)? {
        var next = 0
        while next < found.count {
            let end = found.count
            if next > 0 { levels.append(next) }
            while next < end {
                if next & 0xfff == 0 {
                    try limits.check(states: found.count, bytes: byteCount, frontier: found.count - next)
                }
                let state = found.states[next]
                packed.enabled(state, into: enabledSet)
                if let finding = inspect(state, inspection) { return (next, finding) }
                if !isCutOff(state, inspection) { expand(state) }
                next += 1
                if batch.count >= Batch<State>.size || next == end { flush() }
            }
        }
        try limits.check(states: found.count, bytes: byteCount)
        return nil
    }

    @inline(__always)
    private func inspect(_ state: State, _ inspection: Inspection) -> Finding? {
        switch inspection {
        case .nothing: return nil
        case .deadlock:
            for word in 0..<packed.setWords where enabledSet[word] != 0 { return nil }
            return .deadlock
        case .refinement(let tables):
            let node = packed.local(state, packed.fieldCount &- 1)
            if tables.isUnbounded[node] { return nil }
            if let move = tables.forbidden(enabledSet, node: node) { return .forbidden(move: move) }
            if tables.comparesRefusals, tables.refuses(enabledSet, node: node, packed: packed) { return .refusal }
            return nil
        }
    }

    /// Whether a state's successors are of no interest: the specification allows everything there.
    @inline(__always)
    private func isCutOff(_ state: State, _ inspection: Inspection) -> Bool {
        if case .refinement(let tables) = inspection {
            return tables.isUnbounded[packed.local(state, packed.fieldCount &- 1)]
        }
        return false
    }

    /// Puts the successors by the moves in `enabledSet` into the batch. A tick is counted, but leads nowhere that needs a look.
    @inline(__always)
    private func expand(_ state: State) {
        for word in 0..<packed.setWords {
            var rest = enabledSet[word]
            transitionCount &+= rest.nonzeroBitCount
            rest &= ~packed.tickMoves[word]
            while rest != 0 {
                let move = word &* 64 &+ rest.trailingZeroBitCount
                rest &= rest &- 1
                let next = packed.successor(state, by: move)
                batch.append(next, hash: next.hash)
            }
        }
    }

    @inline(__always)
    private func flush() {
        found.reserve(batch.count)
        for k in 0..<batch.count { _ = found.insert(batch.states[k], hash: batch.hashes[k]) }
        batch.removeAll()
    }

    // MARK: After the exploration

    func state(_ index: Int) -> [Int] { (0..<packed.fieldCount).map { packed.local(found.states[index], $0) } }

    /// The moves that state `index` enables, ascending.
    func moves(of index: Int) -> [Int] {
        packed.enabled(found.states[index], into: enabledSet)
        var result: [Int] = []
        for word in 0..<packed.setWords {
            var rest = enabledSet[word]
            while rest != 0 {
                result.append(word * 64 + rest.trailingZeroBitCount)
                rest &= rest - 1
            }
        }
        return result
    }

    /// The number of the state that a move leads to; nil where it was never entered.
    func target(of index: Int, by move: Int) -> Int? {
        if slotIndices == nil { slotIndices = found.indices() }
        return slotIndices!.withUnsafeBufferPointer {
            found.index(of: packed.successor(found.states[index], by: move), indices: $0.baseAddress)
        }
    }

    @_specialize(where State == UInt64)
    @_specialize(where State == Wide<UInt64>)
    @_specialize(where State == Wide<Wide<UInt64>>)
    func forEachTransition(limits: Limits, bytes: Int, _ body: (_ state: Int, _ move: Int, _ target: Int) -> Void)
        throws
    {
        if slotIndices == nil { slotIndices = found.indices() }
        let indices = slotIndices!
        try indices.withUnsafeBufferPointer { indices in
            for index in 0..<found.count {
                if index & 0xfff == 0 { try limits.check(states: found.count, bytes: bytes) }
                let state = found.states[index]
                packed.enabled(state, into: enabledSet)
                for word in 0..<packed.setWords {
                    var rest = enabledSet[word]
                    let ticks = packed.tickMoves[word]
                    while rest != 0 {
                        let bit = rest.trailingZeroBitCount
                        rest &= rest &- 1
                        let move = word &* 64 &+ bit
                        if ticks >> UInt64(bit) & 1 != 0 {
                            body(index, move, -1)
                        } else {
                            body(
                                index, move,
                                found.index(of: packed.successor(state, by: move), indices: indices.baseAddress)!)
                        }
                    }
                }
            }
        }
    }

    func shortestPath(to index: Int) -> [(move: Int, state: Int)] {
        var path: [(move: Int, state: Int)] = []
        var current = index
        var level = levels.lastIndex { $0 <= index }!
        while level > 0 {
            let target = found.states[current]
            search: for candidate in levels[level - 1]..<levels[level] {
                let state = found.states[candidate]
                for move in moves(of: candidate)
                where packed.moves[move].label != .tick && packed.successor(state, by: move) == target {
                    path.append((move, current))
                    current = candidate
                    break search
                }
            }
            level -= 1
        }
        return path.reversed()
    }
}

/// Successors on their way into the state set, held back so that several memory accesses are under way at once.
struct Batch<State: PackedState>: ~Copyable {
    static var size: Int { 64 }
    private(set) var states: UnsafeMutablePointer<State>
    private(set) var hashes: UnsafeMutablePointer<UInt64>
    private(set) var count = 0
    private var capacity = 1024

    init() {
        states = .allocate(capacity: capacity)
        hashes = .allocate(capacity: capacity)
    }

    deinit {
        states.deallocate()
        hashes.deallocate()
    }

    @inline(__always)
    mutating func append(_ state: State, hash: UInt64) {
        if count == capacity { grow() }
        states[count] = state
        hashes[count] = hash
        count &+= 1
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }

    private mutating func grow() {
        let newStates = UnsafeMutablePointer<State>.allocate(capacity: capacity * 2)
        let newHashes = UnsafeMutablePointer<UInt64>.allocate(capacity: capacity * 2)
        newStates.moveInitialize(from: states, count: capacity)
        newHashes.moveInitialize(from: hashes, count: capacity)
        states.deallocate()
        hashes.deallocate()
        states = newStates
        hashes = newHashes
        capacity *= 2
    }
}
