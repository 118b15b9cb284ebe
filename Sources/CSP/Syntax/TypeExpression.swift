/// A type as a script writes it, `(a, {Int}) -> <a>`.
public final class TypeExpression {
    public let range: SourceRange
    public internal(set) var kind: Kind

    init(range: SourceRange, kind: Kind) {
        self.range = range
        self.kind = kind
    }

    public enum Kind {
        case builtin(BuiltinType)
        /// A datatype.
        case datatype(Name)
        /// A type variable.
        case variable(String)
        case set(TypeExpression)
        case sequence(TypeExpression)
        case tuple([TypeExpression])
        case function([TypeExpression], TypeExpression)
        /// `a.b`
        case dot(TypeExpression, TypeExpression)
        /// `a => b`: needs an a to become a b.
        case dotable(TypeExpression, TypeExpression)
        /// `a =>* b`: becomes a b after some number of dots.
        case extendable(TypeExpression, TypeExpression)
        /// `(| k => v |)`
        case map(TypeExpression, TypeExpression)
    }

    public enum BuiltinType: String, Hashable, Sendable, CaseIterable {
        case int = "Int"
        case bool = "Bool"
        case char = "Char"
        case event = "Event"
        case proc = "Proc"
    }
}

/// `(Eq a, Set b) => T`
public final class TypeAnnotation {
    public enum Constraint: String, Hashable, Sendable, CaseIterable {
        case eq = "Eq"
        case ord = "Ord"
        case complete = "Complete"
        case set = "Set"
        case yieldable = "Yieldable"
    }

    public let range: SourceRange
    public let constraints: [(constraint: Constraint, variable: String)]
    public let type: TypeExpression

    init(range: SourceRange, constraints: [(constraint: Constraint, variable: String)], type: TypeExpression) {
        self.range = range
        self.constraints = constraints
        self.type = type
    }
}
