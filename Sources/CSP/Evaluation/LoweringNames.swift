extension Lowering {
    func lowerName(_ name: Name, _ expression: Expression, _ unit: Unit, isSuspended: Bool) -> Node {
        let symbol: Symbol = name.symbol
        let range = expression.range
        if let builtin = symbol.builtin { return lowerBuiltinName(builtin, range) }
        switch target(of: symbol) {
        case nil: return LocalNode(range, slot: slot(of: symbol.id, in: unit, at: range))
        case .head(let head): return ConstantNode(range, .dotted(head.root))
        case .globalFunction(let definition): return FunctionNode(range, definition, scopeSlot: nil)
        case .letFunction(let key, let definition):
            return FunctionNode(range, definition, scopeSlot: slot(of: key, in: unit, at: range))
        case .global(let index):
            if mustWait(globals.variables[index].binding, expression), !isSuspended { return suspend(expression, unit) }
            return GlobalVariableNode(range, scope: globalScope, index: index)
        case .letVariable(let key, let index):
            if let binding = letBinding(key, index), mustWait(binding, expression), !isSuspended {
                return suspend(expression, unit)
            }
            return ScopeVariableNode(range, scopeSlot: slot(of: key, in: unit, at: range), index: index)
        }
    }

    /// A process that is one of several variables of an equation may be defined by itself: only unfolding asks for it.
    private func mustWait(_ binding: BindingCode, _ expression: Expression) -> Bool {
        !binding.isProcess && typed.isProcess(expression)
    }

    private func lowerBuiltinName(_ builtin: Builtin, _ range: SourceRange) -> Node {
        if let timed, builtin.isTimedAtAll { return TimedConstantNode(range, builtin, timed) }
        if let value = machine.constant(builtin) { return ConstantNode(range, value) }
        if builtin == .events { return EventsNode(range) }
        return ConstantNode(range, .function(FunctionValue(.builtin(builtin))))
    }

    func lowerApplication(_ expression: Expression, _ unit: Unit, isSuspended: Bool) -> Node {
        let range = expression.range
        // f(x)(y): the function in the middle, and all groups of arguments from the left.
        var groups: [[Expression]] = []
        var function = expression
        while case .application(let callee, let arguments) = function.kind {
            groups.append(arguments)
            function = callee
        }
        groups.reverse()
        if case .name(let name) = function.kind {
            if let builtin = name.symbol.builtin, groups.count == 1 {
                return lowerBuiltinCall(builtin, groups[0], range, unit)
            }
            if let node = lowerKnownCall(name.symbol, groups, expression, unit) { return node }
        }
        if typed.isProcess(expression), !isSuspended { return suspend(expression, unit) }
        guard case .application(let callee, let arguments) = expression.kind else {
            fatalError("an application is one")
        }
        return ApplicationNode(range, lower(callee, unit), arguments.map { lowerLazily($0, unit) })
    }

    /// A full call of a definition.
    private func lowerKnownCall(_ symbol: Symbol, _ groups: [[Expression]], _ expression: Expression, _ unit: Unit)
        -> Node?
    {
        let definition: FunctionDefinition
        var scopeSlot: Int?
        switch target(of: symbol) {
        case .globalFunction(let known): definition = known
        case .letFunction(let key, let known):
            definition = known
            guard known.groups == groups.map(\.count) else { return nil }
            scopeSlot = slot(of: key, in: unit, at: expression.range)
        default: return nil
        }
        guard definition.groups == groups.map(\.count) else { return nil }
        let arguments = groups.flatMap { $0 }.map { definition.isProcess ? lower($0, unit) : lowerLazily($0, unit) }
        return CallNode(expression.range, definition, scopeSlot: scopeSlot, arguments)
    }

    private func lowerBuiltinCall(_ builtin: Builtin, _ arguments: [Expression], _ range: SourceRange, _ unit: Unit)
        -> Node
    {
        let nodes = arguments.map { lower($0, unit) }
        if let timed, builtin.isTimedAtAll { return TimedBuiltinNode(range, builtin, nodes, timed) }
        return BuiltinNode(range, builtin, nodes)
    }
}

extension Builtin {
    /// Whether a Timed section gives the name another meaning.
    var isTimedAtAll: Bool { isTimed || self == .stop || self == .skip }
}

/// `Events`
final class EventsNode: Node {
    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { .set(frame.machine.allEvents) }
}

/// `STOP` and its like inside a Timed section.
final class TimedConstantNode: Node {
    private let builtin: Builtin
    private let timed: TimedContext

    init(_ range: SourceRange, _ builtin: Builtin, _ timed: TimedContext) {
        self.builtin = builtin
        self.timed = timed
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        switch builtin {
        case .stop, .timedStop: .process(try timed.stop())
        case .skip, .timedSkip: .process(try timed.skip())
        default: throw EvaluationError("\(builtin.rawValue) can only be called here, not be passed on", at: range)
        }
    }
}

/// `WAIT(n)` and `timed_priority(P)`
final class TimedBuiltinNode: ProcessNode {
    private let builtin: Builtin
    private let arguments: [Node]
    private let timed: TimedContext

    init(_ range: SourceRange, _ builtin: Builtin, _ arguments: [Node], _ timed: TimedContext) {
        self.builtin = builtin
        self.arguments = arguments
        self.timed = timed
        super.init(range)
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        guard arguments.count == 1 else { throw EvaluationError("\(builtin.rawValue) takes one argument", at: range) }
        if builtin == .wait {
            let tocks = try arguments[0].integer(frame)
            return try at { () throws(EvaluationError) in try timed.delay(tocks, timed.skip()) }
        }
        let store = frame.machine.store
        return store.process(.prioritise(try arguments[0].process(frame), [store.emptySet, try timed.tocks()]))
    }
}
