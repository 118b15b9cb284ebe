// What a parse error says: what was expected, what stands there instead, where the open bracket is, and what the author may
// have meant.

extension Parser {
    /// Only a wrong guess: no message is made.
    private static let guess = ParseFailure(message: "", range: .nowhere)

    func failure(_ message: @autoclosure () -> String, at range: SourceRange, note: String? = nil) -> ParseFailure {
        if isSpeculating { return Parser.guess }
        return ParseFailure(message: message(), range: range, notes: note.map { [($0, nil)] } ?? [])
    }

    /// The current token is not what should stand here.
    func unexpected(expecting expected: @autoclosure () -> String) -> ParseFailure {
        if isSpeculating { return Parser.guess }
        var failure = ParseFailure(message: "expected \(expected()), found \(describe(token))", range: range)
        if kind == .newline || kind == .endOfFile {
            // What is missing is missing behind what was read last.
            let last = previousRange
            if position > 0, last.file == failure.range.file, tokens[position - 1].kind != .newline {
                failure.range.start = last.end
            }
            failure.range.end = failure.range.start + 1
        }
        if let advice = advice() { failure.notes.append((advice, nil)) }
        if let bracket = brackets.last, kind.isEndOrCloser {
            failure.notes.append(
                ("the \(bracket.kind.description) that is opened here is not closed yet", bracket.range))
        }
        if kind == .define || kind == .doubleColon, let soak = soakedLineEnd() {
            failure.notes.append(
                (
                    "the line before ends with \(soak.kind.description), so what follows belongs to the same declaration",
                    soak.range
                ))
        }
        return failure
    }

    func describe(_ token: Token) -> String {
        switch token.kind {
        case .identifier, .qualifiedName, .integer, .character, .refines: "`\(text(token).prefix(40))`"
        default: token.kind.description
        }
    }

    /// For a `=` in the wrong place: the token that ended the line before the one that begins the current line.
    private func soakedLineEnd() -> Token? {
        guard let first = firstTokenOfLine(position), first > 0 else { return nil }
        let before = tokens[first - 1]
        return before.kind.soaksAfter && before.kind != .newline ? before : nil
    }

    /// The first token of the line that a token stands on.
    func firstTokenOfLine(_ index: Int) -> Int? {
        var index = index
        while index >= 0 {
            if startsLine(index) { return index }
            index -= 1
        }
        return nil
    }

    /// Whether only blanks stand before the token on its line.
    func startsLine(_ index: Int) -> Bool {
        column(index) != nil
    }

    /// How many bytes stand before a token on its line.
    func offsetInLine(_ index: Int) -> Int {
        let token = tokens[index]
        let before = sources.files[Int(token.file)].bytes[..<Int(token.start)]
        return Int(token.start) - (before.lastIndex(of: 10).map { $0 + 1 } ?? 0)
    }

    /// How many bytes stand before a token on its line, if they are blanks.
    func column(_ index: Int) -> Int? {
        let token = tokens[index]
        guard token.kind != .newline, token.kind != .endOfFile else { return nil }
        let bytes = sources.files[Int(token.file)].bytes
        var offset = Int(token.start)
        while offset > 0, bytes[offset - 1] != 10 {
            guard bytes[offset - 1].isBlank else { return nil }
            offset -= 1
        }
        return Int(token.start) - offset
    }

