import CSP

/// Recursion through operators that keep their operands: `P = a -> (P ||| P)` is inside itself once more with each `a`.
///
/// A state is a tree of the operators at work. When one of so many levels is met, the path to its deepest leaf is walked: an operator of the script that is nested in itself
/// hundreds of times there will be so for ever, as each round of the recursion went through it. Operators that are all different nest as the script says, however deep.
enum Nesting {
    /// Levels from one look to the next.
    static let checkEvery: Int32 = 300
    /// So many of one operator of the script inside each other are a recursion.
    static let repetitionsMax = 200
    /// Of operators of which a state does not say where in the script they stand there may be more without a recursion, all counted together.
    static let anonymousRepetitionsMax = 800
    /// More levels take more stack than there is.
    static let depthMax: Int32 = 30_000
}

extension OperationalSemantics {
    /// - Throws: `CompilationError.neverFinite`.
    func checkNesting(_ node: Node, depth: Int32) throws {
        var counts: [Operation: Int] = [:]
        var next: Node? = node
        while let level = next {
            if let operation = Operation(level) { counts[operation, default: 0] += 1 }
            next = level.operands.max { self.depth(of: $0) < self.depth(of: $1) }.map { nodes[Int($0)] }
        }
        let anonymous = counts.filter { !$0.key.isInScript }
        let isRecursion =
            counts.contains { $0.key.isInScript && $0.value >= Nesting.repetitionsMax }
            || anonymous.reduce(0, { $0 + $1.value }) >= Nesting.anonymousRepetitionsMax
        // The same one whatever the order of the dictionary.
        if isRecursion, let most = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) {
            throw CompilationError.neverFinite(
                name(of: most.key), operation: symbol(of: most.key), depth: most.value)
        }
        if depth >= Nesting.depthMax {
            throw CompilationError.neverFinite(
                innermostName ?? componentName ?? "this process", operation: nil, depth: Int(depth))
        }
    }

    /// An operator of a state.
    private struct Operation: Hashable, Comparable {
        /// The term with the operator; -1 where states keep no more than the operands.
        var term: Int
        var symbol: String

        var isInScript: Bool { term >= 0 }

        init?(_ node: Node) {
            switch node {
            case .omega, .process, .offering, .explicit: return nil
            case .externalChoice: (term, symbol) = (-1, "[]")
            case .slidingChoice: (term, symbol) = (-1, "[>")
            case .interrupt: (term, symbol) = (-1, "/\\")
            case .sequential: (term, symbol) = (-1, ";")
            case .exception(let of, _): (term, symbol) = (of, "[|…|>")
            case .parallel(let of, _): (term, symbol) = (of, "|||")
            case .hide(let of, _): (term, symbol) = (of, "\\")
            case .rename(let of, _): (term, symbol) = (of, "[[…]]")
            case .linked(let of, _, _): (term, symbol) = (of, "[…<->…]")
            case .synchronisingChoice(let of, _): (term, symbol) = (of, "[+…+]")
            case .synchronisingInterrupt(let of, _, _): (term, symbol) = (of, "/+…+\\")
            }
        }

        static func < (a: Self, b: Self) -> Bool { (a.symbol, a.term) < (b.symbol, b.term) }
    }

    private func symbol(of operation: Operation) -> String {
        guard operation.symbol == "|||", let process = processes[operation.term] else { return operation.symbol }
        return switch process.term {
        case .generalisedParallel: "[|…|]"
        case .alphabetisedParallel: "[…||…]"
        default: operation.symbol
        }
    }

    /// The process that recurs: the one with this operator, or one of its operands.
    private func name(of operation: Operation) -> String {
        let fallback = innermostName ?? componentName ?? "this process"
        guard let process = processes[operation.term] else { return fallback }
        if let name = name(ofTerm: process.id) { return name }
        return process.operands.lazy.compactMap(\.name).first ?? fallback
    }
}

extension OperationalSemantics.Node {
    /// The states of the operands that are running.
    fileprivate var operands: [Int32] {
        switch self {
        case .omega, .process, .offering, .explicit: []
        case .externalChoice(let children), .parallel(_, let children), .synchronisingChoice(_, let children): children
        case .slidingChoice(let child, _), .sequential(let child, _), .exception(_, let child), .hide(_, let child),
            .rename(_, let child):
            [child]
        case .interrupt(let left, let right), .linked(_, let left, let right),
            .synchronisingInterrupt(_, let left, let right):
            [left, right]
        }
    }
}

extension Process {
    /// The processes that this one's operator stands before or between.
    var operands: [Process] {
        switch term {
        case .stop, .skip, .div, .call, .run, .chaos, .provided: []
        case .prefix(_, let operand), .hide(let operand, _), .project(let operand, _), .rename(let operand, _),
            .prioritise(let operand, _), .prioritisePartialOrder(let operand, _, _, _), .compress(_, let operand):
            [operand]
        case .externalChoice(let operands), .internalChoice(let operands), .interleave(let operands),
            .generalisedParallel(_, let operands), .synchronisingExternalChoice(_, let operands):
            operands
        case .alphabetisedParallel(let operands): operands.map(\.process)
        case .slidingChoice(let first, let second), .interrupt(let first, let second),
            .sequential(let first, let second),
            .exception(let first, _, let second), .linkedParallel(_, let first, let second),
            .synchronisingInterrupt(let first, _, let second):
            [first, second]
        }
    }
}
