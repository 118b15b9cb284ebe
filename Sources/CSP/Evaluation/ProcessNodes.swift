/// An expression whose value is a process.
class ProcessNode: Node {
    final override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .process(try process(frame)) }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        fatalError("a kind of process node has to say how it is evaluated")
    }
}

/// An operand that is evaluated when something unfolds it.
final class SuspensionNode: ProcessNode {
    private let code: SuspensionCode

    init(_ range: SourceRange, _ code: SuspensionCode) {
        self.code = code
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        try at { () throws(EvaluationError) in try code.process(frame) }
    }
}

/// `b & P`
final class GuardNode: ProcessNode {
    private let condition: Node
    private let operand: Node
    private let timed: TimedContext?

    init(_ range: SourceRange, _ condition: Node, _ operand: Node, timed: TimedContext?) {
        self.condition = condition
        self.operand = operand
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        if try condition.boolean(frame) { return try operand.process(frame) }
        guard let timed else { return frame.machine.store.stop }
        return try timed.stop()
    }
}

/// The operators on two processes without operands of another type.
final class BinaryProcessNode: ProcessNode {
    private let symbol: BinaryOperator
    private let left: Node
    private let right: Node
    private let timed: TimedContext?

    init(_ range: SourceRange, _ symbol: BinaryOperator, _ left: Node, _ right: Node, timed: TimedContext?) {
        self.symbol = symbol
        self.left = left
        self.right = right
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let p = try left.process(frame)
        let q = try right.process(frame)
        let store = frame.machine.store
        switch symbol {
        case .sequential: return store.sequential(p, q)
        case .slidingChoice: return store.process(.slidingChoice(p, q))
        case .internalChoice: return store.internalChoice([p, q])
        case .externalChoice:
            guard let timed else { return store.externalChoice([p, q]) }
            return store.process(.synchronisingExternalChoice(try timed.tocks(), [p, q]))
        case .interrupt:
            guard let timed else { return store.process(.interrupt(p, q)) }
            return store.process(.synchronisingInterrupt(p, try timed.tocks(), q))
        case .interleave:
            guard let timed else { return store.interleave([p, q]) }
            return store.parallel([p, q], sharing: try timed.tocks())
        default: fatalError("\(symbol) isn't an operator on processes")
        }
    }
}

/// `P \ A` and `P |\ A`
final class HidingNode: ProcessNode {
    private let isProjection: Bool
    private let operand: Node
    private let events: Node

    init(_ range: SourceRange, isProjection: Bool, _ operand: Node, _ events: Node) {
        self.isProjection = isProjection
        self.operand = operand
        self.events = events
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let process = try operand.process(frame)
        let set = try events.eventSet(frame)
        let store = frame.machine.store
        return isProjection ? store.process(.project(process, set)) : store.hide(process, set)
    }
}

/// The operators with one set of events between their operands.
final class SynchronisedNode: ProcessNode {
    private let symbol: SynchronisedOperator
    private let left: Node
    private let events: Node
    private let right: Node
    private let timed: TimedContext?

    init(
        _ range: SourceRange, _ symbol: SynchronisedOperator, _ left: Node, _ events: Node, _ right: Node,
        timed: TimedContext?
    ) {
        self.symbol = symbol
        self.left = left
        self.events = events
        self.right = right
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let p = try left.process(frame)
        var set = try events.eventSet(frame)
        let q = try right.process(frame)
        let store = frame.machine.store
        // The handler of an exception takes over at once: there is nothing to synchronise.
        if let timed, symbol != .exception { set = try timed.withTock(set) }
        switch symbol {
        case .generalisedParallel: return store.parallel([p, q], sharing: set)
        case .exception: return store.process(.exception(p, set, q))
        case .externalChoice: return store.process(.synchronisingExternalChoice(set, [p, q]))
        case .interrupt: return store.process(.synchronisingInterrupt(p, set, q))
        }
    }
}

