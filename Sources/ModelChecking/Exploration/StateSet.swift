import Glibc

/// The states found so far, exactly: an append-only array in the order of discovery, and a hash table over it.
///
/// A state of one word is kept in the table itself, so that a look-up touches one cache line; of a wider one the table keeps 32 bits of its hash and its
/// index. Slots are in the order of the hash (`hash * capacity >> 64`), which lets the table grow in place: at its largest it takes the memory of one table, not of two.
struct StateSet<State: PackedState>: ~Copyable {
    private(set) var count = 0
    private(set) var states: UnsafeMutablePointer<State>
    private var reserved: Int

    /// 0 is free; else state + 1 (one word), or hash tag in the upper half and index + 1 in the lower.
    private var slots: UnsafeMutablePointer<UInt64>
    private var capacity: Int
    /// Probing runs past the last slot into the slack, never round.
    private var slack: Int

    init() {
        capacity = 4096
        slack = 64
        reserved = 4096
        slots = StateSet.allocate(capacity + slack)
        slots.update(repeating: 0, count: capacity + slack)
        states = StateSet.allocate(reserved)
    }

    deinit {
        free(slots)
        free(states)
    }

    private static func allocate<T>(_ count: Int) -> UnsafeMutablePointer<T> {
        malloc(count * MemoryLayout<T>.stride)!.bindMemory(to: T.self, capacity: count)
    }

    /// What the arrays take, in bytes.
    var bytes: Int { (capacity + slack) * 8 + reserved * MemoryLayout<State>.stride }

    /// Where probing for a state with this hash starts.
    @inline(__always)
    func home(_ hash: UInt64) -> Int {
        let key = State.words == 1 ? hash : hash & 0xffff_ffff_0000_0000
        return Int(truncatingIfNeeded: key.multipliedFullWidth(by: UInt64(truncatingIfNeeded: capacity)).high)
    }

    /// Adds a state unless it is there.
    /// - Returns: whether it is new; then its index is the old `count`.
    @inline(__always)
    mutating func insert(_ state: State, hash: UInt64) -> Bool {
        var slot = home(hash)
        if State.words == 1 {
            let value = state.word(0) &+ 1
            while true {
                let entry = slots[slot]
                if entry == value { return false }
                if entry == 0 { break }
                slot &+= 1
            }
            slots[slot] = value
        } else {
            let tag = hash & 0xffff_ffff_0000_0000
            while true {
                let entry = slots[slot]
                if entry == 0 { break }
                if entry & 0xffff_ffff_0000_0000 == tag, states[Int(entry & 0xffff_ffff) &- 1] == state { return false }
                slot &+= 1
            }
            slots[slot] = tag | UInt64(truncatingIfNeeded: count &+ 1)
        }
        states[count] = state
        count &+= 1
        if slot &+ 2 >= capacity &+ slack { widenSlack() }
        return true
    }

    /// Makes room for so many more states, so that `insert` need not check.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count &+ more > reserved { growStates(more) }
        if (count &+ more) &* 5 > capacity &* 4 { grow(to: max(capacity + capacity / 2, (count + more) * 2)) }
    }

    private mutating func growStates(_ more: Int) {
        reserved = max(reserved + reserved / 4, count + more)
        states = realloc(states, reserved * MemoryLayout<State>.stride)!.bindMemory(to: State.self, capacity: reserved)
    }

    private mutating func grow(to wanted: Int) {
        let oldSize = capacity + slack
        capacity = wanted
        rehash(oldSize: oldSize)
        if slots[capacity + slack - 2] != 0 || slots[capacity + slack - 1] != 0 { widenSlack() }
    }

    private mutating func widenSlack() {
        let oldSize = capacity + slack
        slack *= 2
        rehash(oldSize: oldSize)
    }

    /// Moves the entries up to the end of the larger table, then down again from the first one, each to its new place. As slots are ordered
    /// by hash, a new place is never above the place that an entry is read from, and everything between the two has been read already.
    private mutating func rehash(oldSize: Int) {
        let size = capacity + slack
        slots = realloc(slots, size * 8)!.bindMemory(to: UInt64.self, capacity: size)
        let shift = size - oldSize
        memmove(slots + shift, slots, oldSize * 8)
        slots.update(repeating: 0, count: shift)
        for position in shift..<size {
            let entry = slots[position]
            if entry == 0 { continue }
            slots[position] = 0
            var slot = home(State.words == 1 ? mixed(entry &- 1) : entry)
            while slots[slot] != 0 { slot &+= 1 }
            slots[slot] = entry
        }
    }

    /// The slot of a state, or nil when it is not there.
    @inline(__always)
    func slot(of state: State) -> Int? {
        let hash = state.hash
        var slot = home(hash)
        if State.words == 1 {
            let value = state.word(0) &+ 1
            while true {
                let entry = slots[slot]
                if entry == value { return slot }
                if entry == 0 { return nil }
                slot &+= 1
            }
        }
        let tag = hash & 0xffff_ffff_0000_0000
        while true {
            let entry = slots[slot]
            if entry == 0 { return nil }
            if entry & 0xffff_ffff_0000_0000 == tag, states[Int(entry & 0xffff_ffff) &- 1] == state { return slot }
            slot &+= 1
        }
    }

    /// For each slot the index of its state: what turns the set into a map. Costs nothing for wide states, whose slots hold it.
    func indices() -> [UInt32] {
        guard State.words == 1 else { return [] }
        var result = [UInt32](repeating: 0, count: capacity + slack)
        for index in 0..<count { result[slot(of: states[index])!] = UInt32(index) }
        return result
    }

    /// The index of a state, or nil when it is not there.
    @inline(__always)
    func index(of state: State, indices: UnsafePointer<UInt32>?) -> Int? {
        guard let slot = slot(of: state) else { return nil }
        return State.words == 1 ? Int(indices![slot]) : Int(slots[slot] & 0xffff_ffff) &- 1
    }
}
