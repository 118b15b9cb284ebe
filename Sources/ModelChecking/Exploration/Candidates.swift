/// Successors on their way to one shard of the state table, in the order in which they were met.
struct CandidateList<State: PackedState> {
    private(set) var hashes: UnsafeMutablePointer<UInt64>
    /// Empty for states of one word, which their hash determines.
    private(set) var states: UnsafeMutablePointer<State>
    /// For look-ups: which of the asked-for numbers this is.
    private(set) var positions: UnsafeMutablePointer<UInt32>
    private(set) var count = 0
    private var capacity = 64
    private let hasPositions: Bool

    init(hasPositions: Bool) {
        self.hasPositions = hasPositions
        hashes = Pages.allocate(capacity, of: UInt64.self)
        states = Pages.allocate(State.words == 1 ? 1 : capacity, of: State.self)
        positions = Pages.allocate(hasPositions ? capacity : 1, of: UInt32.self)
    }

    func deallocate() {
        Pages.free(hashes, capacity)
        Pages.free(states, State.words == 1 ? 1 : capacity)
        Pages.free(positions, hasPositions ? capacity : 1)
    }

    @inline(__always)
    mutating func append(_ state: State, hash: UInt64) {
        if count == capacity { grow() }
        hashes[count] = hash
        if State.words > 1 { states[count] = state }
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ state: State, hash: UInt64, position: UInt32) {
        if count == capacity { grow() }
        hashes[count] = hash
        if State.words > 1 { states[count] = state }
        positions[count] = position
        count &+= 1
    }

    @inline(__always)
    func state(_ index: Int) -> State {
        if State.words > 1 { return states[index] }
        var state = State.zero
        state.flip(UInt64(hash: hashes[index]), word: 0)
        return state
    }

    @inline(__always)
    mutating func removeAll() { count = 0 }

    /// A list of more than a page has addresses for far more than it needs yet, whose memory is touched only as it is needed: it seldom moves.
    @inline(never)
    private mutating func grow() {
        let wider = capacity < 512 ? capacity * 2 : max(capacity * 8, 1 << 15)
        hashes = moved(hashes, to: wider)
        if State.words > 1 { states = moved(states, to: wider) }
        if hasPositions { positions = moved(positions, to: wider) }
        capacity = wider
    }

    private func moved<T: BitwiseCopyable>(_ old: UnsafeMutablePointer<T>, to wider: Int) -> UnsafeMutablePointer<T> {
        let new = Pages.allocate(wider, of: T.self)
        new.update(from: old, count: count)
        Pages.free(old, capacity)
        return new
    }
}

/// One list a shard.
struct Candidates<State: PackedState>: ~Copyable {
    let lists: UnsafeMutablePointer<CandidateList<State>>
    private let count: Int

    init(shards: Int, hasPositions: Bool) {
        count = shards
        lists = .allocate(capacity: shards)
        for index in 0..<shards { lists[index] = CandidateList(hasPositions: hasPositions) }
    }

    deinit {
        for index in 0..<count { lists[index].deallocate() }
        lists.deallocate()
    }

    func removeAll() {
        for index in 0..<count { lists[index].removeAll() }
    }
}

/// What one thread needs to take part in a round.
final class Workplace<State: PackedState> {
    let enabledSet: UnsafeMutablePointer<UInt64>
    let candidates: Candidates<State>
    let room = SpreadRoom()

    init(setWords: Int, shards: Int, hasPositions: Bool) {
        enabledSet = .allocate(capacity: setWords)
        candidates = Candidates(shards: shards, hasPositions: hasPositions)
    }

    deinit { enabledSet.deallocate() }
}
