/// A function's definition: its clauses, tried in order. Its arguments are in the first slots of its frame.
final class FunctionDefinition: Code {
    struct Clause {
        var parameters: [PatternNode]
        var body: Node
    }

    let id: Int
    let name: String
    let range: SourceRange
    /// How many arguments each pair of parentheses takes.
    let groups: [Int]
    let arity: Int
    var clauses: [Clause] = []
    /// Whether a full call is a process: it is then a call of its own, with its arguments as its identity.
    var isProcess = false
    private var calls: [ValueKey: Process] = [:]

    init(id: Int, name: String, range: SourceRange, groups: [Int], machine: Machine) {
        self.id = id
        self.name = name
        self.range = range
        self.groups = groups
        arity = groups.reduce(0, +)
        super.init(machine: machine)
    }

    /// A full call.
    func call(_ arguments: [Value], _ scope: ScopeInstance?, from site: SourceRange) throws(EvaluationError) -> Value {
        if isProcess { return .process(try process(arguments, scope)) }
        let (frame, mark) = machine.enter(frameSize)
        for (slot, argument) in arguments.enumerated() { frame[slot] = argument }
        return try run(frame, mark, scope, from: site)
    }

    /// The call as a process: the same one for equal arguments.
    func process(_ arguments: [Value], _ scope: ScopeInstance?) throws(EvaluationError) -> Process {
        var values = try arguments.settled()
        let scope = try scope?.canonical()
        if let scope { values.append(.scope(scope)) }
        let key = ValueKey(values)
        if let known = calls[key] { return known }
        let made = machine.store.add(DefinitionCall(self, key.values, scope))
        calls[key] = made
        return made
    }

    /// The value of a call whose arguments are in the frame, which is left at the end.
    ///
    /// A call in tail position takes the place of the call that makes it, so a loop written as a recursion needs no stack.
    func run(
        _ frame: Frame, _ mark: Machine.Mark, _ scope: ScopeInstance?, from site: SourceRange
    ) throws(EvaluationError) -> Value {
        let machine = machine
        var (definition, frame, scope, site) = (self, frame, scope, site)
        var tailCalls = 0
        machine.callDepth += 1
        defer {
            machine.callDepth -= 1
            machine.leave(frame, definition.frameSize, mark)
        }
        while true {
            let value = try definition.runOnce(frame, scope, from: site)
            guard let next = machine.takeTailCall() else { return value }
            tailCalls += 1
            if tailCalls > Machine.tailCallsMax || next.repeats(definition, frame, scope) {
                throw definition.endless(next, tailCalls)
            }
            machine.leave(frame, definition.frameSize, mark)
            (definition, scope, site) = (next.definition, next.scope, next.site)
            frame = machine.enter(definition.frameSize).frame
            for (slot, argument) in next.arguments.enumerated() { frame[slot] = argument }
        }
    }

    private func endless(_ next: TailCall, _ count: Int) -> EvaluationError {
        let call = next.definition.description(next.arguments, printer: .brief)
        let what =
            count > Machine.tailCallsMax
            ? "after \(Machine.tailCallsMax) calls in a row this one is \(call): does this recursion have an end?"
            : "this recursion has no end: \(call) calls itself with the same arguments"
        return EvaluationError(what, at: next.site, cause: .depth)
    }

    private func runOnce(
        _ frame: Frame, _ scope: ScopeInstance?, from site: SourceRange
    ) throws(EvaluationError) -> Value {
        load(scope?.captured ?? [], scope, into: frame)
        do throws(EvaluationError) {
            return try machine.call { () throws(EvaluationError) in try runClauses(frame) }
        } catch {
            throw error.placed(at: site).called(at: site) {
                description((0..<arity).map { frame[$0] }, printer: .brief)
            }
        }
    }

    private func runClauses(_ frame: Frame) throws(EvaluationError) -> Value {
        search: for clause in clauses {
            for (slot, pattern) in clause.parameters.enumerated() {
                if try !pattern.match(frame[slot], frame) { continue search }
            }
            return try clause.body.evaluateTail(frame)
        }
        let call = description((0..<arity).map { frame[$0] }, printer: .brief)
        let patterns = clauses.count == 1 ? "its only clause doesn't" : "none of its \(clauses.count) clauses does"
        throw EvaluationError("no clause of \(name) matches \(call): \(patterns)", at: range)
    }

    func description(_ arguments: [Value], printer: ValuePrinter = ValuePrinter(store: nil)) -> String {
        var text = name
        var next = 0
        for group in groups {
            text += "(" + arguments[next..<next + group].map(printer.text).joined(separator: ",") + ")"
            next += group
        }
        return text
    }
}

