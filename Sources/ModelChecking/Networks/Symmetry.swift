/// Components of a network that may change places: every permutation of them leaves the network as it is.
///
/// Clarke, Emerson, Jha and Sistla, "Symmetry reductions in model checking" (1998), for full symmetry only: states that differ in who is who are one.
public struct InterchangeableComponents: Sendable, Equatable {
    /// What belongs to each of those that change places: the same number of components, in corresponding order.
    public var members: [[Int]]
}

extension Network {
    /// The interchangeable components, found by comparing: two components with the same shape, whose labels one exchange of events maps to each
    /// other, so that every other component, every rule and the specification stay what they are under the exchange. What takes part in the exchange
    /// of two moves with them. Whatever does not fit is left alone.
    /// - Parameter specification: what the network is compared with, if anything.
    public func interchangeable(for specification: NormalForm?) -> [InterchangeableComponents] {
        guard priorities.isEmpty else { return [] }
        let exchange = Exchange(self, specification)
        var taken: Set<Int> = []
        var result: [InterchangeableComponents] = []
        for (_, group) in exchange.groups {
            var classes: [[[Int]]] = []
            for component in group where !taken.contains(component) {
                var isPlaced = false
                for index in classes.indices where !isPlaced {
                    guard let (first, second) = exchange.members(of: classes[index].last![0], component) else {
                        continue
                    }
                    // The first pair shows what belongs to a member; the later ones have to agree.
                    if classes[index].count == 1, taken.isDisjoint(with: first) { classes[index] = [first] }
                    guard classes[index].last == first, taken.isDisjoint(with: second) else { continue }
                    classes[index].append(second)
                    taken.formUnion(first + second)
                    isPlaced = true
                }
                if !isPlaced, !taken.contains(component) { classes.append([[component]]) }
            }
            result += classes.filter { $0.count > 1 }.map { InterchangeableComponents(members: $0) }
        }
        return result
    }
}

/// Tries to exchange two components of a network.
private struct Exchange {
    private struct Shape: Hashable {
        var initial: Int
        var terminated: Int?
        var offsets: [Int32]
        var targets: [Int32]
    }

    private let network: Network
    private let specification: NormalForm?
    private let shapes: [Int]
    private let labels: [Set<Action>]
    /// By who takes part and how: the label.
    private let labelOfParticipants: [[Network.Participant]: Action]
    /// Whether no two rules have the same participants, so that each one's image is known.
    private let isDetermined: Bool
    /// Components of the same shape, by their first one.
    let groups: [(first: Int, members: [Int])]

    init(_ network: Network, _ specification: NormalForm?) {
        self.network = network
        self.specification = specification
        var numbers: [Shape: Int] = [:]
        var shapes: [Int] = []
        for component in network.components {
            let system = component.system
            let shape = Shape(
                initial: system.initial, terminated: system.terminated, offsets: system.offsets,
                targets: system.transitions.map(\.target))
            let fresh = numbers.count
            shapes.append(numbers[shape] ?? fresh)
            if shapes.last == fresh { numbers[shape] = fresh }
        }
        self.shapes = shapes
        labels = network.components.map { Set($0.system.transitions.map(\.action)) }
        var byShape: [Int: [Int]] = [:]
        for (component, shape) in shapes.enumerated() where network.components[component].system.stateCount > 1 {
            byShape[shape, default: []].append(component)
        }
        groups = byShape.values.filter { $0.count > 1 }.map { ($0[0], $0) }.sorted { $0.first < $1.first }
        var known: [[Network.Participant]: Action] = [:]
        var isDetermined = true
        for rule in network.rules where known.updateValue(rule.label, forKey: Self.key(rule.participants)) != nil {
            isDetermined = false
        }
        labelOfParticipants = known
        self.isDetermined = isDetermined
    }

    private static func key(_ participants: [Network.Participant]) -> [Network.Participant] {
        participants.sorted { $0.component < $1.component }
    }

