// Patterns: `@@` binds least, then `.`, then `^`.

extension Parser {
    mutating func pattern() throws(ParseFailure) -> Pattern {
        try descend()
        defer { depth -= 1 }
        let left = try dottedPattern()
        guard skip(.doubleAt) else { return left }
        let right = try dottedPattern()
        if kind == .doubleAt { throw failure("`@@` does not associate: write parentheses", at: range) }
        return make(.both(left, right), left.range.joined(with: right.range))
    }

    mutating func dottedPattern() throws(ParseFailure) -> Pattern {
        let first = try concatenatedPattern()
        guard kind == .dot else { return first }
        var parts: [Pattern] = []
        func add(_ pattern: Pattern) {
            if case .dotted(let inner) = pattern.kind { parts += inner } else { parts.append(pattern) }
        }
        add(first)
        while skip(.dot) { add(try concatenatedPattern()) }
        return make(.dotted(parts), first.range.joined(with: previousRange))
    }

    private mutating func concatenatedPattern() throws(ParseFailure) -> Pattern {
        let first = try simplePattern()
        guard kind == .caret else { return first }
        var parts: [Pattern] = []
        func add(_ pattern: Pattern) {
            if case .concatenation(let inner) = pattern.kind { parts += inner } else { parts.append(pattern) }
        }
        add(first)
        while skip(.caret) { add(try simplePattern()) }
        return make(.concatenation(parts), first.range.joined(with: previousRange))
    }

    private mutating func simplePattern() throws(ParseFailure) -> Pattern {
        let start = token
        switch start.kind {
        case .underscore:
            advance()
            return make(.wildcard, start.range)
        case .integer:
            advance()
            return make(.integer(Int(text(start)) ?? Int.max), start.range)
        case .minus:
            advance()
            guard kind == .integer else {
                throw failure(
                    "this is not a valid pattern: `-` stands before a number only", at: start.range.joined(with: range))
            }
            let value = Int(text(token)) ?? Int.max
            advance()
            return make(.integer(-value), start.range.joined(with: previousRange))
        case .true, .false:
            advance()
            return make(.boolean(start.kind == .true), start.range)
        case .character:
            advance()
            return make(.character(Literal.character(text(start))), start.range)
        case .string:
            advance()
            return make(.string(Literal.string(text(start))), start.range)
        case .identifier, .qualifiedName:
            advance()
            return make(.name(Name(text(start), range: start.range)), start.range)
        case .leftParenthesis:
            let elements = try parenthesisedList { parser throws(ParseFailure) in try parser.pattern() }
            if elements.count == 1 { return elements[0] }
            let range = start.range.joined(with: previousRange)
            if elements.isEmpty { throw failure("`()` is not a valid pattern", at: range) }
            return make(.tuple(elements), range)
        case .emptySequence:
            advance()
            return make(.sequence([]), start.range)
        case .less: return try sequencePattern()
        case .leftBrace: return try setPattern()
        default:
            throw unexpected(expecting: "a pattern")
        }
    }

    private mutating func sequencePattern() throws(ParseFailure) -> Pattern {
        let start = token
        advance()
        openSequences += 1
        brackets.append(start)
        var elements: [Pattern] = []
        repeat { elements.append(try pattern()) } while skip(.comma)
        guard kind == .greater else { throw unexpected(expecting: "`,` or `>`") }
        advance()
        openSequences -= 1
        brackets.removeLast()
        return make(.sequence(elements), start.range.joined(with: previousRange))
    }

    private mutating func setPattern() throws(ParseFailure) -> Pattern {
        let start = token
        let outer = open()
        var elements: [Pattern] = []
        if kind != .rightBrace { repeat { elements.append(try pattern()) } while skip(.comma) }
        try close(.rightBrace, outer, "`}`")
        return make(.set(elements), start.range.joined(with: previousRange))
    }
}
