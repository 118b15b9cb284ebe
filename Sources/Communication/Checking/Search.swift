/// Where a run may come to an end, over all orders in which messages arrive.
struct Search {
    /// A run that does not come to its end, and what was taken from whom on the way; nil: there is none.
    private(set) var failure: (end: Execution, taken: [(rank: Int, channel: Int)])?
    /// Settled states that were looked at.
    private(set) var states = 0
    /// The limit was reached, and none was found by then.
    private(set) var isCutShort = false

    /// Breadth first, so that the run that is found makes the fewest choices. Between choices all ranks go as far as they come: that
    /// takes nothing from any choice, and leaves no run out, because a choice that can be made early can be made late.
    init(_ network: Network, capacity: Int?, limit: Int, isCancelled: () -> Bool = { false }) {
        var start = Execution(network, capacity: capacity)
        start.settle()
        states = 1
        guard network.hasChoice else {
            if !start.isComplete { failure = (start, []) }
            return
        }
        let limit = min(limit, max(1, Self.mostNumbers / start.size))
        var seen: Set<[Int32]> = [start.key]
        /// Of each state: the one before it, and what was taken there.
        var history: [(before: Int, choice: (rank: Int, channel: Int))] = [(-1, (-1, -1))]
        var level: [(execution: Execution, number: Int)] = [(start, 0)]
        while !level.isEmpty {
            var next: [(execution: Execution, number: Int)] = []
            for (execution, number) in level {
                let choices = execution.choices
                if choices.isEmpty {
                    guard execution.isComplete else {
                        var taken: [(rank: Int, channel: Int)] = []
                        var at = number
                        while at > 0 {
                            taken.append(history[at].choice)
                            at = history[at].before
                        }
                        failure = (execution, taken.reversed())
                        return
                    }
                    continue
                }
                for choice in choices {
                    var after = execution
                    after.take(choice)
                    guard seen.insert(after.key).inserted else { continue }
                    states += 1
                    guard states <= limit, states % 1024 != 0 || !isCancelled() else {
                        isCutShort = true
                        return
                    }
                    history.append((number, choice))
                    next.append((after, history.count - 1))
                }
            }
            level = next
        }
    }

    /// Numbers that the states may hold together, whatever the limit: some hundred megabytes.
    private static let mostNumbers = 30_000_000

    /// The smallest buffer with which no run gets stuck; nil if none does, or none is known.
    ///
    /// Without a choice more room never hurts, so halving finds it. With choices it can: a larger buffer lets a message come first that
    /// could not before. Then sizes are tried from the smallest.
    static func smallestBuffer(_ network: Network, limit: Int, isCancelled: () -> Bool = { false }) -> Int? {
        func does(_ capacity: Int) -> Bool {
            let search = Search(network, capacity: capacity, limit: limit, isCancelled: isCancelled)
            return search.failure == nil && !search.isCutShort
        }
        let most = network.longestChannel
        if network.hasChoice { return (0...min(most, 16)).first(where: does) }
        guard does(most) else { return nil }
        var (low, high) = (0, most)
        while low < high {
            let middle = (low + high) / 2
            if does(middle) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
