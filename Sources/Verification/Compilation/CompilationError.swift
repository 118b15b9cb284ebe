/// Why a process could not be turned into a transition system.
public enum CompilationError: Error, CustomStringConvertible, Sendable {
    /// A process needs its own first step to know its first step: `P = P [] Q`.
    case unguardedRecursion(String)
    /// A recursion through operators that keep their operands: each round adds another layer of the operator, if it is always the same.
    case neverFinite(String, operation: String?, depth: Int)
    /// A recursion through something that is computed as a whole.
    case recursionThroughWhole(String)
    /// An operator or an option that this checker does not carry out.
    case unsupported(String)
    /// A compression where more is asked of the process than the compression keeps.
    case notPreserved(String, by: String)

    public var description: String {
        switch self {
        case .unguardedRecursion(let name):
            "\(name) is defined by its own first step: put an event, a choice with |~| or a termination before the recursion"
        case .neverFinite(let name, let operation?, let depth):
            "\(name) never becomes finite: its recursion goes through \(operation), which stays, so that each round adds one more "
                + "(\(depth) of them were met inside each other). Let the recursion come back to the process itself, outside this operator"
        case .neverFinite(let name, nil, let depth):
            "\(name) nests its operators more than \(depth) deep: this checker goes no further"
        case .recursionThroughWhole(let name):
            "\(name) contains itself below a compression or below priorities, which need the whole process first"
        case .notPreserved(let compression, let purpose):
            "\(compression)(…) keeps what the models T, F and FD tell of a process, but not \(purpose): "
                + "here only sbisim, explicate and lazyenumerate may stand"
        case .unsupported(let what): "\(what) is not supported by this checker"
        }
    }
}
