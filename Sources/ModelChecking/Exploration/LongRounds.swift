/// The rounds of an exploration whose successors are dealt out to the shards of the state table.
///
/// The parts of a round's states are contiguous, and each shard takes the parts' candidates in their order: a shard sees its candidates in the order of the states that they come from,
/// however many parts there are.
struct LongRounds<State: PackedState> {
    private let tables: MoveTables
    private let threads: Int
    private let workplaces: [Workplace<State>]
    private let fresh: FreshStates<State>
    /// Transitions of the last round, up to the finding if there was one.
    private(set) var transitionCount = 0

    init(_ tables: MoveTables, threads: Int) {
        self.tables = tables
        self.threads = threads
        let shards = 1 << StateTable<State>.splitBits
        // More parts than threads, as one thread may be held up; but each has lists of its own.
        workplaces = (0..<(threads > 1 ? threads * 2 : 1)).map { _ in
            Workplace(setWords: tables.setWords, shards: shards, hasPositions: false)
        }
        fresh = FreshStates(shards: shards)
    }

    /// Expands the states of a round.
    /// - Returns: the finding with the lowest number; then the round's successors are void.
    @inline(__always)
    mutating func expand(
        _ round: Range<Int>, _ inspection: Inspection, _ states: SegmentedView<State>, isShared: Bool
    ) -> (state: Int, finding: Finding)? {
        let parts = workplaces.count
        let (tables, workplaces) = (tables, workplaces)
        Parallel.forEach(parts, threads: isShared ? threads : 1) { part in
            let lower = round.lowerBound + round.count * part / parts
            let upper = round.lowerBound + round.count * (part + 1) / parts
            expandPart(lower..<upper, inspection, states, tables, workplaces[part])
        }
        transitionCount = 0
        for place in workplaces {
            transitionCount += place.transitionCount
            if let finding = place.finding { return finding }
        }
        return nil
    }

    /// Takes the last round's successors into the table.
    @inline(__always)
    func insert(into table: inout StateTable<State>, isShared: Bool) {
        let shards = table.shards
        let known = table.states.view
        let (workplaces, fresh) = (workplaces, fresh)
        Parallel.forEach(table.shardCount, threads: isShared ? threads : 1) { shard in
            insertPart(shard, into: &shards[shard], known, workplaces, fresh)
        }
        var total = table.count
        for shard in 0..<table.shardCount {
            fresh.start[shard] = total
            total += fresh.lists[shard].count
        }
        table.states.reserve(total)
        let room = table.states.view
        Parallel.forEach(table.shardCount, threads: isShared ? threads : 1) { shard in
            numberPart(shard, in: &shards[shard], room, fresh)
        }
        table.states.extend(to: total)
    }
}

/// States that the round at hand has found, by shard, in the order in which they were found.
final class FreshStates<State: PackedState>: @unchecked Sendable {
    let lists: UnsafeMutablePointer<CandidateList<State>>
    /// The number of each list's first state.
    let start: UnsafeMutablePointer<Int>
    private let shards: Int

    init(shards: Int) {
        self.shards = shards
        lists = .allocate(capacity: shards)
        start = .allocate(capacity: shards)
        for index in 0..<shards { lists[index] = CandidateList(hasPositions: false) }
    }

    deinit {
        for index in 0..<shards { lists[index].deallocate() }
        lists.deallocate()
        start.deallocate()
    }
}

@inline(__always)
private func expandPart<State: PackedState>(
    _ part: Range<Int>, _ inspection: Inspection, _ states: SegmentedView<State>, _ tables: MoveTables,
    _ place: Workplace<State>
) {
    let lists = place.candidates.lists
    let enabledSet = place.enabledSet
    for shard in 0..<(1 << StateTable<State>.splitBits) { lists[shard].removeAll() }
    var transitions = 0
    place.finding = nil
    for number in part {
        let state = states[number]
        tables.enabled(state, into: enabledSet)
        if let finding = inspection.finding(in: state, enabledSet, tables) {
            place.finding = (number, finding)
            break
        }
        if inspection.isCutOff(state, tables) { continue }
        for word in 0..<tables.setWords {
            var rest = enabledSet[word]
            let ticks = tables.tickMoves[word]
            if rest & ticks != 0 {
                transitions &+= (rest & ticks).nonzeroBitCount
                rest &= ~ticks
            }
            while rest != 0 {
                let move = word &* 64 &+ rest.trailingZeroBitCount
                rest &= rest &- 1
                transitions &+= 1
                let successor = tables.successor(state, by: move)
                let hash = successor.hash
                lists[Int(truncatingIfNeeded: hash &>> UInt64(64 &- StateTable<State>.splitBits))]
                    .append(successor, hash: hash)
            }
        }
    }
    place.transitionCount = transitions
}

@inline(__always)
private func insertPart<State: PackedState>(
    _ shard: Int, into target: inout Shard<State>, _ known: SegmentedView<State>, _ workplaces: [Workplace<State>],
    _ fresh: FreshStates<State>
) {
    var table = target
    var new = fresh.lists[shard]
    new.removeAll()
    let batch = ProbeBatch()
    defer { batch.deallocate() }
    for place in workplaces {
        let list = place.candidates.lists[shard]
        table.fetch(list, 0..<min(list.count, ProbeBatch.size))
        var next = 0
        while next < list.count {
            let end = min(list.count, next &+ ProbeBatch.size)
            table.fetch(list, end..<min(list.count, end &+ ProbeBatch.size))
            let open = table.probe(list, next..<end, known, new.states, batch)
            for k in 0..<open {
                let index = next &+ batch.open[k]
                let hash = list.hashes[index]
                let state = State.words == 1 ? State.zero : list.states[index]
                let number = Shard<State>.provisional | UInt64(truncatingIfNeeded: new.count)
                if table.insert(state, hash: hash, number: number, known: known, fresh: new.states) {
                    new.append(state, hash: hash)
                }
            }
            next = end
        }
    }
    fresh.lists[shard] = new
    target = table
}

@inline(__always)
private func numberPart<State: PackedState>(
    _ shard: Int, in table: inout Shard<State>, _ room: SegmentedView<State>, _ fresh: FreshStates<State>
) {
    let new = fresh.lists[shard]
    let start = fresh.start[shard]
    for index in 0..<new.count {
        room[start &+ index] = new.state(index)
        if State.words > 1 {
            table.settle(
                hash: new.hashes[index], provisional: Shard<State>.provisional | UInt64(truncatingIfNeeded: index),
                number: UInt64(truncatingIfNeeded: start &+ index))
        }
    }
}
