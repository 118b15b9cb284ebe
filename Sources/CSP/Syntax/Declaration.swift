/// A declaration of a file, a module or a `let`.
public final class Declaration {
    public let range: SourceRange
    public let kind: Kind

    init(range: SourceRange, kind: Kind) {
        self.range = range
        self.kind = kind
    }

    public enum Kind {
        /// `f(p)(q) = e`: all clauses of one name, in their order.
        case function(Name, [Clause])
        /// `p = e`, lazy; most often `p` is one variable.
        case binding(Pattern, Expression)
        /// `channel c, d : T`
        case channel([Name], Expression?)
        /// `datatype T = A | B.S`; or `subtype`, whose constructors are those of a datatype.
        case datatype(Name, [Constructor], isSubtype: Bool)
        /// `nametype T = S`
        case nametype(Name, Expression)
        case external([Name])
        case transparent([Name])
        /// `f, g :: T`; the symbols of the names carry it too.
        case annotation([Name], TypeAnnotation)
        case assertion(Assertion)
        case module(Module)
        case instance(ModuleInstance)
        /// `Timed(f) { … }`; its declarations belong to the scope around it.
        case timed(TimedSection)
        case print(Expression)
        /// `include "path"`; the declarations of the file follow this one.
        case include(path: String)
    }

    /// One equation of a function.
    public struct Clause {
        /// One list for each pair of parentheses; a list may be empty.
        public var parameters: [[Pattern]]
        public var body: Expression
        public var range: SourceRange
    }

    /// One alternative of a datatype.
    public struct Constructor {
        public var name: Name
        /// `A.T.U`: a type expression for the fields, in set notation.
        public var fields: Expression?
        public var range: SourceRange
    }
}

/// The declarations of a file, a module or a `let`: they see each other, in any order.
public final class Scope {
    public internal(set) var declarations: [Declaration]
    /// What the declarations make, in order, Timed sections' contents included; the naming phase fills it in.
    public internal(set) var symbols: [Symbol] = []

    init(_ declarations: [Declaration]) {
        self.declarations = declarations
    }
}

/// `Timed(f) { … }`
public final class TimedSection {
    /// How many tocks each event takes, `(Event) -> Int`; nil means one.
    public let duration: Expression?
    public let declarations: [Declaration]
    /// The channel `tock` that the section's events synchronise on.
    public internal(set) var tock: Symbol!

    init(duration: Expression?, declarations: [Declaration]) {
        self.duration = duration
        self.declarations = declarations
    }
}

/// `module M(p) … exports … endmodule`
public final class Module {
    public let name: Name
    /// Empty for a module without parameters: its declarations are part of the program as they are.
    public let parameters: [Pattern]
    public let isParameterised: Bool
    /// Private declarations first, then the exported ones.
    public let scope: Scope
    /// The first `privateCount` declarations of the scope are private.
    public let privateCount: Int

    init(name: Name, parameters: [Pattern], isParameterised: Bool, scope: Scope, privateCount: Int) {
        self.name = name
        self.parameters = parameters
        self.isParameterised = isParameterised
        self.scope = scope
        self.privateCount = privateCount
    }
}

/// `instance I = M(e)`
public final class ModuleInstance {
    public let name: Name
    public let module: Name
    public let arguments: [Expression]
    /// A copy of the module whose symbols, channels and datatypes among them, are this instance's own (`I::x`). Its
    /// parameters are to be matched with the arguments. The naming phase makes it.
    public internal(set) var expansion: Module!

    init(name: Name, module: Name, arguments: [Expression]) {
        self.name = name
        self.module = module
        self.arguments = arguments
    }
}
