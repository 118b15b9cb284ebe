// The operators of processes that have operands between their brackets, and their replicated forms.

extension Parser {
    /// `c?x!e -> P`, after the channel.
    mutating func prefix(_ channel: Expression) throws(ParseFailure) -> Expression {
        var fields: [Field] = []
        var fieldHeight: Int32 = 0
        while let field = try field() {
            fields.append(field)
            switch field.kind {
            case .output(let value): fieldHeight = max(fieldHeight, value.height)
            case .input(_, let set), .nondeterministicInput(_, let set):
                fieldHeight = max(fieldHeight, set?.height ?? 0)
            }
        }
        try expect(.arrow, fields.isEmpty ? "`->`" : "another field or `->`")
        let process = try expression(Precedence.prefix)
        return try make(
            .prefix(channel, fields, process), channel.outerRange.joined(with: process.outerRange),
            height: max(channel.height, fieldHeight, process.height))
    }

    private mutating func field() throws(ParseFailure) -> Field? {
        let start = token
        switch start.kind {
        case .exclamation:
            advance()
            let value = try expression(Precedence.fields + 1)
            return Field(kind: .output(value), range: start.range.joined(with: previousRange))
        case .question, .dollar:
            advance()
            let pattern = try dottedPattern()
            var set: Expression?
            if skip(.colon) {
                set = try expression(Precedence.colon + 1)
                if kind == .dot {
                    throw failure(
                        "`.` binds less tightly than `:` here", at: range, note: "write parentheses: `?x:(A.B)`")
                }
            }
            return Field(
                kind: start.kind == .question ? .input(pattern, set) : .nondeterministicInput(pattern, set),
                range: start.range.joined(with: previousRange))
        default:
            return nil
        }
    }

    /// `P[[a <- b]]`, after P.
    mutating func renaming(_ process: Expression) throws(ParseFailure) -> Expression {
        let outer = open()
        let links = try links(.drawnFrom)
        try close(.rightDoubleBracket, outer, "`,`, `|` or `]]`")
        return try make(
            .rename(process, links), process.outerRange.joined(with: previousRange),
            height: max(process.height, height(links)))
    }

    /// `P [|A|] Q`, `P [|A|> Q`, `P [+A+] Q` and `P /+A+\ Q`, after P.
    mutating func synchronised(_ left: Expression) throws(ParseFailure) -> Expression {
        let opener = kind
        let outer = open()
        let set = try expression()
        let operation: SynchronisedOperator
        let level: Int
        switch (opener, kind) {
        case (.leftPipeBracket, .exceptionClose): (operation, level) = (.exception, Precedence.parallel)
        case (.leftPipeBracket, _): (operation, level) = (.generalisedParallel, Precedence.parallel)
        case (.leftPlusBracket, _): (operation, level) = (.externalChoice, Precedence.externalChoice)
        default: (operation, level) = (.interrupt, Precedence.interrupt)
        }
        switch operation {
        case .generalisedParallel: try close(.rightPipeBracket, outer, "`|]` (or `|>`)")
        case .exception: try close(.exceptionClose, outer, "`|>`")
        case .externalChoice: try close(.rightPlusBracket, outer, "`+]`")
        case .interrupt: try close(.rightPlusSlash, outer, "`+\\`")
        }
        let right = try expression(level + 1)
        return try make(
            .synchronised(operation, left, set: set, right), left.outerRange.joined(with: right.outerRange),
            height: max(left.height, set.height, right.height))
    }

    /// `P [A||B] Q` and `P [a <-> b] Q`, after P.
    mutating func bracketedParallel(_ left: Expression) throws(ParseFailure) -> Expression {
        brackets.append(token)
        advance()
        let first = try expression()
        switch kind {
        case .parallel:
            advance()
            let second = try expression()
            try closeSquare("`]` after the right alphabet")
            let right = try expression(Precedence.parallel + 1)
            return try make(
                .alphabetisedParallel(left, leftAlphabet: first, rightAlphabet: second, right),
                left.outerRange.joined(with: right.outerRange),
                height: max(left.height, first.height, second.height, right.height))
        case .tie:
            let links = try tied(first)
            try closeSquare("`,`, `|` or `]`")
            let right = try expression(Precedence.parallel + 1)
            return try make(
                .linkedParallel(left, links, right), left.outerRange.joined(with: right.outerRange),
                height: max(left.height, height(links), right.height))
        default:
            throw unexpected(expecting: "`||` and the right alphabet, or `<->` and the other process's event")
        }
    }

    /// The links whose first left side has been read.
    private mutating func tied(_ first: Expression) throws(ParseFailure) -> Expression.Links {
        advance()
        let pair = (left: first, right: try expression())
        guard skip(.comma) else {
            return Expression.Links(pairs: [pair], statements: skip(.pipe) ? try statements() : [])
        }
        var links = try links(.tie)
        links.pairs.insert(pair, at: 0)
        return links
    }

    private mutating func closeSquare(_ what: @autoclosure () -> String) throws(ParseFailure) {
        try expect(.rightBracket, what())
        brackets.removeLast()
    }

    /// `[] x : S @ P` and the others.
    mutating func replicated() throws(ParseFailure) -> Expression {
        let start = token
        let replicated: ReplicatedOperator
        var inner: Int32 = 0
        switch start.kind {
        case .leftPipeBracket, .leftPlusBracket:
            let outer = open()
            let set = try expression()
            inner = set.height
            let isParallel = start.kind == .leftPipeBracket
            try close(isParallel ? .rightPipeBracket : .rightPlusBracket, outer, isParallel ? "`|]`" : "`+]`")
            replicated = isParallel ? .generalisedParallel(set) : .synchronisingExternalChoice(set)
        case .leftBracket:
            brackets.append(start)
            advance()
            let links = try links(.tie)
            inner = height(links)
            try closeSquare("`,`, `|` or `]`")
            replicated = .linkedParallel(links)
        case .parallel:
            return try replicatedAlphabetised()
        case .externalChoice, .internalChoice, .interleave, .semicolon:
            advance()
            replicated =
                switch start.kind {
                case .externalChoice: .externalChoice
                case .internalChoice: .internalChoice
                case .interleave: .interleave
                default: .sequential
                }
        default:
            throw unexpected(expecting: "an expression")
        }
        let statements = try generators(of: start)
        let body = try expression()
        return try make(
            .replicated(replicated, statements, body), start.range.joined(with: body.outerRange),
            height: max(inner, height(statements), body.height))
    }

    /// `|| x : S @ [A] P`. Its body ends before a hiding or an interleaving: in FDR's grammar this form, alone among the
    /// replicated ones, has the level of its closing bracket.
    private mutating func replicatedAlphabetised() throws(ParseFailure) -> Expression {
        let start = token
        advance()
        let statements = try generators(of: start)
        brackets.append(token)
        try expect(.leftBracket, "`[` and the alphabet of the process, as in `|| x : S @ [A(x)] P(x)`")
        let alphabet = try expression()
        try closeSquare("`]` after the alphabet")
        let body = try expression(Precedence.parallel + 1)
        return try make(
            .replicated(.alphabetisedParallel(alphabet), statements, body), start.range.joined(with: body.outerRange),
            height: max(alphabet.height, height(statements), body.height))
    }

    private mutating func generators(of opening: Token) throws(ParseFailure) -> [Statement] {
        let statements = try statements()
        guard kind == .at else {
            var failure = unexpected(expecting: "`,` or `@` and a process")
            failure.notes.append(
                (
                    "a replicated operator begins here; between two processes, an operand is missing before it",
                    opening.range
                ))
            throw failure
        }
        advance()
        return statements
    }
}
