/// Refinement and the other properties by their definitions, over sets of states; a state is a number for a tree.
struct NaiveChecker {
    typealias State = Int

    struct Move: Hashable {
        var label: NaiveProcess.Label
        var next: State
    }

    enum Model { case traces, failures, failuresDivergences }

    /// Thrown when a process has more states than the oracle wants to look at.
    struct TooLarge: Error {}

    let system: NaiveSystem
    let alphabet: Set<Int>
    let limit: Int

    private final class Memory {
        var numbers: [NaiveProcess: State] = [:]
        var moves: [Set<Move>] = []
        var divergent: [State: Bool] = [:]
    }
    private let memory = Memory()

    init(_ system: NaiveSystem, alphabet: Set<Int>, limit: Int) {
        self.system = system
        self.alphabet = alphabet
        self.limit = limit
    }

    /// The number of a process, after all that it can become was looked at.
    func state(_ process: NaiveProcess) throws -> State {
        if let known = memory.numbers[process] { return known }
        var work = [process]
        memory.numbers[process] = memory.moves.count
        memory.moves.append([])
        let first = memory.moves.count - 1
        while let next = work.popLast() {
            if memory.moves.count > limit || next.depth > 12 { throw TooLarge() }
            var moves: Set<Move> = []
            for step in system.moves(next) {
                if memory.numbers[step.next] == nil {
                    memory.numbers[step.next] = memory.moves.count
                    memory.moves.append([])
                    work.append(step.next)
                }
                moves.insert(Move(label: step.label, next: memory.numbers[step.next]!))
            }
            memory.moves[memory.numbers[next]!] = moves
        }
        return first
    }

    /// Whether nothing is left of it because it has terminated.
    private func hasTerminated(_ state: State) -> Bool { memory.numbers[.omega] == state }

    func moves(_ state: State) throws -> Set<Move> { memory.moves[state] }

    func reachable(_ start: State) throws -> Set<State> {
        var found: Set<State> = [start]
        var work = [start]
        while let state = work.popLast() {
            for step in try moves(state) where found.insert(step.next).inserted { work.append(step.next) }
        }
        return found
    }

    func closure(_ states: Set<State>) throws -> Set<State> {
        var found = states
        var work = Array(states)
        while let state = work.popLast() {
            for step in try moves(state) where step.label == .tau && found.insert(step.next).inserted {
                work.append(step.next)
            }
        }
        return found
    }

    func after(_ states: Set<State>, _ label: NaiveProcess.Label) throws -> Set<State> {
        var result: Set<State> = []
        for state in states { for step in try moves(state) where step.label == label { result.insert(step.next) } }
        return try closure(result)
    }

    /// An infinite run of taus: among finitely many states, a walk of taus as long as there are states.
    func diverges(_ state: State) throws -> Bool {
        if let known = memory.divergent[state] { return known }
        let around = try closure([state])
        var alive = around
        while true {
            var next: Set<State> = []
            for candidate in alive
            where try moves(candidate).contains(where: { $0.label == .tau && alive.contains($0.next) }) {
                next.insert(candidate)
            }
            if next == alive { break }
            alive = next
        }
        let result = !alive.isEmpty
        memory.divergent[state] = result
        return result
    }

    /// The largest sets that a state refuses; tick is -1.
    private func refusals(_ state: State) throws -> [Set<Int>] {
        let all = try moves(state)
        var result: [Set<Int>] = []
        if all.contains(where: { $0.label == .tick }) { result.append(alphabet) }
        if !all.contains(where: { $0.label == .tau || $0.label == .tick }) {
            result.append(
                alphabet.union([-1]).subtracting(
                    all.compactMap { step in if case .event(let event) = step.label { event } else { nil } }))
        }
        return result
    }

    func refines(_ specification: State, _ implementation: State, _ model: Model) throws -> Bool {
        struct Pair: Hashable {
            var specification: Set<State>
            var implementation: State
        }
        let start = Pair(specification: try closure([specification]), implementation: implementation)
        var found: Set<Pair> = [start]
        var work = [start]
        while let pair = work.popLast() {
            if model == .failuresDivergences {
                if try pair.specification.contains(where: diverges) { continue }
                if try diverges(pair.implementation) { return false }
            }
            if model != .traces {
                let permitted = try pair.specification.flatMap { try refusals($0) }
                for refusal in try refusals(pair.implementation)
                where !permitted.contains(where: { refusal.isSubset(of: $0) }) {
                    return false
                }
            }
            for step in try moves(pair.implementation) {
                let next = step.label == .tau ? pair.specification : try after(pair.specification, step.label)
                if next.isEmpty { return false }
                let successor = Pair(specification: next, implementation: step.next)
                if found.insert(successor).inserted { work.append(successor) }
                if found.count > limit * 4 { throw TooLarge() }
            }
        }
        return true
    }

    func isDeadlockFree(_ process: State) throws -> Bool {
        try reachable(process).allSatisfy { try hasTerminated($0) || !moves($0).isEmpty }
    }

    func isDivergenceFree(_ process: State) throws -> Bool { try reachable(process).allSatisfy { try !diverges($0) } }

    func isDeterministic(_ process: State, _ model: Model) throws -> Bool {
        if model == .failuresDivergences, try !isDivergenceFree(process) { return false }
        let start = try closure([process])
        var found: Set<Set<State>> = [start]
        var work = [start]
        while let states = work.popLast() {
            let labels = try Set(states.flatMap { try moves($0).map(\.label) }).subtracting([.tau])
            let refusals = try states.flatMap { try self.refusals($0) }
            for label in labels {
                let number = if case .event(let event) = label { event } else { -1 }
                if refusals.contains(where: { $0.contains(number) }) { return false }
                let next = try after(states, label)
                if found.insert(next).inserted { work.append(next) }
                if found.count > limit { throw TooLarge() }
            }
        }
        return true
    }

    func hasTrace(_ process: State, _ trace: [Int]) throws -> Bool {
        var states = try closure([process])
        for event in trace { states = try after(states, .event(event)) }
        return !states.isEmpty
    }
}
