/// Turns rules into moves, and collects the tables of `PackedNetwork`.
struct MoveBuilder {
    /// What one participant of one move asks of its component, by local state: nil forbids, else the bits to flip.
    private typealias Demand = [UInt64?]

    struct DraftMove {
        var label: Action
        var rule: Int32
        /// Component and which of `demands`.
        var demands: [(component: Int, demand: Int)]
    }

    private let systems: [LabelledTransitionSystem]
    private let layout: PackedNetwork.Layout
    private(set) var moves: [DraftMove] = []
    private(set) var constants: [MoveTables.Flip] = []
    private(set) var constantOffset: [Int] = [0]
    private(set) var lookups: [MoveTables.Lookup] = []
    private(set) var lookupOffset: [Int] = [0]
    private(set) var table: [UInt64] = []

    private struct Key: Hashable {
        var component: Int
        var role: Network.Role
        var choice: Int
    }
    private struct DemandInfo {
        /// Local states that allow it.
        var states: [Int]
        /// The flips when they are the same in all those states.
        var constant: UInt64?
        /// Into `table`, else.
        var base: Int
    }
    private var demandOf: [Key: Int] = [:]
    private var demands: [DemandInfo] = []
    private var choices: [Key: Int] = [:]
    /// Of each component: states and targets by label, made once.
    private var byLabel: [Int: [Action: [(state: Int, targets: [Int32])]]] = [:]

    static let moveLimit = 16_000_000

    init(systems: [LabelledTransitionSystem], layout: PackedNetwork.Layout) {
        self.systems = systems
        self.layout = layout
    }

    mutating func add(_ network: Network, watchdog: Watchdog?) throws {
        let order = network.rules.indices.sorted { a, b in
            // Moves of neighbours next to each other keep each component's bitsets narrow.
            let first = network.rules[a].participants.map(\.component).min() ?? 0
            let second = network.rules[b].participants.map(\.component).min() ?? 0
            return (first, a) < (second, b)
        }
        for index in order {
            let rule = network.rules[index]
            var options = rule.participants.map { (Int($0.component), $0.role) }
            let guardCount = options.count
            if watchdog != nil, rule.label.isEvent {
                options.append((systems.count - 1, .step(rule.label)))
            }
            try addMoves(rule.label, Int32(index), options, watched: guardCount < options.count)
        }
    }

    private mutating func addMoves(
        _ label: Action, _ rule: Int32, _ roles: [(component: Int, role: Network.Role)], watched: Bool
    ) throws {
        let counts = roles.map { fanOut(component: $0.component, role: $0.role) }
        // The watchdog forbids nothing: an event that it does not know leaves it where it is.
        let ranges = counts.enumerated().map {
            watched && $0.offset == counts.count - 1 ? max(1, $0.element) : $0.element
        }
        if ranges.contains(0) { return }
        var choice = [Int](repeating: 0, count: roles.count)
        while true {
            append(label, rule, roles, choice, watched: watched)
            if moves.count > MoveBuilder.moveLimit { throw NetworkError.tooManyRules(limit: MoveBuilder.moveLimit) }
            var position = 0
            while position < choice.count {
                choice[position] += 1
                if choice[position] < ranges[position] { break }
                choice[position] = 0
                position += 1
            }
            if position == choice.count { return }
        }
    }

    private mutating func append(
        _ label: Action, _ rule: Int32, _ roles: [(component: Int, role: Network.Role)], _ choice: [Int], watched: Bool
    ) {
        var draft = DraftMove(label: label, rule: rule, demands: [])
        var flips: [Int: UInt64] = [:]
        for (index, role) in roles.enumerated() {
            let isWatchdog = watched && index == roles.count - 1
            let number = demand(component: role.component, role: role.role, choice: choice[index], total: isWatchdog)
            if !isWatchdog { draft.demands.append((role.component, number)) }
            if let constant = demands[number].constant {
                flips[layout.word[role.component], default: 0] ^= constant
            } else {
                lookups.append(.init(field: role.component, base: demands[number].base))
            }
        }
        for (word, bits) in flips.sorted(by: { $0.key < $1.key }) where bits != 0 {
            constants.append(.init(word: word, bits: bits))
        }
        constantOffset.append(constants.count)
        lookupOffset.append(lookups.count)
        moves.append(draft)
    }

