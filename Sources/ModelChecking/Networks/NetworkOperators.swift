// The operators that keep their operands side by side: parallels, hiding, renaming.
extension Network {
    static let ruleLimit = 4_000_000

    /// The rules of an operand that stands behind these components and priorities.
    func rules(behind components: Int, priorities: Int) -> [Rule] {
        components == 0 && priorities == 0
            ? rules : rules.map { $0.shifted(components: Int32(components), priorities: Int32(priorities)) }
    }

    /// Silent in place of each visible event for which `isHidden` says yes.
    public func hiding(_ isHidden: (Action) -> Bool) -> Network {
        var result = self
        for index in rules.indices where rules[index].label.isEvent && isHidden(rules[index].label) {
            result.rules[index].label = rules[index].label.hidden
        }
        return result
    }

    /// Relational renaming: each visible event becomes each of its images; an event without one stays.
    public func renaming(_ images: [Action: [Action]]) throws -> Network {
        if isLeaf {
            return Network(leaf: components[0].system.renaming(images), name: components[0].name)
        }
        return try relabelled(images)
    }

    /// Renaming by the rules alone: the components keep their labels.
    private func relabelled(_ images: [Action: [Action]]) throws -> Network {
        var renamed: [Rule] = []
        for rule in rules {
            for label in images[rule.label] ?? [rule.label] {
                renamed.append(rule)
                renamed[renamed.count - 1].label = label
            }
            if renamed.count > Network.ruleLimit { throw NetworkError.tooManyRules(limit: Network.ruleLimit) }
        }
        var result = self
        result.rules = renamed
        return result
    }

    /// Operands in parallel.
    ///
    /// Termination is distributed: an operand's tick is a silent step of the whole, which ticks when all operands have.
    /// - Parameters:
    ///   - participants: which operands take part in an event together; nil when each performs it on its own.
    ///     An operand that is not among them cannot perform the event at all.
    public static func parallel(
        _ operands: [Network], participants: (Action) -> [Int]?
    ) throws -> Network {
        var components: [Component] = []
        var rules: [Rule] = []
        var priorities: [Priorities] = []
        var visible: [[Action: [Rule]]] = []
        var done: [Participant]? = []
        for operand in operands {
            let base = Int32(components.count)
            let behind = operand.rules(behind: components.count, priorities: priorities.count)
            components += operand.components
            priorities += operand.priorities
            var byLabel: [Action: [Rule]] = [:]
            var finish: Participant?
            for rule in behind {
                switch rule.label {
                case .tick:
                    let (ended, guarded) = try finishing(
                        rule, of: operand, base: base, flag: &finish, components: &components)
                    rules.append(ended)
                    finish = guarded
                case let label where label.isSilent: rules.append(rule)
                default: byLabel[rule.label, default: []].append(rule)
                }
            }
            visible.append(byLabel)
            if let finish { done?.append(finish) } else { done = nil }
        }
        for label in Set(visible.flatMap(\.keys)).sorted() {
            if let together = participants(label) {
                for byLabel in visible { rules += (byLabel[label] ?? []).compactMap(\.witness) }
                try synchronise(label, together.map { visible[$0][label] ?? [] }, into: &rules)
            } else {
                for byLabel in visible { rules += byLabel[label] ?? [] }
            }
            if rules.count > ruleLimit { throw NetworkError.tooManyRules(limit: ruleLimit) }
        }
        // Over no operands: done at once, as SKIP is.
        if let done { rules.append(Rule(label: .tick, participants: done)) }
        var result = Network(components: components, rules: rules)
        result.priorities = priorities
        return result
    }

    /// An operand's tick as a silent step of the parallel, and the condition that it has happened.
    private static func finishing(
        _ rule: Rule, of operand: Network, base: Int32, flag: inout Participant?, components: inout [Component]
    ) throws -> (ended: Rule, condition: Participant) {
        var ended = rule
        ended.label = .tau
        if operand.components.count == 1, let terminated = operand.components[0].system.terminated {
            return (
                ended,
                Participant(component: base, role: .at(Int32(terminated)))
            )
        }
        if flag == nil {
            components.append(Component(name: nil, system: Control.once))
            flag = Participant(component: Int32(components.count - 1), role: .at(1))
        }
        let finished = Participant(component: flag!.component, role: .step(Control.go))
        ended.participants.append(finished)
        return (ended, flag!)
    }

    /// Every combination of one rule from each list, as one rule.
    static func synchronise(_ label: Action, _ lists: [[Rule]], into rules: inout [Rule]) throws {
        guard var combined = lists.first else { return }
        for list in lists.dropFirst() {
            if combined.count * list.count > ruleLimit { throw NetworkError.tooManyRules(limit: ruleLimit) }
            combined = combined.flatMap { head in
                list.map { other in
                    var joint = head
                    joint.participants += other.participants
                    joint.standings += other.standings
                    return joint
                }
            }
        }
        rules += combined
    }

    /// Two operands whose events are tied pairwise: tied events happen together and are hidden, others are free.
    /// - Parameter links: an event of the left operand and the event of the right one that it happens with. An event may be tied to several.
    public static func linked(_ left: Network, _ right: Network, links: [(left: Action, right: Action)]) throws
        -> Network
    {
        // The pairs happen under names that no event has, below those of all hidden events' origins: one name a pair.
        let top =
            1
            + max(
                left.rules.map { abs($0.label.code) }.max() ?? 0, right.rules.map { abs($0.label.code) }.max() ?? 0,
                links.map { max($0.left.code, $0.right.code) }.max() ?? 0)
        var fromLeft: [Action: [Action]] = [:]
        var fromRight: [Action: [Action]] = [:]
        var origin: [Action: Action] = [:]
        for (index, link) in links.enumerated() {
            let name = Action(code: top + 1 + Int32(index))
            fromLeft[link.left, default: []].append(name)
            fromRight[link.right, default: []].append(name)
            origin[name] = link.left
        }
        let both = try parallel([left.relabelled(fromLeft), right.relabelled(fromRight)]) {
            origin[$0] == nil ? nil : [0, 1]
        }
        var result = both
        for index in result.rules.indices {
            if let event = origin[result.rules[index].label] { result.rules[index].label = event.hidden }
        }
        return result
    }
}

extension LabelledTransitionSystem {
    /// Relational renaming: each visible event becomes each of its images; an event without one stays.
    func renaming(_ images: [Action: [Action]]) -> LabelledTransitionSystem {
        LabelledTransitionSystem(
            initial: initial, terminated: terminated,
            successors: (0..<stateCount).map { state in
                self[state].flatMap { step in
                    (images[step.action] ?? [step.action]).map { Transition(action: $0, target: step.target) }
                }
            })
    }
}

/// The small systems that operators add to a network. Their labels are their own business: rules refer to them, nobody sees them.
enum Control {
    /// Leaves state 0 for state 1.
    static let go = Action.event(0)

    /// Two states; `go` leads from the first to the second.
    static let once = LabelledTransitionSystem(
        initial: 0, terminated: nil, successors: [[.init(action: go, target: 1)], []])
}
