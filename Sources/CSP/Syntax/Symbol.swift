/// Something that a name stands for. Every binder makes one symbol, and every use of the name points to it.
///
/// Identity is equality; `id` is dense within one `SyntaxTree`, so that tables may be indexed by it.
public final class Symbol: Hashable {
    public enum Kind: Hashable, Sendable {
        /// Bound by a pattern: `x = e`, a parameter, a generator, an input.
        case variable
        /// A definition with parameters, `f(x) = e`.
        case function
        case channel
        /// A constructor of a datatype (also where a subtype repeats it).
        case constructor
        case datatype
        case subtype
        case nametype
        case module
        case instance
        /// Of the language, and what `external` and `transparent` declare.
        case builtin(Builtin)
    }

    /// Dense within one `SyntaxTree`, from 0.
    public let id: Int
    /// The name as written at its declaration; inside an instance `I` of a module, `I::name`.
    public let name: String
    public let kind: Kind
    /// Where it is declared; `SourceRange.nowhere` for a builtin.
    public let range: SourceRange
    /// Whether it is declared by the file or by a module (and not inside an expression).
    public let isTopLevel: Bool
    /// The datatype of a constructor.
    public internal(set) var parent: Symbol?
    /// `f :: …`, if the script says so.
    public internal(set) var annotation: TypeAnnotation?
    /// The declaration that makes it, for what a declaration makes; a parameter or a generator's variable has none.
    public internal(set) unowned(unsafe) var declaration: Declaration?

    init(id: Int, name: String, kind: Kind, range: SourceRange, isTopLevel: Bool) {
        self.id = id
        self.name = name
        self.kind = kind
        self.range = range
        self.isTopLevel = isTopLevel
    }

    public var builtin: Builtin? {
        if case .builtin(let builtin) = kind { builtin } else { nil }
    }

    public static func == (a: Symbol, b: Symbol) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(id) }
}

extension Symbol: CustomStringConvertible {
    public var description: String { name }
}

/// A place where a name is written, as a use or as a binder; the naming phase resolves it.
public final class Name {
    /// As written.
    public let text: String
    public let range: SourceRange
    /// What it stands for: never nil in a tree whose naming phase found no error, but for `tick` and `tau` in formulas.
    public internal(set) var symbol: Symbol!

    init(_ text: String, range: SourceRange) {
        self.text = text
        self.range = range
    }

    /// `M::x` has the path `["M", "x"]`.
    public var path: [String] { text.split(separator: ":").map(String.init) }
}
