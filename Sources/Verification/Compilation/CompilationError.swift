/// Why a process could not be turned into a transition system.
public enum CompilationError: Error, CustomStringConvertible, Sendable {
    /// A process needs its own first step to know its first step: `P = P [] Q`.
    case unguardedRecursion(String)
    /// A recursion through operators that keep their operands: each round adds another layer.
    case neverFinite(String, depth: Int)
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
        case .neverFinite(let name, let depth):
            "\(name) never becomes finite: its operators nest more than \(depth) deep. "
                + "A recursion must not go through a parallel, a hiding or another operator that stays"
        case .recursionThroughWhole(let name):
            "\(name) contains itself below a compression or below priorities, which need the whole process first"
        case .notPreserved(let compression, let purpose):
            "\(compression)(…) keeps what the models T, F and FD tell of a process, but not \(purpose): "
                + "here only sbisim, explicate and lazyenumerate may stand"
        case .unsupported(let what): "\(what) is not supported by this checker"
        }
    }
}
