/// What stopped an evaluation: a fault of the script (no clause matches, a division by zero, a value outside a channel's set …),
/// or a limit that the caller set.
///
/// It is one reference wide, so that the evaluator may throw it through many calls at no cost to those that succeed.
public struct EvaluationError: Error, CustomStringConvertible {
    /// Why the evaluation stopped.
    public enum Cause: Sendable, Equatable {
        /// The script asks for something that has no value.
        case fault
        /// Calls are nested more deeply than memory allows.
        case depth
        /// More steps than the caller's budget, or the deadline has passed.
        case limit
    }

    /// One function under way when the error arose.
    public struct CallSite {
        /// As a script would write the call, such as `f(0, <1>)`.
        public var call: String
        /// Of the call's expression.
        public var range: SourceRange
    }

    /// Thrown from one thread to another only when the first is done with it.
    private final class Storage: @unchecked Sendable {
        var cause: Cause
        var message: String
        var range: SourceRange?
        var sources: SourceMap?
        var calls: [CallSite] = []
        /// Calls that are not in `calls`, for there are so many.
        var furtherCalls = 0

        init(cause: Cause, message: String, range: SourceRange?) {
            self.cause = cause
            self.message = message
            self.range = range
        }
    }

    private let storage: Storage

    public init(_ message: String, at range: SourceRange? = nil, cause: Cause = .fault) {
        storage = Storage(cause: cause, message: message, range: range)
    }

    public var cause: Cause { storage.cause }
    /// What is wrong, and what would be right.
    public var message: String { storage.message }
    /// The innermost expression at fault.
    public var range: SourceRange? { storage.range }
    /// The CSPm functions under way, innermost first: the first twenty.
    public var calls: [CallSite] { storage.calls }
    /// Where the innermost expression at fault stands; nil if it is in no file.
    public var location: SourceLocation? {
        guard let range, let sources = storage.sources, sources.file(of: range) != nil else { return nil }
        return sources.location(of: range)
    }

    /// With its place in the source, the excerpt, and one note for each call.
    public var diagnostic: Diagnostic {
        let sources = storage.sources ?? SourceMap()
        var result = Diagnostic(.error, .evaluation, message, at: range ?? .nowhere, in: sources)
        var (previous, more) = (SourceRange.nowhere, 0)
        func tellRepetitions() {
            if more > 0 { result = result.noting("and in \(more) more call\(more == 1 ? "" : "s") from there") }
            more = 0
        }
        var repetitions = 0
        for site in calls {
            repetitions = site.range == previous ? repetitions + 1 : 0
            previous = site.range
            // A recursion is told by its innermost calls.
            if repetitions >= Self.repetitionsMax {
                more += 1
                continue
            }
            tellRepetitions()
            result = result.noting("in \(site.call)", at: site.range, in: sources)
        }
        tellRepetitions()
        if storage.furtherCalls > 0 { result = result.noting("and in \(storage.furtherCalls) more calls") }
        return result
    }

    /// `file:line:column: error: message`, then one line for each call.
    public var description: String {
        var text = location.map { "\($0): " } ?? ""
        text += "error: \(message)"
        for site in calls {
            text += "\n    in \(site.call)"
            if let sources = storage.sources { text += " at \(sources.location(of: site.range))" }
        }
        if storage.furtherCalls > 0 { text += "\n    and in \(storage.furtherCalls) more calls" }
        return text
    }

    // MARK: What the evaluator adds on the way up

    private static let callsMax = 20
    /// Of calls from one place, one inside the other, so many are shown.
    private static let repetitionsMax = 3

    /// Gives the error a place if it has none yet.
    func placed(at range: SourceRange) -> EvaluationError {
        if storage.range == nil { storage.range = range }
        return self
    }

    func found(in sources: SourceMap) -> EvaluationError {
        if storage.sources == nil { storage.sources = sources }
        return self
    }

    /// Notes a call under way; `call` is not asked for when there are enough.
    func called(at range: SourceRange, _ call: () -> String) -> EvaluationError {
        if storage.calls.count < Self.callsMax {
            storage.calls.append(CallSite(call: call(), range: range))
        } else {
            storage.furtherCalls += 1
        }
        return self
    }
}
