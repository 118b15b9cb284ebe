// Type annotations.

extension Parser {
    /// `f, g :: (Eq a) => T`
    mutating func annotation() throws(ParseFailure) -> Declaration.Kind {
        var names = [try name("a name")]
        while skip(.comma) { names.append(try name("a name")) }
        try expect(.doubleColon, "`::` and a type")
        let start = range
        let constraints = try constraints()
        let type = try type()
        return .annotation(
            names, TypeAnnotation(range: start.joined(with: previousRange), constraints: constraints, type: type))
    }

    /// `Eq a =>` or `(Eq a, Ord b) =>`, or nothing.
    private mutating func constraints() throws(ParseFailure) -> [(
        constraint: TypeAnnotation.Constraint, variable: String
    )] {
        var constraints: [(constraint: TypeAnnotation.Constraint, variable: String)] = []
        if kind == .identifier, kind(ahead: 1) == .identifier {
            constraints.append(try constraint())
        } else if kind == .leftParenthesis, kind(ahead: 1) == .identifier, kind(ahead: 2) == .identifier {
            constraints = try parenthesisedList { parser throws(ParseFailure) in try parser.constraint() }
        } else {
            return []
        }
        try expect(.doubleArrow, "`=>` and the type")
        return constraints
    }

    private mutating func constraint() throws(ParseFailure) -> (constraint: TypeAnnotation.Constraint, variable: String)
    {
        let word = token
        guard kind == .identifier, let constraint = TypeAnnotation.Constraint(rawValue: text(word)) else {
            let known = TypeAnnotation.Constraint.allCases.map(\.rawValue).joined(separator: ", ")
            throw failure("\(describe(word)) is not a type constraint: those are \(known)", at: word.range)
        }
        advance()
        let variable = try name("a type variable")
        return (constraint, variable.text)
    }

    /// A type: `=>` and `=>*` bind less than `.`, both to the right.
    mutating func type() throws(ParseFailure) -> TypeExpression {
        try descend()
        defer { depth -= 1 }
        let left = try dotType()
        switch kind {
        case .doubleArrow, .doubleArrowStar:
            let isExtendable = kind == .doubleArrowStar
            advance()
            let right = try type()
            return TypeExpression(
                range: left.range.joined(with: right.range),
                kind: isExtendable ? .extendable(left, right) : .dotable(left, right))
        case .arrow:
            throw failure(
                "the arguments of a function type stand in parentheses", at: range,
                note: "write `(a) -> b`, or `(a, b) -> c` for two arguments")
        default: return left
        }
    }

    private mutating func dotType() throws(ParseFailure) -> TypeExpression {
        let left = try simpleType()
        guard skip(.dot) else { return left }
        let right = try dotType()
        return TypeExpression(range: left.range.joined(with: right.range), kind: .dot(left, right))
    }

    private mutating func simpleType() throws(ParseFailure) -> TypeExpression {
        try descend()
        defer { depth -= 1 }
        let start = token
        let kind: TypeExpression.Kind
        switch start.kind {
        case .identifier, .qualifiedName:
            advance()
            let word = text(start)
            kind =
                TypeExpression.BuiltinType(rawValue: word).map { .builtin($0) }
                ?? .datatype(Name(word, range: start.range))
        case .leftBrace:
            let outer = open()
            kind = .set(try type())
            try close(.rightBrace, outer, "`}`")
        case .less:
            advance()
            brackets.append(start)
            kind = .sequence(try type())
            try expect(.greater, "`>`")
            brackets.removeLast()
        case .leftMap:
            let outer = open()
            let key = try dotType()
            try expect(.doubleArrow, "`=>` and the type of the values")
            kind = .map(key, try type())
            try close(.rightMap, outer, "`|)`")
        case .leftParenthesis where self.kind(ahead: 1) == .pipe:
            // A type may write `(|` without a blank.
            let outer = open()
            advance()
            let key = try dotType()
            try expect(.doubleArrow, "`=>` and the type of the values")
            kind = .map(key, try type())
            try close(.rightMap, outer, "`|)`")
        case .leftParenthesis:
            let elements = try parenthesisedList { parser throws(ParseFailure) in try parser.type() }
            if skip(.arrow) {
                kind = .function(elements, try type())
            } else if elements.count == 1 {
                return elements[0]
            } else if elements.isEmpty {
                throw unexpected(expecting: "`->` and the type of the result")
            } else {
                kind = .tuple(elements)
            }
        default:
            throw unexpected(expecting: "a type")
        }
        return TypeExpression(range: start.range.joined(with: previousRange), kind: kind)
    }
}
