/// A partial order of labels: a move gives way while a move with a label above its own is possible.
///
/// Roscoe, "Understanding Concurrent Systems" (2010), section 20.2. Tau, hidden events and tick are alike.
public struct PriorityOrder: Sendable {
    /// Labels in no class give way to nothing, and nothing gives way to them.
    private var classes: [Action: Int32] = [:]
    /// By class: the classes that give way to it. Transitively closed. Class 0 is that of tau and tick.
    let below: [[Int32]]

    /// CSPm's `prioritise`: each set goes before the next ones; tau and tick belong to the first.
    public init(descending sets: [[Action]]) {
        for (rank, set) in sets.enumerated() {
            for label in set where classes[label] == nil { classes[label] = Int32(rank) }
        }
        let ranks = max(1, sets.count)
        below = (0..<ranks).map { rank in (rank + 1..<max(ranks, rank + 1)).map { Int32($0) } }
    }

    /// CSPm's `prioritisepo`: an order of events, and which of them are not below tau and tick.
    /// - Parameter order: transitively closed.
    public init(events: [Action], order: [(lower: Action, higher: Action)], maximal: Set<Action>) {
        struct Standing: Hashable {
            var isMaximal: Bool
            var above: Set<Action> = []
            var below: Set<Action> = []
        }
        var standing: [Action: Standing] = [:]
        for event in events { standing[event] = Standing(isMaximal: maximal.contains(event)) }
        for pair in order {
            standing[pair.lower]?.above.insert(pair.higher)
            standing[pair.higher]?.below.insert(pair.lower)
        }
        // Events that stand alike to all others are one class.
        var numbers: [Standing: Int32] = [:]
        var found: [Standing] = []
        for event in events.sorted() {
            let own = standing[event]!
            if numbers[own] == nil {
                found.append(own)
                numbers[own] = Int32(found.count)
            }
            classes[event] = numbers[own]!
        }
        let lowest = found.indices.filter { !found[$0].isMaximal }.map { Int32($0 + 1) }
        let classes = classes
        below = [lowest] + found.map { own in Set(own.below.map { classes[$0]! }).sorted() }
    }

    func number(of label: Action) -> Int32 { label.isEvent ? classes[label] ?? -1 : 0 }
}

extension Network {
    /// What is taken away from each state after its moves are known: moves of a class give way while a move of a class above is possible.
    ///
    /// It is applied to each state as the state is met, so that what only moves of low priority lead to is never seen.
    public struct Priorities: Sendable, Hashable {
        /// By class: the classes that give way to it. Transitively closed.
        public var below: [[Int32]]
        /// Whether of several moves of class 0 only the first is followed.
        public var followsOne = false
    }

    /// A rule's class in one of the network's priorities.
    public struct Standing: Sendable, Hashable {
        /// The number of the priorities.
        public var priorities: Int32
        public var classNumber: Int32
        /// Whether anything gives way to it.
        public var isAbove: Bool
    }

    /// This network under priorities.
    public func prioritised(_ order: PriorityOrder) -> Network {
        var result = self
        let level = Int32(priorities.count)
        result.priorities.append(Priorities(below: order.below))
        for index in rules.indices where !rules[index].isWitness {
            let number = order.number(of: rules[index].label)
            if number >= 0 {
                let isAbove = !order.below[Int(number)].isEmpty
                result.rules[index].standings.append(
                    Standing(priorities: level, classNumber: number, isAbove: isAbove))
            }
        }
        return result
    }

    /// This network with one silent move followed wherever it has one, and nothing else of it: CSPm's `chase`.
    ///
    /// What this is equal to in meaning only where it does not matter which silent move is taken.
    public func chased() -> Network {
        var result = self
        let level = Int32(priorities.count)
        result.priorities.append(Priorities(below: [[1], []], followsOne: true))
        for index in rules.indices where !rules[index].isWitness {
            let number: Int32 = rules[index].label.isSilent ? 0 : 1
            result.rules[index].standings.append(
                Standing(priorities: level, classNumber: number, isAbove: number == 0))
        }
        return result
    }
}

extension Network.Rule {
    /// The same for an operand of a larger network, in which its components and priorities come after others.
    func shifted(components: Int32, priorities: Int32) -> Network.Rule {
        var rule = self
        if components > 0 {
            for index in participants.indices { rule.participants[index].component += components }
        }
        if priorities > 0 {
            for index in standings.indices { rule.standings[index].priorities += priorities }
        }
        return rule
    }

    /// What is left of a rule under priorities when others have a say in it: it tells that its operand could make the move.
    var witness: Network.Rule? {
        guard !isWitness, standings.contains(where: \.isAbove) else { return nil }
        var rule = self
        rule.label = .tau
        rule.isWitness = true
        return rule
    }
}