    /// What people write who know another language, or another dialect.
    private func advice() -> String? {
        let previous = position > 0 ? tokens[position - 1] : token
        let isAdjacent = previous.end == token.start && previous.file == token.file
        switch (previous.kind, kind) {
        case (.ampersand, .ampersand) where isAdjacent:
            return "`and` is the Boolean conjunction; `b & P` is a guarded process"
        case (_, .divide) where kind(ahead: 1) == .divide || kind(ahead: 1) == .times,
            (.divide, .divide) where isAdjacent, (.divide, .times) where isAdjacent:
            return "comments are `-- …` to the end of the line, or `{- … -}`"
        case (_, .identifier) where text(token) == "mod" || text(token) == "div":
            return "the remainder is written `%`, and division `/`; both round down"
        case (_, .identifier) where text(token) == "in" && brackets.last?.kind == .let,
            (.identifier, _) where text(previous) == "in" && brackets.last?.kind == .let:
            return "what a `let` defines is used after `within`"
        case (.identifier, .identifier), (.identifier, .integer):
            return adviceOnTwoNames()
        case (_, .pipe):
            return "a choice is written `[]` (external) or `|~|` (internal)"
        case (_, .parallel):
            return
                "parallel is written `P [|A|] Q` (both share A), `P [A || B] Q` (each with its alphabet) or `P ||| Q`"
        case (_, .doubleDot):
            return "a range stands in brackets: `{0..3}` is a set, `<0..3>` a sequence"
        case (_, .colon) where brackets.last?.kind == .less:
            return "a sequence with a first element x is `<x>^xs`"
        case (_, .comma) where brackets.isEmpty && firstTokenOfLine(position).map { tokens[$0].kind } == .datatype:
            return "the constructors of a datatype are separated by `|`"
        case (.semicolon, .newline), (.semicolon, .endOfFile):
            return "a declaration ends with its line, without `;`"
        case (_, .semicolon) where kind(ahead: 1) == .endOfFile || startsLine(position + 1):
            return "a declaration ends with its line, without `;`"
        case (.identifier, .equal) where startsLine(position - 1):
            return "`=` defines; `==` compares"
        case (.identifier, .newline) where startsLine(position - 1) && brackets.isEmpty,
            (.identifier, .endOfFile) where startsLine(position - 1) && brackets.isEmpty:
            return "a line goes on with the next one only where an operator stands between them or a bracket is open"
        case (_, .drawnFrom) where brackets.last?.kind == .leftBracket:
            return "a renaming is written `P[[a <- b]]`"
        case (_, .comma) where brackets.last?.kind == .leftBracket:
            return "a sequence is written `<1, 2, 3>`"
        case (_, .rightBracket) where brackets.last?.kind == .leftBracket:
            return "a sequence has no index: take it apart with `head`, `tail` or a pattern `<x>^xs`"
        case (_, .define):
            return "`=` defines; to compare, write `==`"
        case (.leftDoubleBracket, .rightDoubleBracket):
            return "a renaming needs at least one pair, `P[[a <- b]]`; older tools took an empty list for no renaming"
        case (_, .exclamation):
            return "negation is written `not`"
        case (_, .emptySequence):
            return "`<>` is the empty sequence; for two values that differ write `!=`"
        case (_, .greater) where openSequences == 0:
            return "inside `<…>` a comparison needs parentheses: `<x | x <- s, (x > 2)>`"
        case (_, .underscore):
            return "`_` is a pattern: it stands for any value and has none itself"
        case (_, .doubleAt):
            return "`@@` belongs to patterns: both sides must match"
        case (_, .rightParenthesis), (_, .rightBrace), (_, .rightDoubleBracket), (_, .rightPipeBrace):
            return brackets.isEmpty ? "no bracket is open here" : nil
        default:
            return nil
        }
    }

    /// Two words where one should stand: a declaration that is misspelt, or a function as other languages write it.
    private func adviceOnTwoNames() -> String? {
        let word = text(token)
        let first = text(tokens[position - 1])
        let words = TokenKind.keywords.filter { $0.value.beginsDeclaration }.map(\.key)
        if startsLine(position - 1), let near = Spelling.nearest(to: first, among: words) {
            return "did you mean `\(near)`?"
        }
        return "the arguments of a function stand in parentheses: `\(first)(\(word))`"
    }

    /// Notes something that is read, and better written otherwise.
    mutating func warn(_ message: String, at range: SourceRange, note: String) {
        guard !isSpeculating, diagnostics.count < Parser.diagnosticsMax else { return }
        diagnostics.append(Diagnostic(.warning, .parse, message, at: range, in: sources).noting(note))
    }

    mutating func report(_ failure: ParseFailure) {
        guard diagnostics.count < Parser.diagnosticsMax else { return }
        diagnostics.append(failure.diagnostic(in: sources))
    }
}

extension TokenKind {
    /// What shows that a bracket was forgotten.
    fileprivate var isEndOrCloser: Bool {
        switch self {
        case .newline, .endOfFile, .define, .within, .then, .else, .rightParenthesis, .rightBrace, .rightBracket,
            .rightPipeBrace, .rightDoubleBracket, .rightPipeBracket, .rightMap, .rightPlusBracket, .rightPlusSlash,
            .exceptionClose, .propertyOpen, .pragmaClose:
            true
        default: beginsDeclaration
        }
    }
}
