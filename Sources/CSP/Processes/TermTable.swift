/// The hash table behind hash-consing: open addressing with linear probing over the dense ids of terms.
struct TermTable {
    private(set) var processes: [Process] = []
    private var hashes: [UInt64] = []
    /// Ids plus one; zero is free. Its size is a power of two, at most three quarters full.
    private var slots = [Int32](repeating: 0, count: 1024)
    private var used = 0

    var count: Int { processes.count }

    /// The term with this structure, made if there is none yet.
    mutating func intern(_ term: Process.Term) -> Process {
        let hash = TermHash.hash(term)
        let mask = slots.count - 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while slots[index] != 0 {
            let id = Int(slots[index]) - 1
            if hashes[id] == hash, TermHash.equal(processes[id].term, term) { return processes[id] }
            index = (index + 1) & mask
        }
        let made = append(term, hash: hash)
        slots[index] = Int32(made.id + 1)
        used += 1
        if used * 4 > slots.count * 3 { grow() }
        return made
    }

    /// A term that is never looked up by structure: a call.
    mutating func append(_ term: Process.Term) -> Process { append(term, hash: 0) }

    private mutating func append(_ term: Process.Term, hash: UInt64) -> Process {
        precondition(processes.count < Int32.max, "a term's id is 32 bits wide")
        let made = Process(id: processes.count, term: term)
        processes.append(made)
        hashes.append(hash)
        return made
    }

    /// The last term first.
    mutating func removeAll() {
        while processes.popLast() != nil {}
    }

    private mutating func grow() {
        var larger = [Int32](repeating: 0, count: slots.count * 2)
        let mask = larger.count - 1
        for entry in slots where entry != 0 {
            var index = Int(truncatingIfNeeded: hashes[Int(entry) - 1]) & mask
            while larger[index] != 0 { index = (index + 1) & mask }
            larger[index] = entry
        }
        slots = larger
    }
}

/// Structural hashes and equality of terms: operands count by identity.
enum TermHash {
    static func hash(_ term: Process.Term) -> UInt64 {
        var state = HashState()
        switch term {
        case .stop: state.add(1)
        case .skip: state.add(2)
        case .div: state.add(3)
        case .prefix(let event, let then): state.add(4, Int(event.index), then.id)
        case .externalChoice(let operands): state.add(5, operands)
        case .internalChoice(let operands): state.add(6, operands)
        case .slidingChoice(let p, let q): state.add(7, p.id, q.id)
        case .interrupt(let p, let q): state.add(8, p.id, q.id)
        case .exception(let p, let set, let q): state.add(9, p.id, set.id, q.id)
        case .sequential(let p, let q): state.add(10, p.id, q.id)
        case .interleave(let operands): state.add(11, operands)
        case .generalisedParallel(let set, let operands): state.add(12 + set.id << 8, operands)
        case .alphabetisedParallel(let operands):
            state.add(13)
            for operand in operands { state.add(operand.alphabet.id, operand.process.id) }
        case .linkedParallel(let pairs, let p, let q):
            state.add(14, p.id, q.id)
            for pair in pairs { state.add(Int(pair.left.index), Int(pair.right.index)) }
        case .hide(let p, let set): state.add(15, p.id, set.id)
        case .project(let p, let set): state.add(16, p.id, set.id)
        case .rename(let p, let pairs):
            state.add(17, p.id)
            for pair in pairs { state.add(Int(pair.from.index), Int(pair.to.index)) }
        case .synchronisingExternalChoice(let set, let operands): state.add(18 + set.id << 8, operands)
        case .synchronisingInterrupt(let p, let set, let q): state.add(19, p.id, set.id, q.id)
        case .run(let set): state.add(20, set.id)
        case .chaos(let set): state.add(21, set.id)
        case .prioritise(let p, let sets):
            state.add(22, p.id)
            for set in sets { state.add(set.id) }
        case .prioritisePartialOrder(let p, let set, let order, let maximal):
            state.add(23, p.id, set.id, maximal.id)
            for pair in order { state.add(Int(pair.lower.index), Int(pair.higher.index)) }
        case .compress(let kind, let p): state.add(24, Compression.allCases.firstIndex(of: kind) ?? 0, p.id)
        case .provided(let text, let set):
            state.add(26, set.id)
            for byte in text.utf8 { state.add(Int(byte)) }
        case .call: state.add(25)
        }
        return state.finished
    }