/// A call of a process-valued function, such as `WORKER(0)`.
final class DefinitionCall: Call {
    private let definition: FunctionDefinition
    /// After the arguments may come the scope, which belongs to the key.
    private let arguments: [Value]
    private let scope: ScopeInstance?

    init(_ definition: FunctionDefinition, _ arguments: [Value], _ scope: ScopeInstance?) {
        self.definition = definition
        self.arguments = arguments
        self.scope = scope
    }

    override var name: String? { definition.description(arguments) }
    override var isNamed: Bool { true }

    override func evaluate() throws(EvaluationError) -> Process {
        try definition.machine.run { () throws(EvaluationError) in
            let (frame, mark) = definition.machine.enter(definition.frameSize)
            for slot in 0..<definition.arity { frame[slot] = arguments[slot] }
            let value = try definition.run(frame, mark, scope, from: definition.range)
            guard case .process(let process) = value else {
                throw EvaluationError(
                    "\(definition.name) should be a process, but this is \(value.brief)", at: definition.range)
            }
            return process
        }
    }
}

/// A full call of a known function.
final class CallNode: Node {
    private let definition: FunctionDefinition
    private let scopeSlot: Int?
    private let arguments: [Node]

    init(_ range: SourceRange, _ definition: FunctionDefinition, scopeSlot: Int?, _ arguments: [Node]) {
        self.definition = definition
        self.scopeSlot = scopeSlot
        self.arguments = arguments
        super.init(range)
    }

    private func scope(_ frame: Frame) -> ScopeInstance? {
        guard let scopeSlot else { return nil }
        guard case .scope(let scope) = frame[scopeSlot] else { fatalError("a let's slot holds its scope") }
        return scope
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        let machine = frame.machine
        if definition.isProcess {
            var values: [Value] = []
            values.reserveCapacity(arguments.count + 1)
            for argument in arguments { values.append(try argument.evaluate(frame)) }
            return .process(try definition.process(values, scope(frame)))
        }
        let (callee, mark) = machine.enter(definition.frameSize)
        do throws(EvaluationError) {
            for (slot, argument) in arguments.enumerated() { callee[slot] = try argument.evaluateLazily(frame) }
        } catch {
            machine.leave(callee, definition.frameSize, mark)
            throw error
        }
        return try definition.run(callee, mark, scope(frame), from: range)
    }

    override func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value {
        let machine = frame.machine
        // The outermost calls keep their places, so that an error can name them.
        if definition.isProcess || machine.callDepth < Machine.callDepthKept { return try evaluate(frame) }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument.evaluateLazily(frame)) }
        return machine.tailCall(TailCall(definition: definition, arguments: values, scope: scope(frame), site: range))
    }

    /// Called at once if its body is little work on arguments that are at hand.
    override func valueAtHand(_ frame: Frame) -> Value? {
        guard !definition.isProcess, definition.clauses.count == 1, let clause = definition.clauses.first,
            clause.parameters.allSatisfy({ $0 is AnythingPattern })
        else { return nil }
        let scope = scope(frame)
        return frame.machine.valueAtHand(of: clause.body, arguments, frame, definition.frameSize) { callee in
            definition.load(scope?.captured ?? [], scope, into: callee)
        }
    }
}

/// A call that takes the place of the one that makes it.
struct TailCall {
    let definition: FunctionDefinition
    let arguments: [Value]
    let scope: ScopeInstance?
    let site: SourceRange

    /// Whether it is the call under way once more, as far as that can be seen at once: values are pure, so that has no end.
    fileprivate func repeats(_ definition: FunctionDefinition, _ frame: Frame, _ scope: ScopeInstance?) -> Bool {
        guard definition === self.definition, scope === self.scope else { return false }
        for (slot, argument) in arguments.enumerated() {
            switch (argument, frame[slot]) {
            case (.integer(let a), .integer(let b)): if a != b { return false }
            case (.dotted(let a), .dotted(let b)): if a !== b { return false }
            case (.boolean(let a), .boolean(let b)): if a != b { return false }
            case (.delayed(let a), .delayed(let b)): if a !== b { return false }
            case (.sequence(let a), .sequence(let b)): if a !== b { return false }
            default: return false
            }
        }
        return true
    }
}

extension Machine {
    /// A recursion without an end is told by its length.
    fileprivate static let tailCallsMax = 20_000_000
    /// So many calls are under way before calls in tail position take the place of their callers.
    static let callDepthKept = 16
    /// Bodies are looked into no deeper than this for values at hand, and no more of them: a guess must cost little.
    private static let (guessDepthMax, guessesMax) = (3, 8)