    /// What moves with either component when the two change places, each list led by the component itself; nil if they can't.
    func members(of first: Int, _ second: Int) -> ([Int], [Int])? {
        guard isDetermined else { return nil }
        var partner: [Int: Int] = [:]
        var events: [Action: Action] = [:]
        var moved: ([Int], [Int]) = ([], [])
        guard pair(first, second, &partner, &events) else { return nil }
        moved = ([first], [second])
        // What the exchange of events changes has to change places too.
        var grows = true
        while grows {
            grows = false
            for component in network.components.indices where partner[component] == nil {
                guard !isFixed(component, events) else { continue }
                let other = network.components.indices.first {
                    $0 != component && partner[$0] == nil && shapes[$0] == shapes[component]
                        && canPair(component, $0, partner, events)
                }
                guard let other, pair(component, other, &partner, &events) else { return nil }
                moved.0.append(component)
                moved.1.append(other)
                grows = true
            }
        }
        guard isAutomorphism(partner, events) else { return nil }
        return moved
    }

    private func canPair(_ a: Int, _ b: Int, _ partner: [Int: Int], _ events: [Action: Action]) -> Bool {
        var partner = partner
        var events = events
        return pair(a, b, &partner, &events)
    }

    /// Extends an exchange so that two components of one shape change places; false if that contradicts it.
    private func pair(_ a: Int, _ b: Int, _ partner: inout [Int: Int], _ events: inout [Action: Action]) -> Bool {
        let (one, other) = (network.components[a].system, network.components[b].system)
        for (step, image) in zip(one.transitions, other.transitions) {
            if step.action.isEvent != image.action.isEvent || (!step.action.isEvent && step.action != image.action) {
                return false
            }
            if let known = events[step.action], known != image.action { return false }
            if let known = events[image.action], known != step.action { return false }
            events[step.action] = image.action
            events[image.action] = step.action
        }
        partner[a] = b
        partner[b] = a
        return true
    }

    private func isFixed(_ component: Int, _ events: [Action: Action]) -> Bool {
        if labels[component].allSatisfy({ (events[$0] ?? $0) == $0 }) { return true }
        return isImage(component, of: component, events)
    }

    /// Whether a component's system, with the events exchanged, is that of another one.
    private func isImage(_ image: Int, of component: Int, _ events: [Action: Action]) -> Bool {
        let (one, other) = (network.components[component].system, network.components[image].system)
        guard one.stateCount == other.stateCount, one.initial == other.initial, one.terminated == other.terminated
        else {
            return false
        }
        return (0..<one.stateCount).allSatisfy { state in
            let mapped = one[state].map {
                LabelledTransitionSystem.Transition(action: events[$0.action] ?? $0.action, target: $0.target)
            }
            return mapped.sorted().elementsEqual(other[state])
        }
    }

    /// Whether components, rules and specification are all the same after the exchange.
    private func isAutomorphism(_ partner: [Int: Int], _ events: [Action: Action]) -> Bool {
        for component in network.components.indices
        where !isImage(partner[component] ?? component, of: component, events) {
            return false
        }
        var labels: [Action: Action] = [:]
        for rule in network.rules {
            let participants = rule.participants.map { participant -> Network.Participant in
                var image = participant
                image.component = Int32(partner[Int(participant.component)] ?? Int(participant.component))
                if case .step(let action) = participant.role { image.role = .step(events[action] ?? action) }
                return image
            }
            guard let image = labelOfParticipants[Self.key(participants)] else { return false }
            if rule.label.isSilent || image.isSilent {
                if rule.label.isSilent != image.isSilent { return false }
            } else if labels.updateValue(image, forKey: rule.label).map({ $0 != image }) == true {
                return false
            }
        }
        return isFixed(labels)
    }

    /// Whether the specification makes no difference between a label and its image: it is in the same node after either, and wants them alike.
    private func isFixed(_ labels: [Action: Action]) -> Bool {
        guard let specification else { return true }
        let moved = labels.filter { $0.key != $0.value }
        if moved.contains(where: { $0.key == .tick || $0.value == .tick }) { return false }
        if moved.isEmpty { return true }
        for node in specification.nodes {
            let target = Dictionary(uniqueKeysWithValues: node.transitions.map { ($0.action, $0.target) })
            for (label, image) in moved where target[label] != target[image] { return false }
            let acceptances = Set(node.minimalAcceptances)
            for acceptance in node.minimalAcceptances
            where !acceptances.contains(acceptance.map { moved[$0] ?? $0 }.sorted()) {
                return false
            }
        }
        return true
    }
}