    static func equal(_ a: Process.Term, _ b: Process.Term) -> Bool {
        switch (a, b) {
        case (.stop, .stop), (.skip, .skip), (.div, .div): true
        case (.prefix(let e, let p), .prefix(let f, let q)): e == f && p === q
        case (.externalChoice(let ps), .externalChoice(let qs)), (.internalChoice(let ps), .internalChoice(let qs)),
            (.interleave(let ps), .interleave(let qs)):
            ps == qs
        case (.slidingChoice(let p, let q), .slidingChoice(let r, let s)),
            (.interrupt(let p, let q), .interrupt(let r, let s)),
            (.sequential(let p, let q), .sequential(let r, let s)):
            p === r && q === s
        case (.exception(let p, let a, let q), .exception(let r, let b, let s)),
            (.synchronisingInterrupt(let p, let a, let q), .synchronisingInterrupt(let r, let b, let s)):
            p === r && a === b && q === s
        case (.generalisedParallel(let a, let ps), .generalisedParallel(let b, let qs)),
            (.synchronisingExternalChoice(let a, let ps), .synchronisingExternalChoice(let b, let qs)):
            a === b && ps == qs
        case (.alphabetisedParallel(let ps), .alphabetisedParallel(let qs)):
            ps.elementsEqual(qs) { $0.alphabet === $1.alphabet && $0.process === $1.process }
        case (.linkedParallel(let a, let p, let q), .linkedParallel(let b, let r, let s)):
            p === r && q === s && a.elementsEqual(b) { $0 == $1 }
        case (.hide(let p, let a), .hide(let q, let b)), (.project(let p, let a), .project(let q, let b)):
            p === q && a === b
        case (.rename(let p, let a), .rename(let q, let b)): p === q && a.elementsEqual(b) { $0 == $1 }
        case (.run(let a), .run(let b)), (.chaos(let a), .chaos(let b)): a === b
        case (.prioritise(let p, let a), .prioritise(let q, let b)): p === q && a == b
        case (.prioritisePartialOrder(let p, let a, let x, let m), .prioritisePartialOrder(let q, let b, let y, let n)):
            p === q && a === b && m === n && x.elementsEqual(y) { $0 == $1 }
        case (.compress(let a, let p), .compress(let b, let q)): a == b && p === q
        case (.provided(let a, let x), .provided(let b, let y)): a == b && x === y
        case (.call(let a), .call(let b)): a === b
        default: false
        }
    }
}

/// A quick deterministic mixer (the finaliser of splitmix64 over each word).
struct HashState {
    private var value: UInt64 = 0x9E37_79B9_7F4A_7C15

    mutating func add(_ word: UInt64) {
        var z = (value ^ word) &* 0xBF58_476D_1CE4_E5B9
        z ^= z >> 29
        value = z &* 0x94D0_49BB_1331_11EB &+ 0x9E37_79B9_7F4A_7C15
    }

    mutating func add(_ word: Int) { add(UInt64(bitPattern: Int64(word))) }

    mutating func add(_ a: Int, _ b: Int) {
        add(a)
        add(b)
    }

    mutating func add(_ a: Int, _ b: Int, _ c: Int) {
        add(a, b)
        add(c)
    }

    mutating func add(_ a: Int, _ b: Int, _ c: Int, _ d: Int) {
        add(a, b)
        add(c, d)
    }

    mutating func add(_ kind: Int, _ operands: [Process]) {
        add(kind)
        for operand in operands { add(operand.id) }
    }

    var finished: UInt64 { value ^ (value >> 32) }
}
