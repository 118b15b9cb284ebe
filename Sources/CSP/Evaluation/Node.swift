/// An expression made ready for evaluation: names are slots of a frame, cells of a scope, or constants.
class Node {
    let range: SourceRange

    init(_ range: SourceRange) { self.range = range }

    /// The value: never `.delayed`, though its parts may be.
    func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        fatalError("a kind of node has to say how it is evaluated")
    }

    /// The value where it is that of the whole function: a call may leave itself to the machine as a `TailCall`.
    func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value { try evaluate(frame) }

    /// The value, or a promise of it where it isn't needed yet.
    func evaluateLazily(_ frame: Frame) throws(EvaluationError) -> Value { try evaluate(frame) }

    /// The value if it is at hand, or can be had with little work that can't fail; nil says nothing. What isn't needed may
    /// be evaluated so without a change of meaning.
    func valueAtHand(_ frame: Frame) -> Value? { nil }

    func boolean(_ frame: Frame) throws(EvaluationError) -> Bool {
        let value = try evaluate(frame)
        guard case .boolean(let truth) = value else { throw unexpected(value, "a Bool") }
        return truth
    }

    func integer(_ frame: Frame) throws(EvaluationError) -> Int {
        let value = try evaluate(frame)
        guard case .integer(let number) = value else { throw unexpected(value, "an Int") }
        return number
    }

    func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let value = try evaluate(frame)
        guard case .process(let process) = value else { throw unexpected(value, "a process") }
        return process
    }

    func set(_ frame: Frame) throws(EvaluationError) -> SetValue {
        let value = try evaluate(frame)
        guard case .set(let set) = value else { throw unexpected(value, "a set") }
        return set
    }

    func sequence(_ frame: Frame) throws(EvaluationError) -> SequenceValue {
        let value = try evaluate(frame)
        guard case .sequence(let sequence) = value else { throw unexpected(value, "a sequence") }
        return sequence
    }

    func eventSet(_ frame: Frame) throws(EvaluationError) -> EventSet {
        let set = try set(frame)
        if let known = set.knownEvents { return known }
        return try at { () throws(EvaluationError) in try frame.machine.eventSet(set) }
    }

    func unexpected(_ value: Value, _ expected: String) -> EvaluationError {
        EvaluationError("\(expected) was expected here, but this is \(value.brief)", at: range)
    }

    /// Errors without a place get this one.
    @inline(__always)
    final func at<Result>(_ body: () throws(EvaluationError) -> Result) throws(EvaluationError) -> Result {
        do throws(EvaluationError) { return try body() } catch { throw error.placed(at: range) }
    }
}

extension Machine {
    /// The set of events that a CSPm set of events is.
    func eventSet(_ set: SetValue) throws(EvaluationError) -> EventSet {
        if let known = set.knownEvents { return known }
        var events: [Event] = []
        for element in try set.elements() { events.append(try event(element)) }
        let result = store.eventSet(events)
        set.knownEvents = result
        return result
    }

    func event(_ value: Value) throws(EvaluationError) -> Event {
        guard case .dotted(let dotted) = value else { throw EvaluationError("\(value.brief) isn't an event") }
        return try dotted.event()
    }
}

/// The same value each time.
final class ConstantNode: Node {
    private let value: Value

    init(_ range: SourceRange, _ value: Value) {
        self.value = value
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { value }
    override func valueAtHand(_ frame: Frame) -> Value? { value }
}

/// An expression deep inside another: goes on with a new stack if this one is full.
final class StackCheckNode: Node {
    private let inner: Node

    init(_ inner: Node) {
        self.inner = inner
        super.init(inner.range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try at { () throws(EvaluationError) in
            try frame.machine.call { () throws(EvaluationError) in try inner.evaluate(frame) }
        }
    }

    override func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value {
        try at { () throws(EvaluationError) in
            try frame.machine.call { () throws(EvaluationError) in try inner.evaluateTail(frame) }
        }
    }

    override func process(_ frame: Frame) throws(EvaluationError) -> Process {
        try at { () throws(EvaluationError) in
            try frame.machine.call { () throws(EvaluationError) in try inner.process(frame) }
        }
    }
}

/// An expression without local variables, evaluated once.
final class OnceNode: Node {
    private let inner: Node
    private var known: Value?

    init(_ inner: Node) {
        self.inner = inner
        super.init(inner.range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        if let known { return known }
        let value = try inner.evaluate(frame)
        known = value
        return value
    }

    override func valueAtHand(_ frame: Frame) -> Value? { known }
}

/// A variable of the frame.
final class LocalNode: Node {
    let slot: Int

    init(_ range: SourceRange, slot: Int) {
        self.slot = slot
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        let value = frame[slot]
        guard case .delayed(let delayed) = value else { return value }
        let forced = try delayed.force()
        frame[slot] = forced
        return forced
    }

    override func evaluateLazily(_ frame: Frame) throws(EvaluationError) -> Value { frame[slot] }

    override func valueAtHand(_ frame: Frame) -> Value? {
        let value = frame[slot]
        if case .delayed = value { return nil }
        return value
    }
}

/// A variable bound by a `let` whose scope is in a slot.
final class ScopeVariableNode: Node {
    private let slot: Int
    private let index: Int

    init(_ range: SourceRange, scopeSlot: Int, index: Int) {
        slot = scopeSlot
        self.index = index
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        guard case .scope(let scope) = frame[slot] else { fatalError("a let's slot holds its scope") }
        return try at { () throws(EvaluationError) in try scope.value(index, frame.machine) }
    }

    override func valueAtHand(_ frame: Frame) -> Value? {
        guard case .scope(let scope) = frame[slot] else { return nil }
        return scope.valueAtHand(index)
    }
}

/// A variable bound at the top level.
final class GlobalVariableNode: Node {
    private let scope: ScopeInstance
    private let index: Int

    init(_ range: SourceRange, scope: ScopeInstance, index: Int) {
        self.scope = scope
        self.index = index
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try at { () throws(EvaluationError) in try scope.value(index, frame.machine) }
    }

    override func valueAtHand(_ frame: Frame) -> Value? { scope.valueAtHand(index) }
}

/// An expression that isn't evaluated before it is needed: its value is a promise.
final class DelayNode: Node {
    private let code: ClosureCode
    private let inner: Node

    /// `inner` evaluates the expression in the frame at hand, `code` in one of its own.
    init(_ code: ClosureCode, inner: Node) {
        self.code = code
        self.inner = inner
        super.init(inner.range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value { try inner.evaluate(frame) }

    override func evaluateLazily(_ frame: Frame) throws(EvaluationError) -> Value {
        inner.valueAtHand(frame) ?? .delayed(Delayed(code, captured: code.capture(frame)))
    }
}

/// An expression that is evaluated in a frame of its own, wherever that is asked for.
final class ApartNode: Node {
    private let code: ClosureCode

    init(_ range: SourceRange, _ code: ClosureCode) {
        self.code = code
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try code.run(captured: code.capture(frame))
    }
}

/// A function as a value.
final class FunctionNode: Node {
    private let definition: FunctionDefinition
    /// Where the scope of a function that a `let` defines is.
    private let scopeSlot: Int?

    init(_ range: SourceRange, _ definition: FunctionDefinition, scopeSlot: Int?) {
        self.definition = definition
        self.scopeSlot = scopeSlot
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        guard let scopeSlot else { return .function(FunctionValue(.definition(definition, nil))) }
        guard case .scope(let scope) = frame[scopeSlot] else { fatalError("a let's slot holds its scope") }
        return .function(FunctionValue(.definition(definition, scope)))
    }
}
