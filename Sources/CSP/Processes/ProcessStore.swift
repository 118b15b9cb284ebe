/// A call or a suspended operand: what `ProcessStore.unfold` evaluates, once.
public final class Call {
    /// As the script writes it, such as `WORKER(0)`; nil for an operand without a name of its own.
    public let name: String?
    let evaluate: () throws -> Process
    var unfolded: Process?
    var isUnfolding = false

    init(name: String?, evaluate: @escaping () throws -> Process) {
        self.name = name
        self.evaluate = evaluate
    }
}
