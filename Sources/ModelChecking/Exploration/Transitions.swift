/// The transitions of consecutive states, with the numbers of their targets.
struct TransitionBlock {
    /// The target of a tick.
    static let termination = UInt32.max

    let states: Range<Int>
    /// By state of the block: how many transitions it has.
    let degrees: UnsafePointer<UInt32>
    /// State by state, ascending.
    let moves: UnsafePointer<UInt32>
    let targets: UnsafePointer<UInt32>
    let count: Int
}

/// For each slot of a table of one-word states, the number of its state: what turns the set into a map. Wide states' slots hold it themselves.
final class Numbering: @unchecked Sendable {
    let numbers: UnsafeMutablePointer<UnsafeMutablePointer<UInt32>>
    private let sizes: [Int]

    init(slots: [Int]) {
        sizes = slots
        numbers = .allocate(capacity: slots.count)
        for (index, size) in slots.enumerated() { numbers[index] = Pages.allocate(size, of: UInt32.self) }
    }

    deinit {
        for (index, size) in sizes.enumerated() { Pages.free(numbers[index], size) }
        numbers.deallocate()
    }

    var bytes: Int { sizes.reduce(0, +) * 4 }
}

/// A part of a round of look-ups.
private final class LookupPart<State: PackedState> {
    let place: Workplace<State>
    var states = 0..<0
    var degrees: [UInt32] = []
    var moves: [UInt32] = []
    var targets: [UInt32] = []

    init(setWords: Int, shards: Int) {
        place = Workplace(setWords: setWords, shards: shards, hasPositions: true)
    }

    /// Deals out the successors of these states.
    @inline(__always)
    func expand(_ range: Range<Int>, _ states: SegmentedView<State>, _ tables: MoveTables, shardBits: Int) {
        self.states = range
        let lists = place.candidates.lists
        for shard in 0..<(1 << shardBits) { lists[shard].removeAll() }
        degrees.removeAll(keepingCapacity: true)
        moves.removeAll(keepingCapacity: true)
        for number in range {
            let state = states[number]
            let start = moves.count
            tables.enabled(state, into: place.enabledSet)
            for word in 0..<tables.setWords {
                var rest = place.enabledSet[word]
                let ticks = tables.tickMoves[word]
                while rest != 0 {
                    let bit = rest.trailingZeroBitCount
                    rest &= rest &- 1
                    let move = word &* 64 &+ bit
                    if ticks &>> UInt64(bit) & 1 == 0 {
                        let successor = tables.successor(state, by: move)
                        let hash = successor.hash
                        let shard = shardBits == 0 ? 0 : Int(truncatingIfNeeded: hash &>> UInt64(64 &- shardBits))
                        lists[shard].append(
                            successor, hash: hash, position: UInt32(truncatingIfNeeded: moves.count))
                    }
                    moves.append(UInt32(truncatingIfNeeded: move))
                }
            }
            degrees.append(UInt32(truncatingIfNeeded: moves.count &- start))
        }
        targets.removeAll(keepingCapacity: true)
        targets.append(contentsOf: repeatElement(TransitionBlock.termination, count: moves.count))
    }
}

extension Explorer {
    /// The number of the state that a move leads to; nil where it was never entered.
    func target(of index: Int, by move: Int) -> Int? {
        number(of: packed.tables.successor(table.states[index], by: move))
    }

    private func number(of state: State) -> Int? {
        let numbering = prepareNumbering()
        let hash = state.hash
        let shard = table.shard(of: hash)
        guard let slot = table.shards[shard].slot(of: state, hash: hash, known: table.states.view) else { return nil }
        return State.words == 1 ? Int(numbering!.numbers[shard][slot]) : table.shards[shard].number(at: slot)
    }

    /// The numbers by slot, made once; nil for states that need none.
    @inline(__always)
    private func prepareNumbering() -> Numbering? {
        if State.words > 1 { return nil }
        if let numbering { return numbering }
        let made = Numbering(slots: (0..<table.shardCount).map { table.shards[$0].slotCount })
        let lists = Candidates<State>(shards: table.shardCount, hasPositions: true)
        let shards = table.shards
        let known = table.states.view
        let lookups = lists.lists
        let isShared = table.count >= Self.parallelCount
        var next = 0
        while next < table.count {
            let end = min(table.count, next + 1 << 18)
            for shard in 0..<table.shardCount { lookups[shard].removeAll() }
            for number in next..<end {
                let hash = known[number].hash
                lookups[table.shard(of: hash)].append(.zero, hash: hash, position: UInt32(truncatingIfNeeded: number))
            }
            Parallel.forEach(table.shardCount, threads: isShared ? threads : 1) { shard, _ in
                let list = lookups[shard]
                for k in 0..<list.count {
                    let slot = shards[shard].slot(of: .zero, hash: list.hashes[k], known: known)!
                    made.numbers[shard][slot] = list.positions[k]
                }
            }
            next = end
        }
        numbering = made
        return made
    }

