/// A specification made deterministic: after a trace it is in exactly one node, which knows what an implementation may do, must not refuse, and whether it may diverge.
///
/// Roscoe, "Understanding Concurrent Systems" (2010), section 8.2 (pre-normalisation by subset construction).
public struct NormalForm: Sendable {
    public struct Node: Sendable {
        /// At most one for each visible event and tick, ascending.
        public var transitions: [LabelledTransitionSystem.Transition]
        /// Of the states that refuse what they do not offer: what they offer, the smallest of these sets only. A state that may terminate cannot be kept from it, so
        /// it offers tick alone. Each ascending. Empty when the node has no such state (it diverges): then nothing may be refused.
        public var minimalAcceptances: [[Action]]
        /// Whether the specification may diverge here. In a model with divergences everything is allowed from here on.
        public var diverges: Bool
    }

    public var nodes: [Node]
    public var initial: Int
    /// By node, if asked for: whether the system may diverge there, whatever that means for the node.
    private(set) var mayDiverge: [Bool] = []

    /// - Parameters:
    ///   - divergenceStrict: cut the form off where the specification diverges, as models with divergences do.
    ///   - marksDivergence: fill `mayDiverge`.
    /// - Throws: `LimitReached`.
    public init(
        _ system: LabelledTransitionSystem, divergenceStrict: Bool, limits: Limits, marksDivergence: Bool = false
    ) throws {
        let closures = SilentClosures(system)
        let divergent = divergenceStrict || marksDivergence ? system.divergentStates() : []
        var bytes = 0
        var index: [[Int32]: Int] = [:]
        var members: [[Int32]] = []
        var nodes: [Node] = []
        func node(of set: [Int32]) -> Int32 {
            if let known = index[set] { return Int32(known) }
            index[set] = members.count
            members.append(set)
            bytes += set.count * 4 + 160
            return Int32(members.count - 1)
        }
        initial = Int(node(of: closures.closure(of: [Int32(system.initial)])))
        var next = 0
        while next < members.count {
            if next % 256 == 0 { try limits.check(states: members.count, bytes: bytes) }
            let set = members[next]
            next += 1
            let diverges = !divergent.isEmpty && set.contains { divergent[Int($0)] }
            if marksDivergence { mayDiverge.append(diverges) }
            if diverges, divergenceStrict {
                nodes.append(Node(transitions: [], minimalAcceptances: [], diverges: true))
                continue
            }
            var targets: [Action: [Int32]] = [:]
            for state in set {
                for transition in system[Int(state)] where !transition.action.isSilent {
                    targets[transition.action, default: []].append(transition.target)
                }
            }
            let transitions = targets.keys.sorted().map { action in
                LabelledTransitionSystem.Transition(
                    action: action, target: node(of: closures.closure(of: targets[action]!)))
            }
            bytes += transitions.count * 16
            nodes.append(
                Node(
                    transitions: transitions, minimalAcceptances: NormalForm.minimalAcceptances(of: set, in: system),
                    diverges: false))
        }
        self.nodes = nodes
    }

    /// What a state that may refuse offers: nil for a state that can only move on by itself.
    static func acceptance(of state: Int, in system: LabelledTransitionSystem) -> [Action]? {
        let transitions = system[state]
        if transitions.contains(where: { $0.action == .tick }) { return [.tick] }
        if transitions.contains(where: \.action.isSilent) { return nil }
        var result: [Action] = []
        for transition in transitions where result.last != transition.action { result.append(transition.action) }
        return result
    }

    static func minimalAcceptances(of set: [Int32], in system: LabelledTransitionSystem) -> [[Action]] {
        let offers = Set(set.compactMap { acceptance(of: Int($0), in: system) })
        var minimal: [(list: [Action], set: Set<Action>)] = []
        for offer in offers.sorted(by: { $0.count == $1.count ? $0.lexicographicallyPrecedes($1) : $0.count < $1.count }
        ) {
            let candidate = Set(offer)
            if !minimal.contains(where: { $0.set.isSubset(of: candidate) }) { minimal.append((offer, candidate)) }
        }
        return minimal.map(\.list)
    }
}

/// The sets of states that silent steps lead to, each made when it is first asked for.
final class SilentClosures {
    private let system: LabelledTransitionSystem
    private var mark: [Int32]
    private var round: Int32 = 0

    init(_ system: LabelledTransitionSystem) {
        self.system = system
        mark = [Int32](repeating: 0, count: system.stateCount)
    }

    /// Ascending, each once.
    func closure(of states: [Int32]) -> [Int32] {
        round += 1
        var result: [Int32] = []
        for state in states where mark[Int(state)] != round {
            mark[Int(state)] = round
            result.append(state)
        }
        var next = 0
        while next < result.count {
            let state = Int(result[next])
            next += 1
            for transition in system[state] where transition.action.isSilent && mark[Int(transition.target)] != round {
                mark[Int(transition.target)] = round
                result.append(transition.target)
            }
        }
        return result.sorted()
    }
}

extension NormalForm {
    /// A form that is given, not computed.
    init(nodes: [Node], initial: Int) {
        self.nodes = nodes
        self.initial = initial
    }

    /// What allows these events and termination, always: all that is known of a process of which only the events are known.
    public static func anything(of events: [Action]) -> NormalForm {
        let transitions = (events + [.tick]).sorted().map {
            LabelledTransitionSystem.Transition(action: $0, target: 0)
        }
        return NormalForm(
            nodes: [Node(transitions: transitions, minimalAcceptances: [[]], diverges: false)], initial: 0)
    }
}
