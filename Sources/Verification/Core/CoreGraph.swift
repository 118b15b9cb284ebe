import CSP
import Coordination
import ModelChecking

/// All that the shipped core does in one scope: states, and the events from each to the next. What happens in one step of it may be several
/// events (the records of one commit): between them nothing else can happen.
struct CoreGraph: Sendable {
    struct Step: Hashable, Sendable {
        /// Numbers of labels.
        let trace: [Int32]
        let target: Int32
    }

    private(set) var steps: [[Step]] = []
    private(set) var labels: [String] = []
    /// States in which nothing is left to do.
    private(set) var isResting: [Bool] = []

    /// - Throws: `CoreScope.Fault`, `LimitReached`.
    init(_ scope: CoreScope, limits: Limits) throws {
        var parts = CoreParts()
        var numbers: [CoreKey: Int32] = [:]
        var labelNumbers: [String: Int32] = [:]
        var start = CoreWorld(scope)
        numbers[parts.key(of: &start)] = 0
        isResting.append(start.isAtRest)
        var worlds = [start]
        var next: Int32 = 0
        var transitions = 0
        while !worlds.isEmpty {
            var found: [CoreWorld] = []
            for world in worlds {
                if next & 0xff == 0 {
                    try limits.check(states: numbers.count, bytes: numbers.count * 600 + transitions * 40)
                }
                var steps: [Step] = []
                for move in world.moves {
                    for var outcome in world.outcomes(of: move) {
                        let key = parts.key(of: &outcome)
                        let count = Int32(numbers.count)
                        let target = numbers[key] ?? count
                        if target == count {
                            numbers[key] = count
                            isResting.append(outcome.isAtRest)
                            found.append(outcome)
                        }
                        // Where time changes nothing it may be left out: who is at rest or waits for others waits.
                        if target == next, outcome.trace == ["tick"] { continue }
                        let trace = outcome.trace.map { label in
                            labelNumbers[label]
                                ?? {
                                    let number = Int32(labels.count)
                                    labels.append(label)
                                    labelNumbers[label] = number
                                    return number
                                }()
                        }
                        steps.append(Step(trace: trace, target: target))
                    }
                }
                transitions += steps.count
                self.steps.append(Array(Set(steps)))
                next += 1
            }
            worlds = found
        }
    }

    var stateCount: Int { steps.count }

    /// As an explicit system over these events. Events on channels that the set has nothing of are silent; `rest` can happen for ever where
    /// nothing is left to do.
    /// - Throws: `CoreScope.Fault` for an event that its channel doesn't have.
    func system(_ alphabet: EventSet, _ store: ProcessStore) throws -> LabelledTransitionSystem {
        let channels = Set(alphabet.events.map(store.channel(of:)))
        let byName = Dictionary(
            alphabet.events.map { (store.name(of: $0), $0) }, uniquingKeysWith: { first, _ in first })
        var actions: [Action] = []
        for label in labels + ["rest"] {
            if let event = byName[label] {
                actions.append(Action(event))
            } else if channels.contains(String(label.prefix { $0 != "." })) {
                throw CoreScope.Fault(
                    description:
                        "the core does \(label), which isn't among the events that are asked for: widen the sets of its channel"
                )
            } else {
                actions.append(Action(store.event("(\(label))")).hidden)
            }
        }
        let rest = actions.last!
        var successors: [[LabelledTransitionSystem.Transition]] = Array(repeating: [], count: stateCount)
        for (state, steps) in steps.enumerated() {
            for step in steps {
                var from = state
                for (position, label) in step.trace.enumerated() {
                    let isLast = position == step.trace.count - 1
                    let to = isLast ? Int(step.target) : successors.count
                    if !isLast { successors.append([]) }
                    successors[from].append(.init(action: actions[Int(label)], target: Int32(to)))
                    from = to
                }
            }
            if isResting[state], !rest.isSilent { successors[state].append(.init(action: rest, target: Int32(state))) }
        }
        return LabelledTransitionSystem(initial: 0, terminated: nil, successors: successors)
    }
}

extension CoreWorld {
    /// Every job that was asked for has ended, and nobody holds anything or has anything to say.
    fileprivate var isAtRest: Bool {
        coordinator != nil && held.isEmpty
            && nodes.allSatisfy { $0.processes.isEmpty && $0.machine?.isIdle != false }
            && clients.indices.allSatisfy {
                switch clients[$0] {
                case .over: true
                case .idle, .asked: false
                case .answered: hasEnded[$0]
                }
            }
    }
}

/// The graphs that were explored, by the text of their scope: assertions share them.
final class CoreGraphs {
    private var graphs: [String: CoreGraph] = [:]
    /// Clauses that are added to every scope.
    private let additions: String?

    init(additions: String? = nil) { self.additions = additions }

    func graph(of description: String, limits: Limits) throws -> CoreGraph {
        if let known = graphs[description] { return known }
        let made = try CoreGraph(CoreScope([description, additions ?? ""].joined(separator: ",")), limits: limits)
        graphs[description] = made
        return made
    }
}

extension NetworkCompiler {
    /// What `core("…", A)` stands for.
    func core(_ description: String, _ alphabet: EventSet) throws -> LabelledTransitionSystem {
        try cores.graph(of: description, limits: limits).system(alphabet, store)
    }
}
