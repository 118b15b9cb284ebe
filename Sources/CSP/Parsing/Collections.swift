// Sequences, sets, maps, and the statements of comprehensions.

extension Parser {
    /// `<…>`
    mutating func sequence() throws(ParseFailure) -> Expression {
        let start = token
        advance()
        if start.kind == .emptySequence {
            return try make(.collection(.sequence, .list([]), []), start.range)
        }
        openSequences += 1
        brackets.append(start)
        let depth = openSequences
        let (elements, statements) = try contents(until: .greater)
        guard kind == .greater, openSequences == depth else { throw unexpected(expecting: "`,` or `>`") }
        advance()
        openSequences -= 1
        brackets.removeLast()
        return try collection(.sequence, elements, statements, from: start)
    }

    /// `{…}` and `{|…|}`
    mutating func set(_ collectionKind: Expression.CollectionKind, _ closer: TokenKind) throws(ParseFailure)
        -> Expression
    {
        let start = token
        let outer = open()
        let (elements, statements) = try contents(until: closer)
        if collectionKind == .enumeratedSet, case .range = elements {
            throw failure("a range is no list of events: `{| … |}` holds channels and events", at: start.range)
        }
        try close(closer, outer, "`,` or \(closer.description)")
        return try collection(collectionKind, elements, statements, from: start)
    }

    private mutating func collection(
        _ kind: Expression.CollectionKind, _ elements: Expression.Elements, _ statements: [Statement], from start: Token
    ) throws(ParseFailure) -> Expression {
        let inner =
            switch elements {
            case .list(let list): height(list)
            case .range(let from, let through): max(from.height, through?.height ?? 0)
            }
        return try make(
            .collection(kind, elements, statements), start.range.joined(with: previousRange),
            height: max(inner, height(statements)))
    }

    /// What stands inside a collection's brackets.
    private mutating func contents(
        until closer: TokenKind
    ) throws(ParseFailure) -> (Expression.Elements, [Statement]) {
        if kind == closer { return (.list([]), []) }
        let elements: Expression.Elements
        if kind == .pipe {
            // `{ | x <- S}` has no elements; FDR reads it, as the empty set.
            elements = .list([])
        } else {
            let first = try expression()
            if skip(.doubleDot) {
                let isEndless = kind == closer || kind == .pipe
                elements = .range(first, through: isEndless ? nil : try expression())
            } else {
                var list = [first]
                while skip(.comma) { list.append(try expression()) }
                elements = .list(list)
            }
        }
        return (elements, skip(.pipe) ? try statements() : [])
    }

    /// `(| k => v, … |)`
    mutating func map() throws(ParseFailure) -> Expression {
        let start = token
        let outer = open()
        var pairs: [(key: Expression, value: Expression)] = []
        if kind != .rightMap {
            repeat {
                let key = try expression()
                try expect(.doubleArrow, "`=>` and the value of the key")
                pairs.append((key, try expression()))
            } while skip(.comma)
        }
        try close(.rightMap, outer, "`,` or `|)`")
        let height = pairs.reduce(0) { max($0, $1.key.height, $1.value.height) }
        return try make(.map(pairs), start.range.joined(with: previousRange), height: height)
    }

    /// Generators and conditions, at least one.
    mutating func statements() throws(ParseFailure) -> [Statement] {
        var statements = [try statement()]
        while skip(.comma) { statements.append(try statement()) }
        return statements
    }

    private mutating func statement() throws(ParseFailure) -> Statement {
        // Only what follows tells a pattern from a condition; a pattern is short, so guess that it is one.
        let guess = attempt { parser throws(ParseFailure) -> (Pattern, TokenKind)? in
            let pattern = try parser.pattern()
            let kind = parser.kind
            guard kind == .drawnFrom || kind == .colon else { return nil }
            parser.advance()
            return (pattern, kind)
        }
        if let (pattern, separator) = guess {
            let source = try expression(separator == .colon ? Precedence.colon + 1 : Precedence.lowest)
            if separator == .colon, kind == .dot {
                throw failure(
                    "`.` binds less tightly than `:` here", at: range,
                    note: "write parentheses, as in `x : (A.B)`, or `x <- A.B`")
            }
            return .generator(pattern, source)
        }
        let start = range
        let condition = try expression()
        if kind == .drawnFrom || kind == .colon {
            throw failure(
                "this is not a pattern, so nothing can be drawn for it", at: start.joined(with: previousRange))
        }
        return .condition(condition)
    }

    /// `a <- b, … | statements`, or with `<->`.
    mutating func links(_ separator: TokenKind) throws(ParseFailure) -> Expression.Links {
        var pairs: [(left: Expression, right: Expression)] = []
        repeat {
            let left = try expression()
            try expect(separator, separator == .tie ? "`<->` and the other process's event" : "`<-` and the new event")
            pairs.append((left, try expression()))
        } while skip(.comma)
        return Expression.Links(pairs: pairs, statements: skip(.pipe) ? try statements() : [])
    }
}
