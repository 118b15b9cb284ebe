/// The type checker of CSPm: it finds the type of every name and expression, and says where they do not fit.
public enum TypeChecker {
    /// Types a script whose naming phase found no error.
    public static func check(_ tree: SyntaxTree) -> TypedScript {
        LargeStack.run(bytes: stackSize) {
            let inference = TypeInference(tree)
            inference.check(tree.scope, as: .program)
            inference.finish()
            return TypedScript(inference)
        }
    }

    static let stackSize = 512 << 20
}

/// The types of a script, and what is wrong with them.
///
/// Where something is wrong, the types of what depends on it are unknown, and nothing more is said about those.
public final class TypedScript {
    /// In the order of the source.
    public private(set) var diagnostics: [Diagnostic]
    private let inference: TypeInference

    init(_ inference: TypeInference) {
        self.inference = inference
        diagnostics = inference.sortedDiagnostics
    }

    deinit {
        // Types may be nested as deeply as expressions, and are released as deeply.
        LargeStack.run(bytes: TypeChecker.stackSize) { inference.removeAll() }
    }

    public var isWellTyped: Bool { diagnostics.allSatisfy { $0.severity != .error } }

    /// The type of an expression of the tree; nil if it was not reached.
    public func type(of expression: Expression) -> CSPMType? {
        expression.id < inference.expressionTypes.count ? inference.expressionTypes[expression.id]?.settled : nil
    }

    /// What a pattern matches.
    public func type(of pattern: Pattern) -> CSPMType? {
        pattern.id < inference.patternTypes.count ? inference.patternTypes[pattern.id]?.settled : nil
    }

    /// The type of a name, general where it may be used at several types.
    public func type(of symbol: Symbol) -> TypeScheme? {
        if let builtin = symbol.builtin { return builtin.typeScheme }
        guard symbol.id < inference.schemes.count, let scheme = inference.schemes[symbol.id] else { return nil }
        return TypeScheme(type: scheme.type.settled, variables: scheme.variables)
    }

    /// Whether the name is a process, or a function whose calls, with all of their arguments, are processes.
    public func isProcess(_ symbol: Symbol) -> Bool {
        guard var type = type(of: symbol)?.type.resolved else { return false }
        while case .function(_, let result) = type { type = result.resolved }
        if case .process = type { return true }
        return false
    }

    public func isProcess(_ expression: Expression) -> Bool {
        if case .process = type(of: expression) { true } else { false }
    }

    /// Types one more expression in the scope of the script, such as one that was asked at a prompt. Its nodes and
    /// symbols may be new in the tree.
    public func check(_ expression: Expression) -> (type: CSPMType, diagnostics: [Diagnostic]) {
        LargeStack.run(bytes: TypeChecker.stackSize) {
            inference.stack = .current
            return inference.checkAlone(expression)
        }
    }
}

/// What kind of scope declarations stand in.
enum ScopeKind {
    /// The script, or an instance in it: everything is generalised.
    case program
    /// A module with parameters, as such: the types of its channels may still depend on the parameters.
    case module
    /// A `let`: only what has an annotation is generalised.
    case local
}

/// The state of the type checker. Its work is in extensions, a subject in a file.
final class TypeInference {
    let tree: SyntaxTree
    let unifier = Unifier()
    /// By symbol id.
    var schemes: [TypeScheme?]
    /// By expression id.
    var expressionTypes: [CSPMType?]
    /// By pattern id.
    var patternTypes: [CSPMType?]
    /// The type variables that annotations around the current place have named.
    var typeVariables: [String: TypeVariable] = [:]
    var datatypes: [Symbol: DatatypeRecord] = [:]
    /// The instances whose contents are being looked at, outermost first.
    var instances: [ModuleInstance] = []
    private(set) var diagnostics: [Diagnostic] = []
    private var reported: Set<SourceRange> = []
    private var builtins: [Builtin: TypeScheme] = [:]
    /// Of the thread that types at the moment.
    fileprivate var stack = StackBound.current
    /// Whether it was reported already that a type is nested too deeply.
    var saidTooDeep = false
    /// Whether it was reported already that types are too large, after which nothing else is.
    private var saidTooLarge = false

    /// What is known of a datatype.
    final class DatatypeRecord {
        /// The fields of each constructor, once they are known.
        var constructors: [(symbol: Symbol, fields: [CSPMType])] = []
        /// Whether its values can be compared, once it is known.
        var isComparable: Bool?
    }

    init(_ tree: SyntaxTree) {
        self.tree = tree
        schemes = Array(repeating: nil, count: tree.symbols.count)
        expressionTypes = Array(repeating: nil, count: tree.expressions.count)
        patternTypes = Array(repeating: nil, count: tree.patterns.count)
        unifier.isComparable = { [unowned self] symbol in datatypes[symbol]?.isComparable }
    }

    /// After the last declaration: what could not be decided before.
    func finish() { settleComparability(of: []) }

