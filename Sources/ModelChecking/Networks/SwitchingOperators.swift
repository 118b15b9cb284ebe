// The operators that pass control on: prefix, choices, sequential composition, interrupts. Each adds one control component, whose
// state says which operands are at work, so that one set of rules serves before and after.
//
// After a tick of such an operator nothing but the tick is possible: the control component is in its last state then.
extension Network {
    /// `a -> P`
    public static func prefix(_ action: Action, _ next: Network) throws -> Network {
        var building = Switching(states: 2)
        let start = building.label([(0, 1)])
        building.rules.append(Rule(label: action, participants: [building.step(start)]))
        building.add(next) { rule in rule.asking(Switching.control, .at(1)) }
        return try building.network()
    }

    /// `P1 |~| P2 |~| …`
    public static func internalChoice(_ operands: [Network]) throws -> Network {
        var building = Switching(states: operands.count + 1)
        for (index, operand) in operands.enumerated() {
            let chosen = Int32(index + 1)
            let choose = building.label([(0, chosen)])
            building.rules.append(Rule(label: .tau, participants: [building.step(choose)]))
            building.add(operand) { rule in rule.asking(Switching.control, .at(chosen)) }
        }
        return try building.network()
    }

    /// `P1 [] P2 [] …`
    public static func externalChoice(_ operands: [Network]) throws -> Network {
        var building = Switching(states: operands.count + 2)
        let done = Int32(operands.count + 1)
        for (index, operand) in operands.enumerated() {
            let chosen = Int32(index + 1)
            let stay = building.label([(0, 0), (chosen, chosen)])
            let choose = building.label([(0, chosen), (chosen, chosen)])
            let end = building.label([(0, done), (chosen, done)])
            let others = operands.indices.filter { $0 != index }
            building.add(operand) { rule in
                switch rule.label {
                case .tick: rule.asking(Switching.control, .step(end))
                case let label where label.isSilent: rule.asking(Switching.control, .step(stay))
                default: rule.asking(Switching.control, .step(choose), discarding: others)
                }
            }
        }
        return try building.network()
    }

    /// `P [> Q`
    public static func slidingChoice(_ first: Network, _ second: Network) throws -> Network {
        var building = Switching(states: 4)
        let stay = building.label([(0, 0), (1, 1)])
        let choose = building.label([(0, 1), (1, 1)])
        let end = building.label([(0, 3), (1, 3)])
        let slide = building.label([(0, 2)])
        building.add(first) { rule in
            switch rule.label {
            case .tick: rule.asking(Switching.control, .step(end))
            case let label where label.isSilent: rule.asking(Switching.control, .step(stay))
            default: rule.asking(Switching.control, .step(choose))
            }
        }
        building.drafts.append(
            Switching.Draft(rule: Rule(label: .tau, participants: [building.step(slide)]), discarded: [0]))
        building.add(second) { rule in rule.asking(Switching.control, .at(2)) }
        return try building.network()
    }

    /// `P ; Q`
    public static func sequential(_ first: Network, _ second: Network) throws -> Network {
        var building = Switching(states: 2)
        let end = building.label([(0, 1)])
        building.add(first) { rule in
            guard rule.label == .tick else { return rule.asking(Switching.control, .at(0)) }
            var passing = rule
            passing.label = .tau
            return passing.asking(Switching.control, .step(end), discarding: [0])
        }
        building.add(second) { rule in rule.asking(Switching.control, .at(1)) }
        return try building.network()
    }

