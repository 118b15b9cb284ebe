/// What a component is ready for in one state of its network, and who holds it up.
public struct ComponentStanding: Sendable, Equatable {
    /// A label of the network that the component is ready for.
    public struct Offer: Sendable, Equatable {
        public var action: Action
        /// Whose readiness is missing, ascending: of all ways in which the network could perform the label with this component, one that
        /// lacks the fewest. Empty where nobody is missing.
        public var refusing: [Int]
    }

    /// Ascending by label.
    public var offers: [Offer] = []
    /// What its own state has a transition for and the network never performs, whatever the others do: labels of the component, ascending.
    public var stranded: [Action] = []
    /// Labels that some other component is ready for and this one is not, ascending.
    public var refuses: [Action] = []
    /// Whether it has terminated.
    public var hasTerminated = false
}

/// Who is ready to take part in one label, and who is not.
public struct Readiness: Sendable, Equatable {
    /// Ascending.
    public var ready: [Int]
    /// Ascending; empty where the label can happen.
    public var refusing: [Int]
}

extension Network {
    /// The standing of each component in a state.
    /// - Parameter state: the local state of each component.
    public func standing(in state: [Int]) -> [ComponentStanding] {
        let local = LocalOffers(self, state)
        var best: [[Action: [Int]]] = Array(repeating: [:], count: components.count)
        var used: [Set<Action>] = Array(repeating: [], count: components.count)
        var refused: [Set<Action>] = Array(repeating: [], count: components.count)
        for rule in rules where !rule.isWitness {
            for participant in rule.participants {
                if case .step(let action) = participant.role { used[Int(participant.component)].insert(action) }
            }
            guard let readiness = local.readiness(rule) else { continue }
            for component in readiness.ready {
                if let known = best[component][rule.label], known.count <= readiness.refusing.count { continue }
                best[component][rule.label] = readiness.refusing
            }
            if !readiness.ready.isEmpty {
                for component in readiness.refusing { refused[component].insert(rule.label) }
            }
        }
        return components.indices.map { component in
            let offers = best[component].sorted { $0.key < $1.key }
            return ComponentStanding(
                offers: offers.map { ComponentStanding.Offer(action: $0.key, refusing: $0.value.sorted()) },
                stranded: local.offered[component].subtracting(used[component]).sorted(),
                refuses: refused[component].filter { best[component][$0] == nil }.sorted(),
                hasTerminated: components[component].system.terminated == state[component])
        }
    }

    /// Who is ready for a label in each of these states: of all ways in which the network could perform it, hidden or not, one that lacks the
    /// fewest. Nil for a label that it never performs there.
    public func readiness(for action: Action, in states: [[Int]]) -> [Readiness?] {
        let ways = rules.filter { !$0.isWitness && ($0.label == action || $0.label == action.hidden) }
        return states.map { state in
            let local = LocalOffers(self, state)
            return ways.lazy.compactMap(local.readiness)
                .min { ($0.refusing.count, -$0.ready.count) < ($1.refusing.count, -$1.ready.count) }
        }
    }
}

/// The labels of the components' transitions in one state of a network.
private struct LocalOffers {
    let network: Network
    let state: [Int]
    let offered: [Set<Action>]

    init(_ network: Network, _ state: [Int]) {
        self.network = network
        self.state = state
        offered = network.components.indices.map { component in
            Set(network.components[component].system[state[component]].map(\.action))
        }
    }

    /// Nil where an operator holds the rule back: that is nobody's refusal.
    func readiness(_ rule: Network.Rule) -> Readiness? {
        var ready: [Int] = []
        var refusing: [Int] = []
        for participant in rule.participants {
            let component = Int(participant.component)
            let isReady =
                switch participant.role {
                case .step(let action): offered[component].contains(action)
                case .at(let wanted): state[component] == Int(wanted)
                case .reset: true
                }
            if network.components[component].name == nil {
                if !isReady { return nil }
            } else if isReady {
                ready.append(component)
            } else {
                refusing.append(component)
            }
        }
        return Readiness(ready: ready.sorted(), refusing: refusing.sorted())
    }
}