    func checkAlone(_ expression: Expression) -> (type: CSPMType, diagnostics: [Diagnostic]) {
        schemes += Array(repeating: nil, count: max(0, tree.symbols.count - schemes.count))
        expressionTypes += Array(repeating: nil, count: max(0, tree.expressions.count - expressionTypes.count))
        patternTypes += Array(repeating: nil, count: max(0, tree.patterns.count - patternTypes.count))
        diagnostics = []
        reported = []
        saidTooDeep = false
        let type = infer(expression)
        finish()
        return ((try? unifier.simplified(type)) ?? type, sortedDiagnostics)
    }

    func removeAll() { (schemes, expressionTypes, patternTypes, typeVariables) = ([], [], [], [:]) }

    // MARK: - Symbols

    /// The type of a symbol at one place of use.
    func type(of symbol: Symbol) -> CSPMType {
        if let builtin = symbol.builtin {
            let scheme = builtins[builtin] ?? builtin.typeScheme
            builtins[builtin] = scheme
            return unifier.instantiate(scheme)
        }
        unifier.work = 0
        return schemes[symbol.id].map(unifier.instantiate) ?? .unknown
    }

    /// Gives a symbol one type, that of all of its uses until it is generalised.
    func assign(_ type: CSPMType, to symbol: Symbol) {
        schemes[symbol.id] = TypeScheme(type: type, variables: [])
    }

    // MARK: - Errors

    var sortedDiagnostics: [Diagnostic] {
        diagnostics.sorted {
            ($0.range.file, $0.range.start, $0.range.end) < ($1.range.file, $1.range.start, $1.range.end)
        }
    }

    var errorCount: Int { diagnostics.count }

    /// Reports an error, unless there was one at the same place: an instance repeats those of its module.
    func report(_ message: String, at range: SourceRange, notes: [(message: String, range: SourceRange?)] = []) {
        if unifier.isExhausted && saidTooLarge { return }
        guard reported.insert(range).inserted else { return }
        var diagnostic = Diagnostic(.error, .type, message, at: range, in: tree.sources)
        for note in notes { diagnostic = diagnostic.noting(note.message, at: note.range, in: tree.sources) }
        for instance in instances.reversed() {
            diagnostic = diagnostic.noting(
                "in the instance \(instance.name.text) of the module \(instance.module.text)", at: instance.name.range,
                in: tree.sources)
        }
        diagnostics.append(diagnostic)
    }

    func reportTooLarge(at range: SourceRange) {
        guard !saidTooLarge else { return }
        report("the type of this is too large: definitions build upon each other that double it each time", at: range)
        saidTooLarge = true
    }

    /// Begins a new question to the unifier.
    private func ask(at range: SourceRange) { (unifier.site, unifier.work) = (range, 0) }

    /// Whether there is room on the stack to go deeper into the script; reports an error if there is none.
    func canDescend(_ range: SourceRange) -> Bool {
        if unifier.isExhausted { return false }
        if !stack.isReached { return true }
        report("this is nested too deeply to be typed", at: range)
        return false
    }

    /// Makes two types one, or tells why they are not.
    func conflict(_ expected: CSPMType, _ actual: CSPMType, at range: SourceRange) -> TypeConflict? {
        ask(at: range)
        do throws(TypeConflict) {
            try unifier.unify(expected, actual)
            return nil
        } catch {
            return error
        }
    }

    /// Makes two types one, or reports why they are not. Gives the more definite of the two, or what was expected.
    @discardableResult
    func unify(
        _ expected: CSPMType, _ actual: CSPMType, at range: SourceRange,
        _ context: @autoclosure () -> ErrorContext = .none
    ) -> CSPMType {
        ask(at: range)
        do throws(TypeConflict) {
            return try unifier.unify(expected, actual)
        } catch {
            report(error, expected: expected, actual: actual, at: range, context())
            return expected
        }
    }

    /// The same, for the type of a pattern and that of what it matches.
    @discardableResult
    func match(
        _ pattern: CSPMType, _ value: CSPMType, at range: SourceRange, _ context: @autoclosure () -> ErrorContext
    ) -> CSPMType {
        ask(at: range)
        do throws(TypeConflict) {
            return try unifier.match(pattern, value)
        } catch {
            report(error, expected: pattern, actual: value, at: range, context())
            return pattern
        }
    }

    /// Makes sure that the type can do what the constraint says. Tells whether it can.
    @discardableResult
    func require(
        _ constraint: TypeConstraints, of type: CSPMType, at range: SourceRange,
        _ context: @autoclosure () -> ErrorContext = .none
    ) -> Bool {
        ask(at: range)
        do throws(TypeConflict) {
            try unifier.require(constraint, of: type)
            return true
        } catch {
            report(error, expected: nil, actual: type, at: range, context())
            return false
        }
    }

    /// The type with everything carried out that its dots allow.
    func simplified(_ type: CSPMType, at range: SourceRange) -> CSPMType {
        ask(at: range)
        do throws(TypeConflict) {
            return try unifier.simplified(type)
        } catch {
            report(error, expected: nil, actual: type, at: range, .none)
            return .unknown
        }
    }
}
