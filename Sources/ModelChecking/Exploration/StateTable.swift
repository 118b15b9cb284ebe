internal import CPrefetch

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
    private let room = SpreadRoom()
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
        let isNew = shards[shard(of: hash)]
            .insert(state, hash: hash, number: number, known: states.view, fresh: nil, room)
        guard isNew else { return false }
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
                .insert(state, hash: hash, number: UInt64(number), known: states.view, fresh: nil, room)
        }
        whole.deallocate()
        shards.deallocate()
        shards = many
        shardBits = Self.splitBits
    }
}

/// A hash table with linear probing, for one part of the range of hashes. Probing runs past the last slot into some slack, never round.
///
/// It grows where it is, into addresses that were reserved for it: new memory is touched only as it is needed, and none is given back, which with several threads would
/// cost more than all else.
struct Shard<State: PackedState> {
    /// 0 is free; else the hash itself (states of one word), or 32 bits of the hash in the upper half and number + 1 in the lower.
    private var slots: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    private var slack: Int
    /// Slots that there are addresses for: some more than are used, as probing looks at four at a time.
    private var reserved: Int
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
        reserved = bits == 0 ? capacity + slack + 4 : Self.reservation(for: capacity + slack)
        slots = Pages.allocate(reserved, of: UInt64.self)
        Pages.fill(slots, 0..<(capacity + slack))
    }

    /// As many slots as fill the pages that so many slots need.
    private static func wholePages(_ slots: Int) -> Int { (slots + 511) & ~511 }

    private static func reservation(for slots: Int) -> Int { max(slots * 8, 1 << 16) }

    func deallocate() { Pages.free(slots, reserved) }

    var slotCount: Int { capacity + slack }
    /// Of the memory that is touched.
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
    ///   - room: for when it grows.
    @inline(__always)
    mutating func insert(
        _ state: State, hash: UInt64, number: UInt64, known: SegmentedView<State>, fresh: UnsafeMutablePointer<State>?,
        _ room: SpreadRoom
    ) -> Bool {
        let key = key(hash)
        var slot = home(key)
        if State.words == 1 {
            // Four places at a time, with one branch that is hard to guess in place of four.
            while true {
                let (first, second, third, fourth) = (slots[slot], slots[slot + 1], slots[slot + 2], slots[slot + 3])
                if first == hash || second == hash || third == hash || fourth == hash { return false }
                let free =
                    (first == 0 ? 1 : 0) | (second == 0 ? 2 : 0) | (third == 0 ? 4 : 0) | (fourth == 0 ? 8 : 0)
                if free != 0 {
                    slot &+= free.trailingZeroBitCount
                    break
                }
                slot &+= 4
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
        if count > limit || slot &+ 2 >= capacity &+ slack { grow(isFull: count > limit, room) }
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

    @inline(never)
    private mutating func grow(isFull: Bool, _ room: SpreadRoom) {
        let used = capacity + slack
        let former = capacity
        if isFull {
            // A large table grows by little, and to the end of a page: room that is not used would count.
            let more = capacity < 512 ? capacity : capacity < 2048 ? capacity / 4 : capacity * 3 / 16
            capacity += more
            if capacity > 512 { capacity = Self.wholePages(capacity + slack + 4) - slack - 4 }
            limit = capacity * 4 / 5
        } else {
            slack *= 2
        }
        if capacity + slack + 4 > reserved {
            let wider = Self.reservation(for: capacity + slack)
            let moved = Pages.allocate(wider, of: UInt64.self)
            moved.update(from: slots, count: used)
            Pages.free(slots, reserved)
            (slots, reserved) = (moved, wider)
        }
        Pages.fill(slots, used..<(capacity + slack))
        if capacity > former { spread(used, room) }
    }

    /// Puts the entries of the first so many slots where they belong now that the capacity is larger.
    ///
    /// Which places linear probing takes does not depend on the order in which entries come, and there is no less room for what comes last than there was: nothing reaches further
    /// beyond the last slot than it did before.
    private mutating func spread(_ used: Int, _ room: SpreadRoom) {
        let (slots, capacity, bits) = (slots, UInt64(truncatingIfNeeded: capacity), bits)
        let entries = room.entries(used)
        var count = 0
        for slot in 0..<used {
            let entry = slots[slot]
            entries[count] = entry
            count &+= entry == 0 ? 0 : 1
        }
        slots.update(repeating: 0, count: used)
        for index in 0..<count {
            let entry = entries[index]
            let key = State.words == 1 ? entry &<< bits : entry & Self.upperHalf
            var slot = Int(truncatingIfNeeded: key.multipliedFullWidth(by: capacity).high)
            while true {
                let (first, second, third, fourth) = (slots[slot], slots[slot + 1], slots[slot + 2], slots[slot + 3])
                let free =
                    (first == 0 ? 1 : 0) | (second == 0 ? 2 : 0) | (third == 0 ? 4 : 0) | (fourth == 0 ? 8 : 0)
                if free != 0 {
                    slot &+= free.trailingZeroBitCount
                    break
                }
                slot &+= 4
            }
            slots[slot] = entry
        }
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

/// Where one thread keeps a shard's entries while it spreads them.
final class SpreadRoom {
    private var memory: UnsafeMutablePointer<UInt64>?
    private var capacity = 0

    /// Room for so many, of no particular contents.
    func entries(_ count: Int) -> UnsafeMutablePointer<UInt64> {
        if let memory, capacity >= count { return memory }
        release()
        capacity = count * 2
        let made = Pages.allocate(capacity, of: UInt64.self)
        memory = made
        return made
    }

    private func release() {
        if let memory { Pages.free(memory, capacity) }
        memory = nil
    }

    deinit { release() }
}

/// Scratch memory for a first look at several hashes at once: the memory accesses of a loop without branches overlap.
struct ProbeBatch {
    static var size: Int { 32 }

    /// Where probing for each hash starts; then where those that the first look found are.
    let slots = UnsafeMutablePointer<Int>.allocate(capacity: size)
    /// Which of the hashes the first look did not find.
    let open = UnsafeMutablePointer<Int>.allocate(capacity: size)

    func deallocate() {
        slots.deallocate()
        open.deallocate()
    }

    /// As much of a range as a batch takes.
    @inline(__always)
    static func first(of range: Range<Int>) -> Range<Int> {
        range.lowerBound..<min(range.upperBound, range.lowerBound &+ size)
    }
}

extension Shard {
    /// Has the places fetched where the candidates of a range can be.
    @inline(__always)
    func fetch(_ list: CandidateList<State>, _ range: Range<Int>) {
        for index in range { prefetch(slots + home(key(list.hashes[index]))) }
    }

    /// Looks for the candidates of a range at the first places where each can be.
    /// - Returns: how many were not found there; `batch.open` has their positions in the range, `batch.slots` the places of those that were.
    @inline(__always)
    func probe(
        _ list: CandidateList<State>, _ range: Range<Int>, _ known: SegmentedView<State>,
        _ fresh: UnsafeMutablePointer<State>?, _ batch: ProbeBatch
    ) -> Int {
        let start = range.lowerBound
        var open = 0
        if State.words == 1 {
            for k in 0..<range.count {
                let hash = list.hashes[start &+ k]
                let slot = home(key(hash))
                // Four places, and no branch; there is always that much slack.
                let first = slots[slot] == hash ? 1 : 0
                let second = slots[slot &+ 1] == hash ? 1 : 0
                let third = slots[slot &+ 2] == hash ? 1 : 0
                let fourth = slots[slot &+ 3] == hash ? 1 : 0
                batch.slots[k] = slot &+ second &+ 2 &* third &+ 3 &* fourth
                batch.open[open] = k
                open &+= 1 &- (first | second | third | fourth)
            }
            return open
        }
        for k in 0..<range.count {
            let slot = home(key(list.hashes[start &+ k]))
            batch.slots[k] = slot
            // One past its number; of an entry without one any state's place will do.
            let past = slots[slot] & 0xffff_ffff
            prefetch(known.address(past == 0 || past > Self.provisional ? 0 : Int(truncatingIfNeeded: past &- 1)))
        }
        for k in 0..<range.count {
            let entry = slots[batch.slots[k]]
            let isFound =
                entry != 0 && entry & Self.upperHalf == key(list.hashes[start &+ k])
                && same(entry, list.states[start &+ k], known, fresh)
            batch.open[open] = k
            open &+= isFound ? 0 : 1
        }
        return open
    }
}