/// `P [A||B] Q`
final class AlphabetisedNode: ProcessNode {
    private let operands: [(alphabet: Node, process: Node)]
    private let timed: TimedContext?

    init(_ range: SourceRange, _ operands: [(alphabet: Node, process: Node)], timed: TimedContext?) {
        self.operands = operands
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        var parts: [(alphabet: EventSet, process: Process)] = []
        for (alphabet, process) in operands {
            var set = try alphabet.eventSet(frame)
            if let timed { set = try timed.withTock(set) }
            parts.append((set, try process.process(frame)))
        }
        return frame.machine.store.alphabetisedParallel(parts)
    }
}

/// The pairs `a <- b` or `a <-> b`, for each binding of the statements.
struct LinkNodes {
    let pairs: [(left: Node, right: Node)]
    let statements: [StatementNode]

    /// All pairs of whole events: what completes the left side completes the right one.
    func evaluate(_ frame: Frame) throws(EvaluationError) -> [(Event, Event)] {
        var result: [(Event, Event)] = []
        var bindings = BindingIterator(statements, frame)
        while try bindings.next() {
            for (left, right) in pairs {
                let (a, b) = (try channelValue(left, frame), try channelValue(right, frame))
                try left.at { () throws(EvaluationError) in
                    for whole in try a.completions() {
                        var other = b
                        for part in try whole.parts(beyond: a) {
                            guard try !other.isComplete() else {
                                throw EvaluationError(
                                    "\(whole) has more fields than \(b) can have: both sides need the same fields")
                            }
                            other = try other.appending(part)
                        }
                        result.append((try whole.event(), try other.event()))
                    }
                }
            }
        }
        return result
    }

    private func channelValue(_ node: Node, _ frame: Frame) throws(EvaluationError) -> DottedValue {
        guard case .dotted(let value) = try node.evaluate(frame) else {
            throw node.unexpected(try node.evaluate(frame), "an event or a channel")
        }
        return value
    }
}

/// `P [[a <- b]]`
final class RenameNode: ProcessNode {
    private let operand: Node
    private let links: LinkNodes

    init(_ range: SourceRange, _ operand: Node, _ links: LinkNodes) {
        self.operand = operand
        self.links = links
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let process = try operand.process(frame)
        let pairs = try links.evaluate(frame)
        return frame.machine.store.rename(process, pairs.map { (from: $0.0, to: $0.1) })
    }
}

/// `P [a <-> b] Q`
final class LinkedParallelNode: ProcessNode {
    private let left: Node
    private let links: LinkNodes
    private let right: Node

    init(_ range: SourceRange, _ left: Node, _ links: LinkNodes, _ right: Node) {
        self.left = left
        self.links = links
        self.right = right
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let p = try left.process(frame)
        let q = try right.process(frame)
        let pairs = try Self.pairs(links, frame, range)
        return frame.machine.store.process(.linkedParallel(pairs, p, q))
    }

    /// Each event once on each side.
    static func pairs(
        _ links: LinkNodes, _ frame: Frame, _ range: SourceRange
    ) throws(EvaluationError) -> [(left: Event, right: Event)] {
        let pairs = try links.evaluate(frame).sorted { $0 < $1 }
        for side in [pairs.map(\.0), pairs.map(\.1)] {
            var seen = Set<Event>()
            for event in side where !seen.insert(event).inserted {
                let name = frame.machine.store.name(of: event)
                throw EvaluationError(
                    "\(name) is linked more than once on one side: what it joins would not be known", at: range)
            }
        }
        return pairs.map { (left: $0.0, right: $0.1) }
    }
}

/// The replicated operators.
final class ReplicatedNode: ProcessNode {
    enum Symbol {
        case externalChoice, internalChoice, interleave, sequential
        /// The set is outside the scope of the variables.
        case generalisedParallel(Node)
        case synchronisingExternalChoice(Node)
        /// The alphabet is inside the scope of the variables, and so are links.
        case alphabetisedParallel(Node)
        case linkedParallel(LinkNodes)
    }

