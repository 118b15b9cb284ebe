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
        hashes = .allocate(capacity: capacity)
        states = .allocate(capacity: State.words == 1 ? 1 : capacity)
        positions = .allocate(capacity: hasPositions ? capacity : 1)
    }

    func deallocate() {
        hashes.deallocate()
        states.deallocate()
        positions.deallocate()
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

    @inline(never)
    private mutating func grow() {
        let wider = capacity + capacity / 2
        hashes = Self.moved(hashes, count, to: wider)
        if State.words > 1 { states = Self.moved(states, count, to: wider) }
        if hasPositions { positions = Self.moved(positions, count, to: wider) }
        capacity = wider
    }

    private static func moved<T>(_ old: UnsafeMutablePointer<T>, _ count: Int, to capacity: Int)
        -> UnsafeMutablePointer<T>
    {
        let new = UnsafeMutablePointer<T>.allocate(capacity: capacity)
        new.moveInitialize(from: old, count: count)
        old.deallocate()
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
}

/// What one thread needs to expand a part of a round.
final class Workplace<State: PackedState> {
    let enabledSet: UnsafeMutablePointer<UInt64>
    let candidates: Candidates<State>
    /// Of the part at hand.
    var transitionCount = 0
    var finding: (state: Int, finding: Finding)?

    init(setWords: Int, shards: Int, hasPositions: Bool) {
        enabledSet = .allocate(capacity: setWords)
        candidates = Candidates(shards: shards, hasPositions: hasPositions)
    }

    deinit { enabledSet.deallocate() }
}
