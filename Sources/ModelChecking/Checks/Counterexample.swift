/// One move of a run.
public struct Step: Hashable, Sendable {
    public var action: Action
    /// The components that took part, by their number in the network, ascending.
    public var participants: [Int]
}

/// A run that shows why a property does not hold, and what is wrong at its end.
public struct Counterexample: Sendable {
    public enum Reason: Sendable, Equatable {
        /// Nothing is possible after the last step, and the process has not terminated.
        case deadlock
        /// The last step is an event (or tick) that the specification does not allow after the steps before it.
        case forbidden(Action)
        /// After the last step the process offers only `offered`; the specification wants all events of one of `wanted` offered.
        case refusal(offered: [Action], wanted: [[Action]])
        /// After the last step these silent steps can go on for ever.
        case divergence(cycle: [Step])
        /// After the same events the process may perform this event, and may refuse it.
        case nondeterminism(Action, offered: [Action])
        /// This run is what the assertion asked for, or what `not` says is not there.
        case witness
    }

    public var steps: [Step]
    public var reason: Reason
    /// At the end: for each component of the network the labels that its local state offers, ascending.
    public var offers: [[Action]]
    /// At the end: the moves that some component holds up, and who does: only moves that at least one of the participants is ready for.
    public var blocked: [BlockedMove]

    public init(steps: [Step], reason: Reason, offers: [[Action]] = [], blocked: [BlockedMove] = []) {
        self.steps = steps
        self.reason = reason
        self.offers = offers
        self.blocked = blocked
    }

    public struct BlockedMove: Hashable, Sendable {
        public var action: Action
        public var ready: [Int]
        public var refusing: [Int]
    }
}

extension ExploredSpace {
    func step(_ move: Int) -> Step {
        let rule = packed.network.rules[Int(packed.moves[move].rule)]
        return Step(action: rule.label, participants: rule.participants.map { Int($0.component) }.sorted())
    }

    /// The run to a state, and what holds there.
    func counterexample(to index: Int, then last: Int? = nil, reason: Counterexample.Reason) -> Counterexample {
        var steps = shortestPath(to: index).map { step($0.move) }
        if let last { steps.append(step(last)) }
        let network = packed.network
        let local = state(index)
        let offers = network.components.indices.map { component in
            Array(Set(network.components[component].system[local[component]].map(\.action))).sorted()
        }
        return Counterexample(
            steps: steps, reason: reason, offers: offers, blocked: blocked(local: local, network: network))
    }

    private func blocked(local: [Int], network: Network) -> [Counterexample.BlockedMove] {
        var result: [Counterexample.BlockedMove] = []
        var seen = Set<Counterexample.BlockedMove>()
        for rule in network.rules where rule.participants.count > 1 {
            var ready: [Int] = []
            var refusing: [Int] = []
            for participant in rule.participants {
                let component = Int(participant.component)
                let isReady =
                    switch participant.role {
                    case .step(let action):
                        network.components[component].system[local[component]].contains { $0.action == action }
                    case .at(let state): local[component] == Int(state)
                    case .reset: true
                    }
                // What an operator holds back is nobody's refusal.
                if network.components[component].name == nil && !isReady { ready = []; refusing = []; break }
                if isReady { ready.append(component) } else { refusing.append(component) }
            }
            if ready.isEmpty || refusing.isEmpty { continue }
            let move = Counterexample.BlockedMove(
                action: rule.label, ready: ready.sorted(), refusing: refusing.sorted())
            if result.count < 200, seen.insert(move).inserted { result.append(move) }
        }
        return result
    }
}
