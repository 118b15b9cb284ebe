/// A call of a named process or a suspended operand: what `ProcessStore.unfold` evaluates, once.
///
/// Whoever makes calls sees to it that equal calls (the same definition with the same arguments) are the same object: see
/// `ProcessStore.call(named:_:)` and the evaluator's `DefinitionCall` and `SuspendedOperand`.
public class Call {
    /// As the script writes it, such as `WORKER(0)`; nil for an operand without a name of its own.
    public var name: String? { nil }
    /// Whether it has one, which costs nothing to say: names hold arguments, and those may be large.
    var isNamed: Bool { name != nil }

    var unfolded: Process?
    var isUnfolding = false

    /// The process that the call stands for: one step, so it may itself be a call.
    func evaluate() throws(EvaluationError) -> Process {
        fatalError("a kind of call has to say how it is evaluated")
    }
}

/// A call whose body is a closure: how other rooms (tests above all) build recursive processes.
final class NamedCall: Call {
    private let ownName: String?
    private var body: (() throws(EvaluationError) -> Process)?

    init(name: String?, body: @escaping () throws(EvaluationError) -> Process) {
        self.ownName = name
        self.body = body
    }

    override var name: String? { ownName }

    override func evaluate() throws(EvaluationError) -> Process {
        guard let body else { fatalError("a call is evaluated once") }
        let process = try body()
        self.body = nil
        return process
    }
}
