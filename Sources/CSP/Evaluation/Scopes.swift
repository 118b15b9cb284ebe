/// The bindings of a `let`, or of a whole script.
final class ScopeCode {
    /// The slots, in the frame where the scope is made, of what its definitions capture.
    var sources: [Int] = []
    var bindings: [BindingCode] = []
    /// The variables that the bindings make: which binding, and which of its variables.
    var variables: [(binding: BindingCode, position: Int)] = []
    private var canonical: [ValueKey: ScopeInstance] = [:]
    private var count = 0

    /// The one instance with these captured values; `instance` becomes it if there is none.
    func canonical(_ instance: ScopeInstance, _ captured: [Value]) -> ScopeInstance {
        let key = ValueKey(captured)
        if let known = canonical[key] { return known }
        canonical[key] = instance
        return instance
    }

    func nextID() -> Int {
        count += 1
        return count
    }
}

/// `p = e`: one equation, perhaps of several variables.
final class BindingCode: Code {
    let name: String
    let range: SourceRange
    var body: Node!
    /// Nil if it binds one variable.
    var pattern: PatternNode?
    /// The slots of the pattern's variables.
    var slots: [Int] = []
    /// The indices, among the variables of the scope, of these variables.
    var indices: [Int] = []
    /// Whether it binds one variable to a process: the variable is then a call.
    var isProcess = false

    init(name: String, range: SourceRange, machine: Machine) {
        self.name = name
        self.range = range
        super.init(machine: machine)
    }
}

/// A scope with the values that its definitions take from outside.
public final class ScopeInstance {
    let code: ScopeCode
    private(set) var captured: [Value]
    let id: Int
    private var values: [Value?]
    private var isUnderWay: [Bool]
    /// Another instance, equal to this one, that was canonical before it.
    private var canonicalInstance: ScopeInstance?
    private var isCanonical = false

    init(_ code: ScopeCode, captured: [Value]) {
        self.code = code
        self.captured = captured
        id = code.nextID()
        values = Array(repeating: nil, count: code.variables.count)
        isUnderWay = Array(repeating: false, count: code.variables.count)
    }

    /// The one instance of this scope with equal captured values.
    func canonical() throws(EvaluationError) -> ScopeInstance {
        if let canonicalInstance { return canonicalInstance }
        if isCanonical { return self }
        captured = try captured.settled()
        let result = code.canonical(self, captured)
        if result === self { isCanonical = true } else { canonicalInstance = result }
        return result
    }

    /// The value of a variable, if it was evaluated before.
    func valueAtHand(_ index: Int) -> Value? {
        if case .delayed? = values[index] { return nil }
        return values[index]
    }

    /// The value of a variable, evaluated the first time; never `.delayed`.
    func value(_ index: Int, _ machine: Machine) throws(EvaluationError) -> Value {
        if let known = values[index] {
            guard case .delayed(let delayed) = known else { return known }
            let value = try delayed.force()
            values[index] = value
            return value
        }
        let (binding, _) = code.variables[index]
        if binding.isProcess {
            let instance = try canonical()
            if instance !== self {
                let value = try instance.value(index, machine)
                values[index] = value
                return value
            }
            let process = machine.store.add(BindingCall(binding, self))
            values[index] = .process(process)
            return .process(process)
        }
        try evaluate(binding, index)
        return try value(index, machine)
    }

    private func evaluate(_ binding: BindingCode, _ index: Int) throws(EvaluationError) {
        guard !isUnderWay[index] else {
            throw EvaluationError(
                "\(binding.name) is defined by its own value, so that nothing says what it is", at: binding.range)
        }
        isUnderWay[index] = true
        defer { isUnderWay[index] = false }
        let (frame, mark) = binding.machine.enter(binding.frameSize)
        defer { binding.machine.leave(frame, binding.frameSize, mark) }
        binding.load(captured, self, into: frame)
        let value = try binding.machine.call { () throws(EvaluationError) in try binding.body.evaluate(frame) }
        guard let pattern = binding.pattern else {
            values[index] = value
            return
        }
        guard try pattern.match(value, frame) else {
            throw EvaluationError(
                "no match: the value is \(value.brief), which doesn't fit this pattern", at: pattern.range)
        }
        for (slot, index) in zip(binding.slots, binding.indices) { values[index] = frame[slot] }
    }

    /// The process that a process binding stands for.
    fileprivate func process(_ binding: BindingCode) throws(EvaluationError) -> Process {
        let (frame, mark) = binding.machine.enter(binding.frameSize)
        defer { binding.machine.leave(frame, binding.frameSize, mark) }
        binding.load(captured, self, into: frame)
        return try binding.machine.call { () throws(EvaluationError) in try binding.body.process(frame) }
    }
}

/// A process with a name and no arguments: `P = …`.
final class BindingCall: Call {
    private let binding: BindingCode
    private let scope: ScopeInstance

    init(_ binding: BindingCode, _ scope: ScopeInstance) {
        self.binding = binding
        self.scope = scope
    }

    override var name: String? { binding.name }

    override func evaluate() throws(EvaluationError) -> Process {
        try binding.machine.run { () throws(EvaluationError) in try scope.process(binding) }
    }
}

/// `let … within e`
final class LetNode: Node {
    private let code: ScopeCode
    private let slot: Int
    private let body: Node
    private var shared: ScopeInstance?

    init(_ range: SourceRange, _ code: ScopeCode, slot: Int, body: Node) {
        self.code = code
        self.slot = slot
        self.body = body
        super.init(range)
    }

    private func bind(_ frame: Frame) {
        if code.sources.isEmpty {
            // Nothing from outside: every evaluation sees the same bindings.
            let instance = shared ?? ScopeInstance(code, captured: [])
            shared = instance
            frame[slot] = .scope(instance)
        } else {
            frame[slot] = .scope(ScopeInstance(code, captured: code.sources.map { frame[$0] }))
        }
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        bind(frame)
        return try body.evaluate(frame)
    }

    override func evaluateTail(_ frame: Frame) throws(EvaluationError) -> Value {
        bind(frame)
        return try body.evaluateTail(frame)
    }
}