    private mutating func transitions(of component: Int) -> [Action: [(state: Int, targets: [Int32])]] {
        if let known = byLabel[component] { return known }
        var result: [Action: [(state: Int, targets: [Int32])]] = [:]
        let system = systems[component]
        for state in 0..<system.stateCount {
            for transition in system[state] {
                if let last = result[transition.action]?.last, last.state == state {
                    result[transition.action]![result[transition.action]!.count - 1].targets.append(transition.target)
                } else {
                    result[transition.action, default: []].append((state, [transition.target]))
                }
            }
        }
        byLabel[component] = result
        return result
    }

    /// The most transitions that one state has for a role.
    private mutating func fanOut(component: Int, role: Network.Role) -> Int {
        guard case .step(let action) = role else { return 1 }
        let key = Key(component: component, role: role, choice: 0)
        if let known = choices[key] { return known }
        let result = transitions(of: component)[action]?.map(\.targets.count).max() ?? 0
        choices[key] = result
        return result
    }

    private mutating func demand(component: Int, role: Network.Role, choice: Int, total: Bool) -> Int {
        let key = Key(component: component, role: role, choice: choice)
        if let known = demandOf[key] { return known }
        let shift = layout.shift[component]
        var flips: [(state: Int, bits: UInt64)] = []
        switch role {
        case .step(let action):
            for (state, targets) in transitions(of: component)[action] ?? [] where choice < targets.count {
                flips.append((state, UInt64(state ^ Int(targets[choice])) << shift))
            }
        case .at(let state): flips = [(Int(state), 0)]
        case .reset(let target):
            flips = (0..<systems[component].stateCount).map { ($0, UInt64($0 ^ Int(target)) << shift) }
        }
        var info = DemandInfo(states: flips.map(\.state), constant: nil, base: 0)
        let first = flips.first?.bits ?? 0
        if flips.allSatisfy({ $0.bits == first }),
            !total || first == 0 || flips.count == systems[component].stateCount
        {
            info.constant = first
        } else {
            info.base = table.count
            table.append(contentsOf: repeatElement(0, count: systems[component].stateCount))
            for (state, bits) in flips { table[info.base + state] = bits }
        }
        demandOf[key] = demands.count
        demands.append(info)
        return demands.count - 1
    }

    /// The bitsets of moves that each component allows, by local state, cut to the words in which it forbids any.
    func allowedSets(componentCount: Int) -> [AllowedSets.Component] {
        var own: [[(move: Int, demand: Int)]] = Array(repeating: [], count: componentCount)
        for (index, move) in moves.enumerated() {
            for (component, demand) in move.demands { own[component].append((index, demand)) }
        }
        return (0..<componentCount).map { component in
            let first = (own[component].first?.move ?? 0) / 64
            let width = own[component].isEmpty ? 0 : own[component].last!.move / 64 - first + 1
            // A move that this component has no part in is allowed by it.
            var row = [UInt64](repeating: ~0, count: width)
            for (move, _) in own[component] { row[move / 64 - first] &= ~(1 << UInt64(move % 64)) }
            var words: [UInt64] = []
            words.reserveCapacity(systems[component].stateCount * width)
            for _ in 0..<systems[component].stateCount { words += row }
            for (move, demand) in own[component] {
                let bit = UInt64(1) << UInt64(move % 64)
                for state in demands[demand].states { words[state * width + move / 64 - first] |= bit }
            }
            return AllowedSets.Component(words: words, low: first, width: width)
        }
    }
}