    /// `P /\ Q`
    public static func interrupt(_ first: Network, _ second: Network) throws -> Network {
        var building = Switching(states: 3)
        let end = building.label([(0, 2), (1, 2)])
        let endFirst = building.label([(0, 2)])
        let stay = building.label([(0, 0), (1, 1)])
        let take = building.label([(0, 1), (1, 1)])
        building.add(first) { rule in
            rule.label == .tick
                ? rule.asking(Switching.control, .step(endFirst)) : rule.asking(Switching.control, .at(0))
        }
        building.add(second) { rule in
            switch rule.label {
            case .tick: rule.asking(Switching.control, .step(end), discarding: [0])
            case let label where label.isSilent: rule.asking(Switching.control, .step(stay))
            default: rule.asking(Switching.control, .step(take), discarding: [0])
            }
        }
        return try building.network()
    }

    /// `P [|A|> Q`
    public static func exception(
        _ first: Network, _ second: Network, on isException: (Action) -> Bool
    ) throws -> Network {
        var building = Switching(states: 3)
        let end = building.label([(0, 2)])
        let throwing = building.label([(0, 1)])
        building.add(first) { rule in
            if rule.label == .tick { return rule.asking(Switching.control, .step(end)) }
            guard rule.label.isEvent, isException(rule.label) else { return rule.asking(Switching.control, .at(0)) }
            return rule.asking(Switching.control, .step(throwing), discarding: [0])
        }
        building.add(second) { rule in rule.asking(Switching.control, .at(1)) }
        return try building.network()
    }
}

extension Network.Rule {
    /// The same rule, as far as the control component lets it happen; what the discarded operands were at is forgotten then.
    fileprivate func asking(_ control: Int32, _ role: Network.Role, discarding: [Int] = []) -> Switching.Draft {
        var rule = self
        rule.participants.append(Network.Participant(component: control, role: role))
        return Switching.Draft(rule: rule, discarded: discarding)
    }
}

/// A network of one control component and the operands that it switches between.
private struct Switching {
    /// A rule, and the operands whose components it sends back to where they start: two runs that differ in what was given up shall meet.
    struct Draft {
        var rule: Network.Rule
        var discarded: [Int]
    }

    static let control: Int32 = 0
    var rules: [Network.Rule] = []
    var drafts: [Draft] = []
    private var transitions: [[LabelledTransitionSystem.Transition]]
    private var labels = 0
    private var components: [Network.Component] = []
    private var priorities: [Network.Priorities] = []
    private var operands: [Range<Int>] = []

    init(states: Int) { transitions = Array(repeating: [], count: states) }

    /// A new label of the control component, with these steps.
    mutating func label(_ steps: [(from: Int32, to: Int32)]) -> Action {
        let label = Action.event(labels)
        labels += 1
        for step in steps { transitions[Int(step.from)].append(.init(action: label, target: step.to)) }
        return label
    }

    func step(_ label: Action) -> Network.Participant { .init(component: Switching.control, role: .step(label)) }

    mutating func add(_ operand: Network, _ guarded: (Network.Rule) -> Draft) {
        let base = components.count + 1
        let behind = operand.rules(behind: base, priorities: priorities.count)
        operands.append(base..<base + operand.components.count)
        components += operand.components
        priorities += operand.priorities
        // All moves of an operand are possible in the same states of the control component, so that its priorities stay as they are.
        for rule in behind { if rule.isWitness { rules.append(rule) } else { drafts.append(guarded(rule)) } }
    }

    func network() throws -> Network {
        let control = Network.Component(
            name: nil, system: LabelledTransitionSystem(initial: 0, terminated: nil, successors: transitions))
        let all = [control] + components
        var result = rules
        if rules.count + drafts.count > Network.ruleLimit { throw NetworkError.tooManyRules(limit: Network.ruleLimit) }
        for draft in drafts {
            var rule = draft.rule
            let involved = Set(rule.participants.map(\.component))
            for operand in draft.discarded {
                for component in operands[operand] where !involved.contains(Int32(component)) {
                    rule.participants.append(
                        .init(component: Int32(component), role: .reset(Int32(all[component].system.initial))))
                }
            }
            result.append(rule)
        }
        var network = Network(components: all, rules: result)
        network.priorities = priorities
        return network
    }
}
