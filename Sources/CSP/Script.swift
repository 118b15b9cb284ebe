/// A CSPm script that was read, resolved and typed: what a checker, a command line or a prompt works with.
///
/// ```swift
/// let script = try Script.load(path: "protocol.csp")
/// for assertion in script.assertions { check(try script.evaluate(assertion)) }
/// ```
/// A script is used on one thread at a time.
public final class Script {
    public let tree: SyntaxTree
    public let types: TypedScript
    /// What was found doubtful, though not wrong.
    public let warnings: [Diagnostic]
    private var made: Program?
    private var program: Program { made! }

    /// How far to read a script.
    public enum Phase: Sendable {
        case parse, types
    }

    // MARK: Loading

    /// Reads a file and all that it includes.
    public static func load(path: String) throws(ScriptFault) -> Script {
        let (tree, diagnostics) = Parser.parse(path: path)
        return try load(tree, diagnostics)
    }

    /// Reads a script that is in memory; `path` stands in messages, and its `include`s are relative to it.
    public static func load(text: String, path: String = "<text>") throws(ScriptFault) -> Script {
        let (tree, diagnostics) = Parser.parse(SourceFile(path: path, text: text))
        return try load(tree, diagnostics)
    }

    /// What is wrong with a file, as far as the phase can tell; warnings among it.
    public static func check(path: String, until phase: Phase) -> [Diagnostic] {
        let (tree, diagnostics) = Parser.parse(path: path)
        guard phase != .parse, let tree, !diagnostics.hasErrors else { return diagnostics }
        do { return try load(tree, diagnostics).warnings } catch { return error.diagnostics }
    }

    private static func load(_ tree: SyntaxTree?, _ diagnostics: [Diagnostic]) throws(ScriptFault) -> Script {
        var diagnostics = diagnostics
        guard let tree, !diagnostics.hasErrors else { throw ScriptFault(diagnostics) }
        diagnostics += Naming.resolve(tree)
        guard !diagnostics.hasErrors else { throw ScriptFault(diagnostics) }
        let types = TypeChecker.check(tree)
        diagnostics += types.diagnostics
        guard !diagnostics.hasErrors else { throw ScriptFault(diagnostics) }
        let script = Script(tree, types, warnings: diagnostics)
        let faults = script.program.faults
        guard faults.isEmpty else { throw ScriptFault(diagnostics + faults) }
        return script
    }

    private init(_ tree: SyntaxTree, _ types: TypedScript, warnings: [Diagnostic]) {
        self.tree = tree
        self.types = types
        self.warnings = warnings
        made = LargeStack.run(bytes: Self.loadingStackBytes) { Program(tree, types) }
    }

    deinit {
        // What is ready for evaluation is nested as deeply as the script's expressions, and is released as deeply.
        LargeStack.run(bytes: Self.loadingStackBytes) { made = nil }
    }

    /// For making the program ready: expressions nest.
    private static let loadingStackBytes = 512 << 20
    /// For an evaluation, which goes on to further stacks if this one isn't enough.
    private static let stackBytes = 64 << 20

    // MARK: Evaluation

    /// The processes and events of the script; the values that `evaluate` gives belong to it.
    public var store: ProcessStore { program.machine.store }

    /// The assertions of the script, in the order of the source.
    public var assertions: [Assertion] { program.assertions }

    /// The names of all channels, in the order of the source.
    public var channelNames: [String] { program.machine.channels.map(\.name) }

    /// The expressions of the `print` declarations, in the order of the source.
    public var prints: [Expression] { program.prints }

    /// Limits an evaluation: at most so many calls from now on (nil: no limit), and until `shouldStop`, which is asked now and then,
    /// says so. Unfolding processes counts too.
    public func limit(steps: Int? = nil, shouldStop: (() -> Bool)? = nil) {
        program.machine.stepsMax = steps.map { program.machine.steps + $0 }
        program.machine.shouldStop = shouldStop
    }

    /// Where an assertion stands, and how it reads.
    public func site(of assertion: Assertion) -> AssertionSite { program.site(of: assertion) }

    public func evaluate(_ assertion: Assertion) throws(EvaluationError) -> EvaluatedAssertion {
        try onLargeStack { () throws(EvaluationError) in try self.program.evaluate(assertion) }
    }

    /// The value of an expression of the script, such as one of `prints`.
    public func evaluate(_ expression: Expression) throws(EvaluationError) -> Value {
        try onLargeStack { () throws(EvaluationError) in try self.program.evaluate(expression) }
    }

    /// The value of an expression that sees all that the script declares.
    public func evaluate(_ text: String) throws(ScriptFault) -> Value {
        let (expression, diagnostics) = Parser.parseExpression(text, in: tree)
        guard let expression, !diagnostics.hasErrors else { throw ScriptFault(diagnostics) }
        let names = Naming.resolve(expression, in: tree)
        guard !names.hasErrors else { throw ScriptFault(names) }
        let typing = types.check(expression)
        guard !typing.diagnostics.hasErrors else { throw ScriptFault(typing.diagnostics) }
        do { return try evaluate(expression) } catch { throw ScriptFault([error.diagnostic]) }
    }

    /// A value in CSPm's syntax. Processes are unfolded once at their head; those that are reached from there by operators
    /// without a name of their own are written out too.
    ///
    /// An error in a part that was not evaluated before shows up here.
    public func text(of value: Value) throws(EvaluationError) -> String {
        try onLargeStack { () throws(EvaluationError) in
            let settled = try self.program.machine.run { () throws(EvaluationError) in try value.forPrinting() }
            if case .process(let process) = settled { try self.program.unfoldAll(from: process) }
            return ValuePrinter(store: self.store).text(settled)
        }
    }

    private func onLargeStack<Result>(_ body: () throws(EvaluationError) -> Result) throws(EvaluationError) -> Result {
        try LargeStack.run(bytes: Self.stackBytes, body)
    }
}

/// Why a script or an expression can't be used.
public struct ScriptFault: Error, CustomStringConvertible {
    /// At least one is an error.
    public let diagnostics: [Diagnostic]

    init(_ diagnostics: [Diagnostic]) { self.diagnostics = diagnostics }

    public var description: String { diagnostics.map { $0.rendered() }.joined(separator: "\n") }
}

extension [Diagnostic] {
    var hasErrors: Bool { contains { $0.severity == .error } }
}
