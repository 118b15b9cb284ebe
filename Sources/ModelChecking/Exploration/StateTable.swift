/// The states found so far, exactly: an append-only array in the order of their numbers, and a hash table over it.
///
/// The table starts as one shard and is split into 256 by the upper bits of the hash once it is worth it: an exploration hands each shard its share of a round's
/// successors at once, so that the shard at work stays in the processor's cache, and shards can be served by several threads.
/// A state of one word is kept in the table itself, as its hash, which is a bijection of it. For a wider one the table keeps 32 bits of its hash and its number.
struct StateTable<State: PackedState>: ~Copyable {
    static var splitBits: Int { 8 }
    /// States at which the table is split.
    static var splitCount: Int { 1 << 15 }

    var states = SegmentedArray<State>()
    private(set) var shards: UnsafeMutablePointer<Shard<State>>
    private(set) var shardBits = 0
    var shardCount: Int { 1 << shardBits }
    var count: Int { states.count }

    init() {
        shards = .allocate(capacity: 1)
        shards.initialize(to: Shard(capacity: 256, bits: 0))
    }

    deinit {
        for index in 0..<(1 << shardBits) { shards[index].deallocate() }
        shards.deallocate()
    }

    /// What the arrays take, in bytes.
    var bytes: Int {
        var total = states.bytes
        for index in 0..<shardCount { total += shards[index].bytes }
        return total
    }

    @inline(__always)
    func shard(of hash: UInt64) -> Int {
        shardBits == 0 ? 0 : Int(truncatingIfNeeded: hash &>> UInt64(64 &- Self.splitBits))
    }

    /// Adds a state unless it is there, with the next number.
    /// - Returns: whether it is new.
    @inline(__always)
    mutating func insert(_ state: State, hash: UInt64) -> Bool {
        let number = UInt64(truncatingIfNeeded: states.count)
        guard shards[shard(of: hash)].insert(state, hash: hash, number: number, known: states.view, fresh: nil) else {
            return false
        }
        states.reserve(states.count &+ 1)
        states.append(state)
        return true
    }

    /// Forgets the hash table; the states stay.
    mutating func releaseShards() {
        for index in 0..<shardCount {
            shards[index].deallocate()
            shards[index] = Shard(capacity: 1, bits: shardBits)
        }
    }

    /// Makes one shard many, each a part of the range of hashes.
    mutating func split() {
        precondition(shardBits == 0)
        let whole = shards[0]
        let many = UnsafeMutablePointer<Shard<State>>.allocate(capacity: 1 << Self.splitBits)
        for index in 0..<(1 << Self.splitBits) {
            many[index] = Shard(capacity: (count * 3 / 2) >> Self.splitBits + 16, bits: Self.splitBits)
        }
        for number in 0..<states.count {
            let state = states[number]
            let hash = state.hash
            _ = many[Int(hash >> UInt64(64 - Self.splitBits))]
                .insert(state, hash: hash, number: UInt64(number), known: states.view, fresh: nil)
        }
        whole.deallocate()
        shards.deallocate()
        shards = many
        shardBits = Self.splitBits
    }
}

/// A hash table with linear probing, for one part of the range of hashes. Probing runs past the last slot into some slack, never round.
struct Shard<State: PackedState> {
    /// 0 is free; else the hash itself (states of one word), or 32 bits of the hash in the upper half and number + 1 in the lower.
    private var slots: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private var slack: Int
    private(set) var count = 0
    /// The most entries before it grows.
    private var limit: Int
    /// How many upper bits of the hash have chosen the shard.
    private let bits: UInt64

    /// A number that counts the states found in the round at hand, from 0; what it becomes is known at the round's end.
    static var provisional: UInt64 { 1 << 31 }
    private static var upperHalf: UInt64 { 0xffff_ffff_0000_0000 }

    init(capacity: Int, bits: Int) {
        self.capacity = capacity
        self.bits = UInt64(bits)
        slack = 32
        limit = capacity * 4 / 5
        slots = Pages.allocate(capacity + slack, of: UInt64.self)
    }

    func deallocate() { Pages.free(slots, capacity + slack) }

    var slotCount: Int { capacity + slack }
    var bytes: Int { (capacity + slack) * 8 }

    @inline(__always)
    private func key(_ hash: UInt64) -> UInt64 {
        let key = hash &<< bits
        return State.words == 1 ? key : key & Self.upperHalf
    }

