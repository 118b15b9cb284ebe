import CSP
import ModelChecking

/// The states of one component in the script's words: `POOL(0)` for a pool that began as `POOL(2)`.
///
/// Used by who made the component, on the thread of its process store.
final class LeafStates: StateNames, @unchecked Sendable {
    private let semantics: OperationalSemantics
    /// The semantics' state for each of the component's.
    private let nodes: [Int32]

    init(_ semantics: OperationalSemantics, nodes: [Int32]) {
        self.semantics = semantics
        self.nodes = nodes
    }

    func name(of state: Int) -> String? { semantics.name(of: nodes[state], depth: 4) }
}

extension OperationalSemantics {
    /// The state as a term of named processes; nil where a part of it has no name.
    fileprivate func name(of state: Int32, depth: Int) -> String? {
        guard depth > 0 else { return nil }
        func joined(_ children: [Int32], _ symbol: String) -> String? {
            let names = children.map { part($0, depth) }
            guard names.count <= 4, !names.contains(nil) else { return nil }
            return names.compactMap { $0 }.joined(separator: " \(symbol) ")
        }
        switch nodes[Int(state)] {
        case .process(let id):
            // What is no more than STOP or SKIP has many names.
            if id == store.stop.id || id == store.skip.id || id == store.divergence.id { return nil }
            return name(ofTerm: id)
        case .externalChoice(let children): return joined(children, "[]")
        case .interrupt(let left, let right): return joined([left, right], "/\\")
        case .sequential(let child, let then):
            guard let first = part(child, depth), let next = processes[then]?.name else { return nil }
            return "\(first) ; \(next)"
        case .slidingChoice(let child, let then):
            guard let first = part(child, depth), let next = processes[then]?.name else { return nil }
            return "\(first) [> \(next)"
        case .parallel(let term, let children):
            let symbol =
                switch processes[term]?.term {
                case .generalisedParallel: "[|…|]"
                case .alphabetisedParallel: "[…||…]"
                default: "|||"
                }
            return joined(children, symbol)
        case .hide(_, let child): return part(child, depth).map { "\($0) \\ …" }
        case .rename(_, let child): return part(child, depth).map { "\($0)[[…]]" }
        default: return nil
        }
    }

    /// An operand, in brackets where it is not a single word.
    private func part(_ state: Int32, _ depth: Int) -> String? {
        guard let name = name(of: state, depth: depth - 1) else { return nil }
        if case .process = nodes[Int(state)] { return name }
        return "(\(name))"
    }
}