    /// Every transition, by ascending state, then move.
    /// - Parameter bytes: what the caller will have taken in the end, for the limit.
    @_specialize(where State == UInt64)
    @_specialize(where State == Wide<UInt64>)
    @_specialize(where State == Wide<Wide<UInt64>>)
    func forEachTransitionBlock(limits: Limits, bytes: Int, _ body: (TransitionBlock) -> Void) throws {
        let numbering = prepareNumbering()
        let isShared = table.count >= Self.parallelCount
        let (shardBits, threads) = (table.shardBits, isShared ? threads : 1)
        let parts = (0..<(isShared ? threads * 2 : 1)).map { _ in
            LookupPart<State>(setWords: packed.setWords, shards: table.shardCount)
        }
        let (tables, states, shards) = (packed.tables, table.states.view, table.shards)
        let branching = max(1, transitionCount / max(1, table.count))
        let length = max(256, max(1 << 14, min(1 << 20, table.count / 8)) / branching)
        var next = 0
        while next < table.count {
            try limits.check(states: table.count, bytes: bytes)
            let round = next..<min(table.count, next + length)
            Parallel.forEach(parts.count, threads: threads) { part, _ in
                let lower = round.lowerBound + round.count * part / parts.count
                let upper = round.lowerBound + round.count * (part + 1) / parts.count
                parts[part].expand(lower..<upper, states, tables, shardBits: shardBits)
            }
            let results = parts.map { $0.targets.withUnsafeMutableBufferPointer { $0.baseAddress } }
            Parallel.forEach(1 << shardBits, threads: threads) { shard, _ in
                let batch = ProbeBatch()
                for (part, result) in zip(parts, results) {
                    look(
                        up: part.place.candidates.lists[shard], in: shards[shard], numbering?.numbers[shard], states,
                        batch, into: result)
                }
                batch.deallocate()
            }
            for part in parts where !part.states.isEmpty {
                part.degrees.withUnsafeBufferPointer { degrees in
                    part.moves.withUnsafeBufferPointer { moves in
                        part.targets.withUnsafeBufferPointer { targets in
                            // A state without transitions has no moves to point at.
                            let nothing = UnsafePointer(degrees.baseAddress!)
                            body(
                                TransitionBlock(
                                    states: part.states, degrees: degrees.baseAddress!,
                                    moves: moves.baseAddress ?? nothing, targets: targets.baseAddress ?? nothing,
                                    count: moves.count))
                        }
                    }
                }
            }
            next = round.upperBound
        }
    }

    /// Puts the numbers of these states, which must be there, where they are asked for.
    @inline(__always)
    private func look(
        up list: CandidateList<State>, in shard: Shard<State>, _ numbers: UnsafeMutablePointer<UInt32>?,
        _ known: SegmentedView<State>, _ batch: ProbeBatch, into result: UnsafeMutablePointer<UInt32>?
    ) {
        shard.fetch(list, 0..<min(list.count, ProbeBatch.size))
        var next = 0
        while next < list.count {
            let count = min(list.count &- next, ProbeBatch.size)
            let end = next &+ count
            shard.fetch(list, end..<min(list.count, end &+ ProbeBatch.size))
            let open = shard.probe(list, next..<(next &+ count), known, nil, batch)
            for k in 0..<open {
                let index = batch.open[k]
                let state = State.words == 1 ? State.zero : list.states[next &+ index]
                batch.slots[index] = shard.slot(of: state, hash: list.hashes[next &+ index], known: known)!
            }
            for k in 0..<count {
                let slot = batch.slots[k]
                result![Int(list.positions[next &+ k])] =
                    State.words == 1 ? numbers![slot] : UInt32(truncatingIfNeeded: shard.number(at: slot))
            }
            next &+= count
        }
    }

    func releaseLookups() {
        numbering = nil
        table.releaseShards()
    }

    // MARK: Single states

    /// Local states of the components, and the watchdog's.
    func state(_ index: Int) -> [Int] { (0..<packed.fieldCount).map { packed.tables.local(table.states[index], $0) } }

    /// The moves that state `index` enables, ascending.
    func moves(of index: Int) -> [Int] {
        packed.tables.enabled(table.states[index], into: enabledSet)
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

    @_specialize(where State == UInt64)
    @_specialize(where State == Wide<UInt64>)
    @_specialize(where State == Wide<Wide<UInt64>>)
    func shortestPath(to index: Int) -> [(move: Int, state: Int)] {
        var path: [(move: Int, state: Int)] = []
        var current = index
        var level = levels.lastIndex { $0 <= index }!
        while level > 0 {
            let step = firstStep(from: levels[level - 1]..<levels[level], to: table.states[current])
            path.append((step.move, current))
            current = step.state
            level -= 1
        }
        return path.reversed()
    }

    /// The first of these states that has a move to a state, and the first such move. There must be one.
    @inline(__always)
    private func firstStep(from candidates: Range<Int>, to target: State) -> (state: Int, move: Int) {
        let (tables, states) = (packed.tables, table.states.view)
        for number in candidates {
            let state = states[number]
            tables.enabled(state, into: enabledSet)
            for word in 0..<tables.setWords {
                var rest = enabledSet[word] & ~tables.tickMoves[word]
                while rest != 0 {
                    let move = word &* 64 &+ rest.trailingZeroBitCount
                    rest &= rest &- 1
                    if tables.successor(state, by: move) == target { return (number, move) }
                }
            }
        }
        preconditionFailure("a state of a later level was found from one of the level before")
    }
}