    private let symbol: Symbol
    private let statements: [StatementNode]
    private let body: Node
    private let timed: TimedContext?

    init(_ range: SourceRange, _ symbol: Symbol, _ statements: [StatementNode], _ body: Node, timed: TimedContext?) {
        self.symbol = symbol
        self.statements = statements
        self.body = body
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        if case .linkedParallel(let links) = symbol { return try linked(links, frame) }
        var operands: [Process] = []
        var alphabets: [EventSet] = []
        var bindings = BindingIterator(statements, frame)
        while try bindings.next() {
            if case .alphabetisedParallel(let alphabet) = symbol {
                let set = try alphabet.eventSet(frame)
                alphabets.append(try timed?.withTock(set) ?? set)
            }
            operands.append(try body.process(frame))
        }
        return try combine(operands, alphabets, frame)
    }

    /// Each process is linked with all that come after it, by its own links: those of the last one link nothing, so
    /// that `[c.i <-> c.(i + 1)]` may go past the end there.
    private func linked(_ links: LinkNodes, _ frame: Frame) throws(EvaluationError) -> Process {
        var operands: [Process] = []
        var pairs: [Result<[(left: Event, right: Event)], EvaluationError>] = []
        var bindings = BindingIterator(statements, frame)
        while try bindings.next() {
            operands.append(try body.process(frame))
            do throws(EvaluationError) {
                pairs.append(.success(try LinkedParallelNode.pairs(links, frame, range)))
            } catch {
                pairs.append(.failure(error))
            }
        }
        guard var result = operands.popLast() else {
            throw EvaluationError("a replicated linked parallel over nothing: it needs at least one process", at: range)
        }
        while let operand = operands.popLast() {
            result = frame.machine.store.process(.linkedParallel(try pairs[operands.count].get(), operand, result))
        }
        return result
    }

    private func combine(_ operands: [Process], _ alphabets: [EventSet], _ frame: Frame) throws(EvaluationError)
        -> Process
    {
        let store = frame.machine.store
        if operands.isEmpty { return try nothing(store) }
        switch symbol {
        case .externalChoice:
            guard let timed, operands.count > 1 else { return store.externalChoice(operands) }
            return store.process(.synchronisingExternalChoice(try timed.tocks(), operands))
        case .internalChoice: return store.internalChoice(operands)
        case .interleave:
            guard let timed else { return store.interleave(operands) }
            return store.parallel(operands, sharing: try timed.tocks())
        case .sequential:
            return operands.dropLast().reversed().reduce(operands[operands.count - 1]) { store.sequential($1, $0) }
        case .generalisedParallel(let events):
            let set = try events.eventSet(frame)
            return store.parallel(operands, sharing: try timed?.withTock(set) ?? set)
        case .synchronisingExternalChoice(let events):
            let set = try events.eventSet(frame)
            if operands.count == 1 { return operands[0] }
            return store.process(.synchronisingExternalChoice(try timed?.withTock(set) ?? set, operands))
        case .alphabetisedParallel:
            return store.alphabetisedParallel(zip(alphabets, operands).map { (alphabet: $0, process: $1) })
        case .linkedParallel: fatalError("linked processes are not combined at once")
        }
    }

    /// The operator over nothing.
    private func nothing(_ store: ProcessStore) throws(EvaluationError) -> Process {
        switch symbol {
        case .internalChoice:
            throw EvaluationError(
                "a replicated internal choice over nothing: |~| needs at least one process", at: range)
        case .linkedParallel: fatalError("linked processes are not combined at once")
        case .sequential: return try timed?.skip() ?? store.skip
        case .externalChoice, .synchronisingExternalChoice: return try timed?.stop() ?? store.stop
        case .interleave, .generalisedParallel, .alphabetisedParallel: return try timed?.stop() ?? store.skip
        }
    }
}
