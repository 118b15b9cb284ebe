extension LabelledTransitionSystem {
    /// The smallest system that is strongly bisimilar to this one: it has the same meaning in every model and in every context.
    public func stronglyBisimilar() -> LabelledTransitionSystem {
        let classes = bisimulationClasses()
        return quotient(classes.blockOf, count: classes.count)
    }

    /// Which states are strongly bisimilar: the number of each state's class. The terminated state is alone.
    func bisimulationClasses() -> (blockOf: [Int32], count: Int) {
        var refinement = BisimulationRefinement(self)
        refinement.run()
        return (refinement.blocks.blockOf, refinement.blocks.blockCount)
    }

    /// One state for each class, which does what its first member does.
    private func quotient(_ classOf: [Int32], count: Int) -> LabelledTransitionSystem {
        var successors = [[Transition]?](repeating: nil, count: count)
        for state in 0..<stateCount where successors[Int(classOf[state])] == nil {
            successors[Int(classOf[state])] = self[state].map {
                Transition(action: $0.action, target: classOf[Int($0.target)])
            }
        }
        return LabelledTransitionSystem(
            initial: Int(classOf[initial]), terminated: terminated.map { Int(classOf[$0]) },
            successors: successors.map { $0! }
        ).reachable()
    }

    /// Every hidden event as plain tau: what it was matters to explanations and to fairness, not to CSP's models.
    public func withoutHiddenNames() -> LabelledTransitionSystem {
        guard transitions.contains(where: { $0.action.isSilent && $0.action != .tau }) else { return self }
        return LabelledTransitionSystem(
            initial: initial, terminated: terminated,
            successors: (0..<stateCount).map { state in
                self[state].map { Transition(action: $0.action.isSilent ? .tau : $0.action, target: $0.target) }
            })
    }
}

/// The coarsest partition whose blocks are stable under every label's predecessors.
///
/// Paige and Tarjan, "Three partition refinement algorithms" (1987), section 3, with one relation a label: O(m log n) steps. Blocks are grouped in compounds; the partition is
/// stable with respect to each compound. A block that is at most half of its compound is made a compound of its own, and splits what leads to it in three:
/// states that lead only to it (of that compound, by that label), also to it, and not to it. How many ways a state has to a compound is counted.
private struct BisimulationRefinement {
    private let system: LabelledTransitionSystem
    private(set) var blocks: RefinablePartition
    /// The blocks of each compound.
    private var compounds: [[Int32]]
    private var compoundOf: [Int32]
    /// Compounds of more than one block.
    private var work: [Int] = [0]
    /// Transitions into each state: `incoming[offsets[s] ..< offsets[s + 1]]`.
    private var incoming: [(label: Action, source: Int32, counter: Int32)] = []
    private var offsets: [Int]
    /// By counter: the transitions of one state with one label into one compound.
    private var counts: [Int32] = []

    init(_ system: LabelledTransitionSystem) {
        self.system = system
        let states = system.stateCount
        var keys: [[Int32]: Int] = [:]
        var keyOf = [Int](repeating: 0, count: states)
        var counters: [Int32] = []
        counters.reserveCapacity(system.transitions.count)
        var degrees = [Int](repeating: 0, count: states + 1)
        for state in 0..<states {
            var labels: [Int32] = Int32(state) == system.terminated.map({ Int32($0) }) ? [.min] : []
            var last: Action?
            for transition in system[state] {
                if transition.action != last {
                    last = transition.action
                    labels.append(transition.action.code)
                    counts.append(0)
                }
                counts[counts.count - 1] += 1
                counters.append(Int32(counts.count - 1))
                degrees[Int(transition.target) + 1] += 1
            }
            let fresh = keys.count
            keyOf[state] = keys[labels, default: fresh]
            if keyOf[state] == fresh { keys[labels] = fresh }
        }
        blocks = RefinablePartition(keys: keyOf)
        compounds = [(0..<blocks.blockCount).map { Int32($0) }]
        compoundOf = [Int32](repeating: 0, count: blocks.blockCount)
        for state in 0..<states { degrees[state + 1] += degrees[state] }
        offsets = degrees
        var next = degrees
        incoming = Array(repeating: (.tau, 0, 0), count: system.transitions.count)
        for state in 0..<states {
            for index in Int(system.offsets[state])..<Int(system.offsets[state + 1]) {
                let transition = system.transitions[index]
                incoming[next[Int(transition.target)]] = (transition.action, Int32(state), counters[index])
                next[Int(transition.target)] += 1
            }
        }
    }

    mutating func run() {
        while let compound = work.popLast() {
            guard compounds[compound].count > 1 else { continue }
            // The smaller of two blocks is at most half of the compound.
            let last = compounds[compound].count - 1
            let chosen =
                blocks.size(compounds[compound][last]) <= blocks.size(compounds[compound][last - 1]) ? last : last - 1
            let splitter = compounds[compound].remove(at: chosen)
            compoundOf[Int(splitter)] = Int32(compounds.count)
            compounds.append([splitter])
            if compounds[compound].count > 1 { work.append(compound) }
            split(by: splitter)
        }
    }

    /// Makes the partition stable with respect to a block that has just become a compound, and to the rest of the compound that it comes from.
    private mutating func split(by splitter: Int32) {
        var arriving: [Int] = []
        for state in blocks.members(splitter) { arriving += offsets[Int(state)]..<offsets[Int(state) + 1] }
        arriving.sort {
            (incoming[$0].label.code, incoming[$0].source) < (incoming[$1].label.code, incoming[$1].source)
        }
        var start = 0
        while start < arriving.count {
            let label = incoming[arriving[start]].label
            var sources: [(state: Int32, goesElsewhere: Bool)] = []
            var next = start
            while next < arriving.count, incoming[arriving[next]].label == label {
                let source = incoming[arriving[next]].source
                let old = Int(incoming[arriving[next]].counter)
                let new = Int32(counts.count)
                counts.append(0)
                while next < arriving.count, incoming[arriving[next]].label == label,
                    incoming[arriving[next]].source == source
                {
                    counts[Int(new)] += 1
                    incoming[arriving[next]].counter = new
                    next += 1
                }
                counts[old] -= counts[Int(new)]
                sources.append((source, counts[old] > 0))
            }
            start = next
            divide(sources.map(\.state))
            divide(sources.filter(\.goesElsewhere).map(\.state))
        }
    }

    /// Separates these states from the others of their blocks.
    private mutating func divide(_ states: [Int32]) {
        var touched: [Int32] = []
        for state in states where blocks.mark(state) { touched.append(blocks.blockOf[Int(state)]) }
        for block in touched {
            guard let new = blocks.split(block) else { continue }
            let compound = compoundOf[Int(block)]
            compoundOf.append(compound)
            compounds[Int(compound)].append(new)
            if compounds[Int(compound)].count == 2 { work.append(Int(compound)) }
        }
    }
}
