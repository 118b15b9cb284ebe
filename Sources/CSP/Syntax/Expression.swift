/// A CSPm expression, of any type: processes are values like others.
public final class Expression {
    /// Dense within the tree, from 0: `SyntaxTree.expressions[id]` is this node. Operands have smaller ids.
    public let id: Int
    /// From the first to the last byte, without parentheses around it.
    public let range: SourceRange
    public let kind: Kind
    /// The outermost pair of parentheses around it, if there is one.
    public internal(set) var parentheses: SourceRange?
    /// The longest way down from this node; at most `Parser.heightMax`, so that recursion over a tree has a bound.
    let height: Int32

    init(id: Int, range: SourceRange, kind: Kind, height: Int32) {
        self.id = id
        self.range = range
        self.kind = kind
        self.height = height
    }

    /// Whether it was written in parentheses.
    public var isParenthesised: Bool { parentheses != nil }

    public enum Kind {
        case integer(Int)
        case boolean(Bool)
        case character(Unicode.Scalar)
        /// A sequence of characters.
        case string(String)
        case name(Name)
        /// At least two.
        case tuple([Expression])
        /// `a.b.c`: at least two parts, none of them dotted itself (dot is associative).
        case dotted([Expression])
        case unary(UnaryOperator, Expression)
        case binary(BinaryOperator, Expression, Expression)
        case conditional(Expression, then: Expression, otherwise: Expression)
        case letWithin(Scope, Expression)
        /// `\ p, q @ e`
        case lambda([Pattern], Expression)
        /// `f(x, y)`: one pair of parentheses; curried calls nest.
        case application(Expression, [Expression])

        /// `<…>`, `{…}` and `{|…|}`, spelled out or with generators; no statements means no comprehension.
        case collection(CollectionKind, Elements, [Statement])
        /// `(| k => v, … |)`
        case map([(key: Expression, value: Expression)])

        /// `c.e?x:S!y$z -> P`
        case prefix(Expression, [Field], Expression)
        /// `P [|A|] Q` and the others with one set.
        case synchronised(SynchronisedOperator, Expression, set: Expression, Expression)
        /// `P [A||B] Q`
        case alphabetisedParallel(Expression, leftAlphabet: Expression, rightAlphabet: Expression, Expression)
        /// `P [a <-> b, … | statements] Q`
        case linkedParallel(Expression, Links, Expression)
        /// `P [[a <- b, … | statements]]`
        case rename(Expression, Links)
        /// `[] x : S @ P` and the others.
        case replicated(ReplicatedOperator, [Statement], Expression)
    }

    public enum CollectionKind: Hashable, Sendable {
        case sequence
        case set
        /// `{| … |}`: all completions of the elements.
        case enumeratedSet
    }

    public enum Elements {
        case list([Expression])
        /// `a..b`, or endless `a..`; in sequences and sets only.
        case range(Expression, through: Expression?)
    }

    /// `a <- b` of a renaming or `a <-> b` of a linked parallel, for each binding of the statements.
    public struct Links {
        public var pairs: [(left: Expression, right: Expression)]
        public var statements: [Statement]
    }
}

/// A generator or a Boolean condition of a comprehension or a replicated operator; later ones see the variables of earlier ones.
public enum Statement {
    /// `p <- S` or `p : S`
    case generator(Pattern, Expression)
    case condition(Expression)
}

/// One field of a prefix, after the channel.
public struct Field {
    public enum Kind {
        /// `!e`
        case output(Expression)
        /// `?p` or `?p:S`
        case input(Pattern, Expression?)
        /// `$p` or `$p:S`: an internal choice. No such field follows another kind.
        case nondeterministicInput(Pattern, Expression?)
    }

    public var kind: Kind
    public var range: SourceRange
}

public enum UnaryOperator: String, Hashable, Sendable {
    case negate = "-"
    case not
    case length = "#"
}

/// The binary operators without operands of their own; the raw value is how it is written.
public enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
    // Arithmetic
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case modulo = "%"
    // Comparison
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case greater = ">"
    case lessOrEqual = "<="
    case greaterOrEqual = ">="
    // Boolean, short-circuit
    case and
    case or
    // Sequences
    case concatenate = "^"
    // Processes
    /// `b & P`
    case guarded = "&"
    case sequential = ";"
    case slidingChoice = "[>"
    case interrupt = "/\\"
    case externalChoice = "[]"
    case internalChoice = "|~|"
    case interleave = "|||"
    /// `P \ A`
    case hide = "\\"
    /// `P |\ A`
    case project = "|\\"
}

/// Process operators that take one event set between their operands.
public enum SynchronisedOperator: Hashable, Sendable, CaseIterable {
    /// `P [|A|] Q`
    case generalisedParallel
    /// `P [|A|> Q`
    case exception
    /// `P [+A+] Q`
    case externalChoice
    /// `P /+A+\ Q`
    case interrupt
}

/// What a replicated operator combines its processes with. `sequential` and `linkedParallel` range over sequences, the others over sets.
public enum ReplicatedOperator {
    case externalChoice
    case internalChoice
    case interleave
    case sequential
    /// `[|A|] x:S @ P`: the set is outside the scope of the variables.
    case generalisedParallel(Expression)
    /// `[+A+] x:S @ P`: the set is outside the scope of the variables.
    case synchronisingExternalChoice(Expression)
    /// `|| x:S @ [A] P`: the alphabet is inside the scope of the variables.
    case alphabetisedParallel(Expression)
    /// `[a <-> b] x:s @ P`: the links are inside the scope of the variables.
    case linkedParallel(Expression.Links)
}
