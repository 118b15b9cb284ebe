/// A finite transition system, explicit: states are 0 ..< stateCount, and each state's transitions are one slice of two arrays.
///
/// Every tick leads to `terminated`, which has no transitions.
public struct LabelledTransitionSystem: Sendable, Hashable {
    public struct Transition: Hashable, Comparable, Sendable {
        public var action: Action
        public var target: Int32

        public init(action: Action, target: Int32) {
            self.action = action
            self.target = target
        }

        public static func < (a: Transition, b: Transition) -> Bool {
            a.action == b.action ? a.target < b.target : a.action < b.action
        }
    }

    public let initial: Int
    /// The state after tick, if any tick is reachable.
    public let terminated: Int?
    /// Transitions of state s are `transitions[offsets[s] ..< offsets[s + 1]]`, ascending by action, then target, each once.
    public let offsets: [Int32]
    public let transitions: [Transition]

    public var stateCount: Int { offsets.count - 1 }

    /// Sorts each state's transitions and drops those that are there twice.
    /// - Parameter successors: one list a state; a tick's target is replaced by `terminated`.
    public init(initial: Int, terminated: Int?, successors: [[Transition]]) {
        var offsets: [Int32] = [0]
        offsets.reserveCapacity(successors.count + 1)
        var all: [Transition] = []
        for list in successors {
            let sorted = list.sorted()
            for (k, transition) in sorted.enumerated() where k == 0 || sorted[k - 1] != transition {
                precondition(
                    transition.action != .tick || Int(transition.target) == terminated,
                    "a tick must end in the terminated state")
                all.append(transition)
            }
            offsets.append(Int32(all.count))
        }
        self.initial = initial
        self.terminated = terminated
        self.offsets = offsets
        self.transitions = all
    }

    public subscript(state: Int) -> ArraySlice<Transition> {
        transitions[Int(offsets[state])..<Int(offsets[state + 1])]
    }

    /// All labels that occur, ascending.
    public var actions: [Action] { Set(transitions.map(\.action)).sorted() }
}

extension LabelledTransitionSystem {
    /// Which states can perform silent steps for ever.
    ///
    /// A state diverges when it reaches, by silent steps alone, a cycle of silent steps: the complement is the set of states whose silent
    /// futures all end, found by taking away, again and again, what has no silent step left.
    public func divergentStates() -> [Bool] {
        var pending = [Int32](repeating: 0, count: stateCount)
        var predecessors = [[Int32]](repeating: [], count: stateCount)
        for state in 0..<stateCount {
            for transition in self[state] where transition.action.isSilent {
                pending[state] += 1
                predecessors[Int(transition.target)].append(Int32(state))
            }
        }
        var divergent = [Bool](repeating: true, count: stateCount)
        var work = (0..<stateCount).filter { pending[$0] == 0 }
        while let state = work.popLast() {
            divergent[state] = false
            for predecessor in predecessors[state] {
                pending[Int(predecessor)] -= 1
                if pending[Int(predecessor)] == 0 { work.append(Int(predecessor)) }
            }
        }
        return divergent
    }
}
