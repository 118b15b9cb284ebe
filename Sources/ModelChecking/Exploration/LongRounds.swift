/// The rounds of an exploration whose successors are dealt out to the shards of the state table.
///
/// The parts of a round's states are contiguous, and each shard takes the parts' candidates in their order: a shard sees its candidates in the order of the states that they come from,
/// however many parts there are, and whichever thread has taken which.
struct LongRounds<State: PackedState> {
    private let tables: MoveTables
    private let threads: Int
    /// One a thread.
    private let workplaces: [Workplace<State>]
    private let parts: RoundParts
    private let fresh: FreshStates<State>
    /// Transitions of the last round, up to the finding if there was one.
    private(set) var transitionCount = 0

    init(_ tables: MoveTables, threads: Int) {
        self.tables = tables
        self.threads = threads
        let shards = 1 << StateTable<State>.splitBits
        workplaces = (0..<threads).map { _ in
            Workplace(setWords: tables.setWords, shards: shards, hasPositions: false)
        }
        parts = RoundParts(shards: shards, threads: threads)
        fresh = FreshStates(shards: shards)
    }

    /// Expands the states of a round.
    /// - Returns: the finding with the lowest number; then the round's successors are void.
    @inline(__always)
    mutating func expand(
        _ round: Range<Int>, _ inspection: Inspection, _ states: SegmentedView<State>, isShared: Bool
    ) -> (state: Int, finding: Finding)? {
        let (tables, workplaces, parts) = (tables, workplaces, parts)
        // Several to a thread, as one may be held up; but each is some work.
        let count = isShared && threads > 1 ? max(threads, min(RoundParts.most, round.count / 512)) : 1
        parts.count = count
        for place in workplaces { place.candidates.removeAll() }
        Parallel.forEach(count, threads: isShared ? threads : 1) { part, worker in
            let lower = round.lowerBound + round.count * part / count
            let upper = round.lowerBound + round.count * (part + 1) / count
            parts.begin(part, worker, workplaces[worker].candidates)
            expandPart(lower..<upper, part, inspection, states, tables, workplaces[worker], parts)
            parts.end(part, workplaces[worker].candidates)
        }
        transitionCount = 0
        for part in 0..<count {
            transitionCount += parts.transitions[part]
            if let finding = parts.findings[part] { return finding }
        }
        return nil
    }

    /// Takes the last round's successors into the table.
    @inline(__always)
    func insert(into table: inout StateTable<State>, isShared: Bool) {
        let shards = table.shards
        let known = table.states.view
        let (workplaces, parts, fresh) = (workplaces, parts, fresh)
        Parallel.forEach(table.shardCount, threads: isShared ? threads : 1) { shard, worker in
            insertPart(shard, into: &shards[shard], known, workplaces, parts, fresh, workplaces[worker].room)
        }
        var total = table.count
        for shard in 0..<table.shardCount {
            fresh.start[shard] = total
            total += fresh.lists[shard].count
        }
        table.states.reserve(total)
        let room = table.states.view
        Parallel.forEach(table.shardCount, threads: isShared ? threads : 1) { shard, _ in
            numberPart(shard, in: &shards[shard], room, fresh)
        }
        table.states.extend(to: total)
    }
}

/// The parts that a round's states were cut into, in the order of the states, and where the successors of each are: in the lists of the thread that has taken it.
final class RoundParts: @unchecked Sendable {
    static let most = 16

    var count = 0
    let worker: UnsafeMutablePointer<Int>
    let transitions: UnsafeMutablePointer<Int>
    let findings: UnsafeMutablePointer<(state: Int, finding: Finding)?>
    /// Part by part, then shard by shard: where in the shard's list.
    private let starts: UnsafeMutablePointer<Int>
    private let ends: UnsafeMutablePointer<Int>
    private let shards: Int
    private let capacity: Int

    /// - Parameter threads: there are no more parts than these or `most`.
    init(shards: Int, threads: Int) {
        self.shards = shards
        capacity = max(Self.most, threads)
        worker = .allocate(capacity: capacity)
        transitions = .allocate(capacity: capacity)
        findings = .allocate(capacity: capacity)
        findings.initialize(repeating: nil, count: capacity)
        starts = .allocate(capacity: capacity * shards)
        ends = .allocate(capacity: capacity * shards)
    }

    deinit {
        worker.deallocate()
        transitions.deallocate()
        findings.deallocate()
        starts.deallocate()
        ends.deallocate()
    }

    @inline(__always)
    func begin<State: PackedState>(_ part: Int, _ worker: Int, _ candidates: borrowing Candidates<State>) {
        self.worker[part] = worker
        transitions[part] = 0
        findings[part] = nil
        for shard in 0..<shards { starts[part &* shards &+ shard] = candidates.lists[shard].count }
    }

    @inline(__always)
    func end<State: PackedState>(_ part: Int, _ candidates: borrowing Candidates<State>) {
        for shard in 0..<shards { ends[part &* shards &+ shard] = candidates.lists[shard].count }
    }

    @inline(__always)
    func range(_ part: Int, _ shard: Int) -> Range<Int> {
        starts[part &* shards &+ shard]..<ends[part &* shards &+ shard]
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
    _ numbers: Range<Int>, _ part: Int, _ inspection: Inspection, _ states: SegmentedView<State>,
    _ tables: MoveTables, _ place: Workplace<State>, _ parts: RoundParts
) {
    let lists = place.candidates.lists
    let enabledSet = place.enabledSet
    var transitions = 0
    for number in numbers {
        let state = states[number]
        tables.enabled(state, into: enabledSet)
        if let finding = inspection.finding(in: state, enabledSet, tables) {
            parts.findings[part] = (number, finding)
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
    parts.transitions[part] = transitions
}

@inline(__always)
private func insertPart<State: PackedState>(
    _ shard: Int, into target: inout Shard<State>, _ known: SegmentedView<State>, _ workplaces: [Workplace<State>],
    _ parts: RoundParts, _ fresh: FreshStates<State>, _ room: SpreadRoom
) {
    var table = target
    var new = fresh.lists[shard]
    new.removeAll()
    let batch = ProbeBatch()
    defer { batch.deallocate() }
    for part in 0..<parts.count {
        let list = workplaces[parts.worker[part]].candidates.lists[shard]
        let range = parts.range(part, shard)
        if part == 0 { table.fetch(list, ProbeBatch.first(of: range)) }
        var next = range.lowerBound
        while next < range.upperBound {
            let end = min(range.upperBound, next &+ ProbeBatch.size)
            if end < range.upperBound {
                table.fetch(list, ProbeBatch.first(of: end..<range.upperBound))
            } else if part &+ 1 < parts.count {
                let following = workplaces[parts.worker[part &+ 1]].candidates.lists[shard]
                table.fetch(following, ProbeBatch.first(of: parts.range(part &+ 1, shard)))
            }
            let open = table.probe(list, next..<end, known, new.states, batch)
            for k in 0..<open {
                let index = next &+ batch.open[k]
                let hash = list.hashes[index]
                let state = State.words == 1 ? State.zero : list.states[index]
                let number = Shard<State>.provisional | UInt64(truncatingIfNeeded: new.count)
                if table.insert(state, hash: hash, number: number, known: known, fresh: new.states, room) {
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
