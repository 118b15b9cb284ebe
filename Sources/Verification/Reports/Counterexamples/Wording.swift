import CSP
import ModelChecking

/// Puts components and labels into words.
struct Wording {
    let network: Network
    let store: ProcessStore
    /// The components' names, each once: as short as the script has them; nil for a component that an operator added.
    let names: [String?]

    private static let longest = 44

    init(network: Network, store: ProcessStore) {
        self.network = network
        self.store = store
        names = Self.distinct(network.components.map { $0.name.map(Self.shortened) })
    }

    /// A name that would fill the screen is cut in its middle: arguments that tell instances apart often stand at the end.
    private static func shortened(_ name: String) -> String {
        name.count <= longest ? name : name.prefix(longest - 13) + "…" + name.suffix(12)
    }

    /// Numbers names that several components have: `COPY#1`, `COPY#2`.
    private static func distinct(_ names: [String?]) -> [String?] {
        var counts: [String: Int] = [:]
        for case let name? in names { counts[name, default: 0] += 1 }
        var numbers: [String: Int] = [:]
        return names.map { name in
            guard let name, counts[name]! > 1 else { return name }
            numbers[name, default: 0] += 1
            return "\(name)#\(numbers[name]!)"
        }
    }

    func processes(_ components: [Int]) -> [String] { components.compactMap { names[$0] } }

    func name(_ action: Action) -> String {
        switch action {
        case .tau: "τ"
        case .tick: "✓"
        default: store.name(of: Event(action))
        }
    }

    func list(_ actions: [Action]) -> String {
        if actions.isEmpty { return "nothing" }
        return "{" + actions.prefix(12).map(name).joined(separator: ", ") + (actions.count > 12 ? ", …" : "") + "}"
    }

    func event(_ step: Step) -> CounterexampleReport.Event {
        CounterexampleReport.Event(
            event: name(step.action), hidden: step.action.isSilent, processes: processes(step.participants))
    }

    func forbidden(_ action: Action, allowed: [Action]) -> String {
        allowed.isEmpty
            ? "the specification allows nothing more here"
            : "the specification allows only \(list(allowed)) here"
    }

    func forbidden(_ action: Action, after offered: [Action], allowed: [Action]) -> String {
        "only \(list(offered)) is offered before \(name(action)); where the specification refuses all else, "
            + (allowed.isEmpty ? "nothing is possible" : "it offers only \(list(allowed))")
    }

    func refusal(offered: [Action], wanted: [[Action]]) -> String {
        let shown = wanted.prefix(4).map(list).joined(separator: " or ")
        let more = wanted.count > 4 ? " or …" : ""
        return wanted.isEmpty
            ? "only \(list(offered)) is offered in a stable state, and the specification has no stable state here"
            : "only \(list(offered)) is offered; the specification wants all of \(shown)\(more)"
    }

    func refused(_ action: Action, in state: [Int]) -> CounterexampleReport.Refused {
        let readiness = network.readiness(for: action, in: [state])[0]
        return CounterexampleReport.Refused(
            event: name(action), ready: processes(readiness?.ready ?? []),
            refusing: processes(readiness?.refusing ?? []))
    }

    /// What a component has become, where that has another name than the component.
    private func present(_ index: Int, _ state: Int) -> String? {
        let component = network.components[index]
        guard let name = component.stateNames?.name(of: state), name != component.name else { return nil }
        return Self.shortened(name)
    }

    func components(
        _ standing: [ComponentStanding], in state: [Int]
    ) -> [CounterexampleReport.ComponentState] {
        standing.enumerated().compactMap { index, own in
            guard let process = names[index] else { return nil }
            let waits = Set(own.offers.flatMap(\.refusing)).sorted()
            let blocked =
                own.offers.filter { !$0.refusing.isEmpty }.map {
                    CounterexampleReport.ComponentState.Blocked(
                        event: name($0.action), refusedBy: processes($0.refusing))
                } + own.stranded.map { .init(event: name($0), refusedBy: []) }
            return CounterexampleReport.ComponentState(
                process: process, state: present(index, state[index]),
                offers: own.offers.map { name($0.action) } + own.stranded.map(name),
                refuses: own.refuses.map(name), blocked: blocked, waitsFor: processes(waits),
                terminated: own.hasTerminated)
        }
    }
}

extension Int {
    /// `1 step`, `1,204 steps`
    func counted(_ noun: String) -> String { self == 1 ? "1 \(noun)" : "\(grouped) \(noun)s" }
}