    @inline(__always)
    private func home(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: key.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity)).high)
    }

    /// Adds a state unless it is there.
    /// - Parameters:
    ///   - number: for a state of several words, its number, or one above `provisional`.
    ///   - known: the states that have numbers.
    ///   - fresh: those that have provisional ones.
    @inline(__always)
    mutating func insert(
        _ state: State, hash: UInt64, number: UInt64, known: SegmentedView<State>, fresh: UnsafeMutablePointer<State>?
    ) -> Bool {
        let key = key(hash)
        var slot = home(key)
        if State.words == 1 {
            while true {
                let entry = slots[slot]
                if entry == hash { return false }
                if entry == 0 { break }
                slot &+= 1
            }
            slots[slot] = hash
        } else {
            while true {
                let entry = slots[slot]
                if entry == 0 { break }
                if entry & Self.upperHalf == key, same(entry, state, known, fresh) { return false }
                slot &+= 1
            }
            slots[slot] = key | (number &+ 1)
        }
        count &+= 1
        if count > limit || slot &+ 2 >= capacity &+ slack { grow(isFull: count > limit) }
        return true
    }

    @inline(__always)
    private func same(
        _ entry: UInt64, _ state: State, _ known: SegmentedView<State>, _ fresh: UnsafeMutablePointer<State>?
    ) -> Bool {
        let number = (entry & 0xffff_ffff) &- 1
        if number & Self.provisional != 0, let fresh {
            return fresh[Int(truncatingIfNeeded: number & (Self.provisional &- 1))] == state
        }
        return known[Int(truncatingIfNeeded: number)] == state
    }

    /// One shard is a small part of the whole: the peak is hardly more than the new table.
    @inline(never)
    private mutating func grow(isFull: Bool) {
        let (old, oldSize) = (slots, capacity + slack)
        if isFull {
            // A large table grows by little: room that is not used would count.
            capacity = capacity < 2048 ? capacity * 2 : capacity + capacity / 4
            limit = capacity * 4 / 5
        } else {
            slack *= 2
        }
        while !move(old, oldSize) { slack *= 2 }
        Pages.free(old, oldSize)
    }

    /// Puts entries into a new table; false when they run out of slack.
    private mutating func move(_ old: UnsafeMutablePointer<UInt64>, _ oldSize: Int) -> Bool {
        let size = capacity + slack
        slots = Pages.allocate(size, of: UInt64.self)
        for position in 0..<oldSize where old[position] != 0 {
            let entry = old[position]
            var slot = home(State.words == 1 ? entry &<< bits : entry & Self.upperHalf)
            while slots[slot] != 0 { slot &+= 1 }
            slots[slot] = entry
            if slot &+ 2 >= size {
                Pages.free(slots, size)
                return false
            }
        }
        return true
    }

    /// The slot of a state that has its number, or nil when it is not there.
    @inline(__always)
    func slot(of state: State, hash: UInt64, known: SegmentedView<State>) -> Int? {
        let key = key(hash)
        var slot = home(key)
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if State.words == 1 {
                if entry == hash { return slot }
            } else if entry & Self.upperHalf == key, same(entry, state, known, nil) {
                return slot
            }
            slot &+= 1
        }
    }

    /// The number in a slot; of states of several words only.
    @inline(__always)
    func number(at slot: Int) -> Int { Int(truncatingIfNeeded: slots[slot] & 0xffff_ffff) &- 1 }

    /// Gives a state of several words its number in place of a provisional one.
    @inline(__always)
    mutating func settle(hash: UInt64, provisional: UInt64, number: UInt64) {
        let key = key(hash)
        let wanted = key | (provisional &+ 1)
        var slot = home(key)
        while slots[slot] != wanted { slot &+= 1 }
        slots[slot] = key | (number &+ 1)
    }
}

/// Scratch memory for a first look at several hashes at once: the memory accesses of a loop without branches overlap.
struct ProbeBatch {
    static var size: Int { 32 }

    /// What is where probing for each hash starts, and where that is.
    let entries = UnsafeMutablePointer<UInt64>.allocate(capacity: size)
    let slots = UnsafeMutablePointer<Int>.allocate(capacity: size)
    /// Which of the hashes the first look did not find.
    let open = UnsafeMutablePointer<Int>.allocate(capacity: size)

    func deallocate() {
        entries.deallocate()
        slots.deallocate()
        open.deallocate()
    }
}

extension Shard {
    /// Looks for the candidates of a range at the first place where each can be.
    /// - Returns: how many were not found there; `batch.open` has their positions in the range.
    @inline(__always)
    func probe(
        _ list: CandidateList<State>, _ range: Range<Int>, _ known: SegmentedView<State>,
        _ fresh: UnsafeMutablePointer<State>?, _ batch: ProbeBatch
    ) -> Int {
        let start = range.lowerBound
        for k in 0..<range.count {
            let slot = home(key(list.hashes[start &+ k]))
            batch.slots[k] = slot
            batch.entries[k] = slots[slot]
        }
        var open = 0
        for k in 0..<range.count {
            let entry = batch.entries[k]
            let hash = list.hashes[start &+ k]
            let isFound =
                State.words == 1
                ? entry == hash
                : entry != 0 && entry & Self.upperHalf == key(hash)
                    && same(entry, list.states[start &+ k], known, fresh)
            batch.open[open] = k
            open &+= isFound ? 0 : 1
        }
        return open
    }
}
