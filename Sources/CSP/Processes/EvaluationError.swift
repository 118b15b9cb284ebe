/// What stopped an evaluation: a fault of the script (no clause matches, a division by zero, a value outside a channel's set …),
/// or a limit that the caller set.
public struct EvaluationError: Error, CustomStringConvertible, Sendable {
    /// Why the evaluation stopped.
    public enum Cause: Sendable, Equatable {
        /// The script asks for something that has no value.
        case fault
        /// Calls are nested more deeply than memory allows.
        case depth
        /// More steps than the caller's budget, or the deadline has passed.
        case limit
    }

    public var cause: Cause
    /// One sentence: what is wrong, and what would be right.
    public var message: String
    /// Where: the innermost expression at fault that has a place in a file.
    public var place: Place?
    /// The CSPm functions under way, innermost first, with their arguments, each as a script would write the call.
    public var calls: [CallSite] = []

    /// A place in a script; line and column count from 1.
    public struct Place: Sendable, Hashable {
        public var file: String
        public var line: Int
        public var column: Int
        /// In columns; at least 1.
        public var length: Int

        public init(file: String, line: Int, column: Int, length: Int = 1) {
            self.file = file
            self.line = line
            self.column = column
            self.length = length
        }
    }

    /// One function under way when the error arose.
    public struct CallSite: Sendable {
        public var call: String
        public var place: Place?

        public init(call: String, place: Place?) {
            self.call = call
            self.place = place
        }
    }

    public init(_ message: String, at place: Place? = nil, cause: Cause = .fault) {
        self.message = message
        self.place = place
        self.cause = cause
    }

    /// `file:line:column: error: message`, then one line for each call.
    public var description: String {
        var text = ""
        if let place { text += "\(place.file):\(place.line):\(place.column): " }
        text += "error: \(message)"
        for site in calls {
            text += "\n    in \(site.call)"
            if let place = site.place { text += " at \(place.file):\(place.line)" }
        }
        return text
    }
}
