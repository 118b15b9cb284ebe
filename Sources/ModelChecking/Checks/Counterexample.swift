/// One move of a run.
public struct Step: Hashable, Sendable {
    public var action: Action
    /// The components that took part, by their number in the network, ascending.
    public var participants: [Int]

    public init(action: Action, participants: [Int]) {
        self.action = action
        self.participants = participants
    }
}

/// A run that shows why a property does not hold, and what is wrong at its end.
public struct Counterexample: Sendable {
    public enum Reason: Sendable, Equatable {
        /// Nothing is possible after the last step, and the process has not terminated.
        case deadlock
        /// The last step is an event (or tick) that the specification does not allow after the steps before it; there it allows only `allowed`.
        case forbidden(Action, allowed: [Action])
        /// The last step is an event of those that the process offered alone before it, refusing all else: there the specification allows only `allowed`.
        case forbiddenAfterRefusal(Action, offered: [Action], allowed: [Action])
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
    /// The local state of each component after the steps; before the last one where that is forbidden. Empty where no run is shown.
    public var end: [Int]
    /// In models that see more refusals than the last one: before which steps, by their position, a refusal matters, and what alone was offered there.
    public var refusals: [(step: Int, offered: [Action])] = []

    public init(steps: [Step], reason: Reason, end: [Int] = []) {
        self.steps = steps
        self.reason = reason
        self.end = end
    }
}

extension ExploredSpace {
    func step(_ move: Int) -> Step { step(ofRule: Int(packed.moves[move].rule)) }

    /// The local states of the components in a state, without the watchdog's.
    func localStates(_ index: Int) -> [Int] { Array(state(index).prefix(packed.componentCount)) }

    /// The run to a state, and what is wrong there.
    func counterexample(to index: Int, reason: Counterexample.Reason) -> Counterexample {
        let run = actualRun(along: shortestPath(to: index))
        return Counterexample(steps: run.steps, reason: reason, end: run.end)
    }

    /// The labels of what is possible after a run to a state.
    func enabledLabels(at index: Int, after run: ActualRun) -> [Action] {
        packed.symmetry == nil
            ? moves(of: index).map { packed.moves[$0].label }
            : enabledRules(after: run).map { packed.network.rules[$0].label }
    }
}
