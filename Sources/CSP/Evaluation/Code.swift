/// Where the variables of a piece of code are: it runs in a frame of its own.
class Code {
    /// How many variables its frame holds.
    var frameSize = 0
    /// Values from outside: their index among what was captured, and their slot.
    var captures: [(index: Int, slot: Int)] = []
    /// The slot of the scope that the code is defined in, if the code uses it.
    var scopeSlot: Int?
    unowned(unsafe) let machine: Machine

    init(machine: Machine) { self.machine = machine }

    /// Puts what comes from outside into the frame.
    @inline(__always)
    final func load(_ captured: [Value], _ scope: ScopeInstance?, into frame: Frame) {
        for (index, slot) in captures { frame[slot] = captured[index] }
        if let scopeSlot, let scope { frame[scopeSlot] = .scope(scope) }
    }
}

/// An expression that takes the values of its variables along, to be evaluated later.
class ClosureCode: Code {
    /// The slots, in the frame where it is made, of what it captures.
    var sources: [Int] = []
    var body: Node!

    final func capture(_ frame: Frame) -> [Value] { sources.map { frame[$0] } }

    final func run(captured: [Value]) throws(EvaluationError) -> Value {
        let (frame, mark) = machine.enter(frameSize)
        defer { machine.leave(frame, frameSize, mark) }
        load(captured, nil, into: frame)
        return try machine.call { () throws(EvaluationError) in try body.evaluate(frame) }
    }
}

/// An expression without local variables around it: of an assertion, a print, a declaration of a channel.
final class LoneCode: Code {
    var body: Node!

    func evaluate() throws(EvaluationError) -> Value {
        try inFrame { frame throws(EvaluationError) in try body.evaluate(frame) }
    }

    func process() throws(EvaluationError) -> Process {
        try inFrame { frame throws(EvaluationError) in try body.process(frame) }
    }

    func eventSet() throws(EvaluationError) -> EventSet {
        try inFrame { frame throws(EvaluationError) in try body.eventSet(frame) }
    }

    private func inFrame<Result>(_ run: (Frame) throws(EvaluationError) -> Result) throws(EvaluationError) -> Result {
        let (frame, mark) = machine.enter(frameSize)
        defer { machine.leave(frame, frameSize, mark) }
        return try machine.call { () throws(EvaluationError) in try run(frame) }
    }
}

/// The body of a lambda.
final class LambdaCode: ClosureCode {
    let id: Int
    /// Its arguments are in the first slots.
    var parameters: [PatternNode] = []
    let range: SourceRange

    init(machine: Machine, id: Int, range: SourceRange) {
        self.id = id
        self.range = range
        super.init(machine: machine)
    }

    func call(_ arguments: [Value], captured: [Value], from site: SourceRange) throws(EvaluationError) -> Value {
        guard arguments.count == parameters.count else {
            throw EvaluationError("the lambda takes \(parameters.count) arguments, not \(arguments.count)", at: site)
        }
        let (frame, mark) = machine.enter(frameSize)
        defer { machine.leave(frame, frameSize, mark) }
        load(captured, nil, into: frame)
        for (slot, argument) in arguments.enumerated() { frame[slot] = argument }
        do throws(EvaluationError) {
            return try machine.call { () throws(EvaluationError) in
                for (slot, pattern) in parameters.enumerated() {
                    guard try pattern.match(frame[slot], frame) else {
                        throw EvaluationError(
                            "no match: the lambda's parameter doesn't fit \(frame[slot].brief)", at: pattern.range)
                    }
                }
                return try body.evaluate(frame)
            }
        } catch {
            throw error.placed(at: site).called(at: site) {
                "the lambda, called with (\(arguments.map(\.description).joined(separator: ", ")))"
            }
        }
    }
}

/// A process operand that is evaluated when it is unfolded: equal ones are one process.
final class SuspensionCode: ClosureCode {
    private var known: [ValueKey: Process] = [:]

    func process(_ frame: Frame) throws(EvaluationError) -> Process {
        let key = ValueKey(try capture(frame).settled())
        if let process = known[key] { return process }
        let process = machine.store.add(SuspendedOperand(self, captured: key.values))
        known[key] = process
        return process
    }
}

/// An operand of a process operator that wasn't needed yet.
final class SuspendedOperand: Call {
    private let code: SuspensionCode
    private let captured: [Value]

    init(_ code: SuspensionCode, captured: [Value]) {
        self.code = code
        self.captured = captured
    }

    override func evaluate() throws(EvaluationError) -> Process {
        try code.machine.run { () throws(EvaluationError) in
            guard case .process(let process) = try code.run(captured: captured) else {
                throw EvaluationError("a process was expected here", at: code.body.range)
            }
            return process
        }
    }
}
