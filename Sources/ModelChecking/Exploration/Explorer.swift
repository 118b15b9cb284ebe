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
/// States are numbered level by level, so that a shortest path back needs no stored predecessors: the predecessor of a state is the first state of the level before that leads to it.
/// A level is taken in rounds. In a long round, the successors of all its states are first dealt out to the shards of the state table; then each shard takes in what is new to it, and the new
/// states get their numbers, shard by shard. Either part can be shared by threads, and the numbers do not depend on how many there are.
final class Explorer<State: PackedState>: ExploredSpace {
    let packed: PackedNetwork
    // Only one call at a time works on an explorer; checking that at each access would cost a third of the inner loop.
    @exclusivity(unchecked) var table = StateTable<State>()
    @exclusivity(unchecked) private(set) var transitionCount = 0
    /// Number of the first state of each level.
    private(set) var levels: [Int] = [0]
    let enabledSet: UnsafeMutablePointer<UInt64>
    /// How many threads the analyses after the exploration may use.
    private(set) var threads = 1
    @exclusivity(unchecked) var numbering: Numbering?

    /// States that are worth a long round.
    private static var longRound: Int { 1024 }
    /// States that are worth a second thread.
    static var parallelCount: Int { 1 << 15 }
    /// Successors of a long round, at least.
    private static var roundTransitions: Int { 1 << 16 }

    init(_ packed: PackedNetwork) {
        self.packed = packed
        enabledSet = .allocate(capacity: packed.setWords)
        let initial = packed.initialState(State.self)
        _ = table.insert(initial, hash: initial.hash)
    }

    deinit { enabledSet.deallocate() }

    var stateCount: Int { table.count }
    var byteCount: Int { table.bytes + packed.tableBytes }

    @_specialize(where State == UInt64)
    @_specialize(where State == Wide<UInt64>)
    @_specialize(where State == Wide<Wide<UInt64>>)
    func explore(_ inspection: Inspection, limits: Limits) throws -> (state: Int, finding: Finding)? {
        threads = limits.threads ?? Parallel.processorCount
        var rounds: LongRounds<State>?
        let single = Workplace<State>(setWords: packed.setWords, shards: 1, hasPositions: false)
        var next = 0
        var nextCheck = 0
        let most = limits.maximumStates ?? .max
        while next < table.count {
            let end = table.count
            if next > 0 { levels.append(next) }
            while next < end {
                if next >= nextCheck || table.count > most {
                    try limits.check(states: table.count, bytes: byteCount, frontier: table.count - next)
                    nextCheck = next + Self.longRound
                }
                if table.shardBits == 0, table.count >= StateTable<State>.splitCount { table.split() }
                let stop: Int
                if table.shardBits == 0 || end - next < Self.longRound {
                    // Short of a small limit the rounds are short too: it is not overshot by much.
                    stop = min(end, next + max(1, min(Self.longRound, most - table.count)))
                    if let found = shortRound(next..<stop, inspection, single) { return found }
                } else {
                    stop = min(end, next + roundLength(after: next))
                    if rounds == nil { rounds = LongRounds(packed.tables, threads: threads) }
                    let isShared = table.count >= Self.parallelCount
                    if let found = rounds!.expand(next..<stop, inspection, table.states.view, isShared: isShared) {
                        transitionCount += rounds!.transitionCount
                        return found
                    }
                    transitionCount += rounds!.transitionCount
                    rounds!.insert(into: &table, isShared: isShared)
                }
                next = stop
            }
        }
        try limits.check(states: table.count, bytes: byteCount)
        return nil
    }

    /// How many states a long round takes: as many as have a third as many successors as there are states, as far as one can tell: each
    /// part of the table is fetched once a round, so that few long rounds are fast; but successors take memory until they are dealt with.
    private func roundLength(after expanded: Int) -> Int {
        let branching = max(1, transitionCount / max(expanded, 1))
        return max(Self.longRound, max(Self.roundTransitions, table.count / 3) / branching)
    }

    /// Takes a few states one by one.
    @inline(__always)
    private func shortRound(
        _ round: Range<Int>, _ inspection: Inspection, _ place: Workplace<State>
    ) -> (state: Int, finding: Finding)? {
        let candidates = place.candidates.lists
        let tables = packed.tables
        candidates[0].removeAll()
        for number in round {
            let state = table.states[number]
            tables.enabled(state, into: enabledSet)
            if let finding = inspection.finding(in: state, enabledSet, tables) { return (number, finding) }
            if inspection.isCutOff(state, tables) { continue }
            for word in 0..<tables.setWords {
                var rest = enabledSet[word]
                transitionCount &+= rest.nonzeroBitCount
                rest &= ~tables.tickMoves[word]
                while rest != 0 {
                    let move = word &* 64 &+ rest.trailingZeroBitCount
                    rest &= rest &- 1
                    let successor = tables.successor(state, by: move)
                    candidates[0].append(successor, hash: successor.hash)
                }
            }
            if candidates[0].count >= 64 { insert(&candidates[0]) }
        }
        insert(&candidates[0])
        return nil
    }

    @inline(__always)
    private func insert(_ candidates: inout CandidateList<State>) {
        for k in 0..<candidates.count { _ = table.insert(candidates.state(k), hash: candidates.hashes[k]) }
        candidates.removeAll()
    }
}

extension Inspection {
    /// What is to be found in a state with these moves.
    @inline(__always)
    func finding<State: PackedState>(
        in state: State, _ enabledSet: UnsafeMutablePointer<UInt64>, _ tables: MoveTables
    ) -> Finding? {
        switch self {
        case .nothing: return nil
        case .deadlock:
            for word in 0..<tables.setWords where enabledSet[word] != 0 { return nil }
            return .deadlock
        case .refinement(let refinement):
            let node = tables.local(state, refinement.field)
            if refinement.isUnbounded[node] { return nil }
            if let move = refinement.forbidden(enabledSet, node: node) { return .forbidden(move: move) }
            if refinement.comparesRefusals, refinement.refuses(enabledSet, node: node) { return .refusal }
            return nil
        }
    }

    /// Whether a state's successors are of no interest: the specification allows everything there.
    @inline(__always)
    func isCutOff<State: PackedState>(_ state: State, _ tables: MoveTables) -> Bool {
        if case .refinement(let refinement) = self {
            return refinement.isUnbounded[tables.local(state, refinement.field)]
        }
        return false
    }
}