    /// What a body is worth in a frame of its own, if it and the arguments are at hand.
    func valueAtHand(
        of body: Node, _ arguments: [Node], _ frame: Frame, _ frameSize: Int, load: (Frame) -> Void
    ) -> Value? {
        if guessDepth == 0 { guesses = 0 }
        guesses += 1
        guard guessDepth < Self.guessDepthMax, guesses <= Self.guessesMax else { return nil }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            guard let value = argument.valueAtHand(frame) else { return nil }
            values.append(value)
        }
        guessDepth += 1
        let (callee, mark) = enter(frameSize)
        defer {
            leave(callee, frameSize, mark)
            guessDepth -= 1
        }
        load(callee)
        for (slot, argument) in values.enumerated() { callee[slot] = argument }
        return body.valueAtHand(callee)
    }
}

/// A call of something that isn't known before.
final class ApplicationNode: Node {
    private let function: Node
    private let arguments: [Node]

    init(_ range: SourceRange, _ function: Node, _ arguments: [Node]) {
        self.function = function
        self.arguments = arguments
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        let callee = try function.evaluate(frame)
        guard case .function(let function) = callee else { throw unexpected(callee, "a function") }
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument.evaluateLazily(frame)) }
        return try at { () throws(EvaluationError) in try frame.machine.apply(function, values, from: range) }
    }

    /// A small function on values that are at hand, such as `\ x, y @ x + y`: so a fold with it makes no chain of promises.
    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .function(let callee)? = function.valueAtHand(frame),
            case .lambda(let code, let captured) = callee.kind,
            code.parameters.count == arguments.count, code.parameters.allSatisfy({ $0 is AnythingPattern })
        else { return nil }
        return frame.machine.valueAtHand(of: code.body, arguments, frame, code.frameSize) { callee in
            code.load(captured, nil, into: callee)
        }
    }
}

/// `\ p, q @ e`
final class LambdaNode: Node {
    private let code: LambdaCode

    init(_ code: LambdaCode) {
        self.code = code
        super.init(code.range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        .function(FunctionValue(.lambda(code, captured: code.capture(frame))))
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        .function(FunctionValue(.lambda(code, captured: code.capture(frame))))
    }
}

/// A call of a builtin function.
final class BuiltinNode: Node {
    private let builtin: Builtin
    private let arguments: [Node]

    init(_ range: SourceRange, _ builtin: Builtin, _ arguments: [Node]) {
        self.builtin = builtin
        self.arguments = arguments
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        var values: [Value] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument.evaluate(frame)) }
        return try at { () throws(EvaluationError) in try frame.machine.apply(builtin, values, from: range) }
    }

    /// The head and the tail of what is there.
    override func valueAtHand(_ frame: Frame) -> Value? {
        guard builtin == .head || builtin == .tail, arguments.count == 1,
            case .sequence(let sequence)? = arguments[0].valueAtHand(frame), sequence.isFinite,
            let first = sequence.elements.first
        else { return nil }
        return builtin == .head ? first : .sequence(sequence.dropping(1))
    }
}

extension Machine {
    /// Calls a function with one pair of parentheses.
    func apply(_ function: FunctionValue, _ arguments: [Value], from site: SourceRange) throws(EvaluationError) -> Value
    {
        switch function.kind {
        case .lambda(let code, let captured): return try code.call(arguments, captured: captured, from: site)
        case .builtin(let builtin): return try apply(builtin, arguments.forced(), from: site)
        case .definition(let definition, let scope):
            return try apply(definition, scope, function, before: [], arguments, from: site)
        case .partial(let base, let before):
            if case .definition(let definition, let scope) = base.kind {
                return try apply(definition, scope, base, before: before, arguments, from: site)
            }
            guard case .builtin(let builtin) = base.kind else {
                fatalError("only definitions and builtins wait for arguments")
            }
            return try apply(builtin, (before + arguments).forced(), from: site)
        }
    }

    private func apply(
        _ definition: FunctionDefinition, _ scope: ScopeInstance?, _ base: FunctionValue, before: [Value],
        _ arguments: [Value],
        from site: SourceRange
    ) throws(EvaluationError) -> Value {
        var group = 0
        var count = 0
        while count < before.count {
            count += definition.groups[group]
            group += 1
        }
        guard group < definition.groups.count, definition.groups[group] == arguments.count else {
            throw EvaluationError(
                "\(definition.name) takes \(definition.groups[group]) arguments here, not \(arguments.count)", at: site)
        }
        let all = before + arguments
        if group == definition.groups.count - 1 { return try definition.call(all, scope, from: site) }
        return .function(FunctionValue(.partial(base, all)))
    }
}

extension Array where Element == Value {
    func forced() throws(EvaluationError) -> [Value] {
        var result = self
        for index in indices { result[index] = try result[index].forced() }
        return result
    }
}
