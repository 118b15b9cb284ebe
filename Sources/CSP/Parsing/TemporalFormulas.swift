// Linear temporal logic in ProB's syntax: the text in `assert P |= LTL: "…"`.
//
// From the loosest: `<=>`, `=>`, `or`, `&`, then `U`, `W` and `R`, then `not`, `G`, `F` and `X`.

extension Parser {
    /// `|= LTL: "…"`
    mutating func temporalFormula() throws(ParseFailure) -> TemporalFormula {
        advance()
        guard kind == .identifier, text(token) == "LTL" else {
            if kind == .identifier, text(token) == "CTL" {
                throw failure("formulas of CTL are not supported: write the property in LTL", at: range)
            }
            throw unexpected(expecting: "`LTL:` and a formula in quotes")
        }
        advance()
        try expect(.colon, "`:` and a formula in quotes")
        guard kind == .string else { throw unexpected(expecting: "a formula in quotes") }
        let quoted = token
        advance()
        return try formula(in: quoted)
    }

    /// Reads the inside of a string literal: its bytes stand in the same file, so positions stay right.
    private mutating func formula(in quoted: Token) throws(ParseFailure) -> TemporalFormula {
        var lexer = Lexer(sources: sources)
        lexer.readFormula(file: Int32(quoted.file), from: Int(quoted.start) + 1, to: Int(quoted.end) - 1)
        if let fault = lexer.diagnostics.first {
            throw ParseFailure(message: fault.message, range: fault.range)
        }
        let outer = (tokens, position, brackets)
        (tokens, position, brackets) = (lexer.tokens, 0, [])
        // Also after a fault: the parser goes on in the script.
        defer { (tokens, position, brackets) = outer }
        let formula = try equivalence()
        guard kind == .endOfFile else { throw unexpected(expecting: "a connective or the end of the formula") }
        return formula
    }

    private mutating func equivalence() throws(ParseFailure) -> TemporalFormula {
        var left = try implication()
        // The lexer of expressions knows `<=` and `>`.
        while kind == .lessOrEqual, kind(ahead: 1) == .greater, tokens[position + 1].start == token.end {
            advance()
            advance()
            left = .binary(.equivalent, left, try implication())
        }
        return left
    }

    private mutating func implication() throws(ParseFailure) -> TemporalFormula {
        try descend()
        defer { depth -= 1 }
        let left = try disjunction()
        guard skip(.doubleArrow) else { return left }
        return .binary(.implies, left, try implication())
    }

    private mutating func disjunction() throws(ParseFailure) -> TemporalFormula {
        var left = try conjunction()
        while skip(.or) { left = .binary(.or, left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(ParseFailure) -> TemporalFormula {
        var left = try untilFormula()
        while kind == .ampersand || kind == .and {
            advance()
            left = .binary(.and, left, try untilFormula())
        }
        return left
    }

    private mutating func untilFormula() throws(ParseFailure) -> TemporalFormula {
        let left = try unaryFormula()
        guard kind == .identifier, let connective = Parser.untils[text(token)] else { return left }
        advance()
        return .binary(connective, left, try untilFormula())
    }

    private static let untils: [String: TemporalFormula.Connective] = ["U": .until, "W": .weakUntil, "R": .release]

    private mutating func unaryFormula() throws(ParseFailure) -> TemporalFormula {
        try descend()
        defer { depth -= 1 }
        let start = token
        switch start.kind {
        case .not:
            advance()
            return .not(try unaryFormula())
        case .true, .false:
            advance()
            return .constant(start.kind == .true)
        case .leftParenthesis:
            let outer = open()
            let inner = try equivalence()
            try close(.rightParenthesis, outer, "`)`")
            return inner
        case .leftBracket:
            brackets.append(start)
            advance()
            let event = try expression()
            try expect(.rightBracket, "`]` after the event")
            brackets.removeLast()
            return .occurs(event)
        case .identifier: return try wordFormula()
        case .leftBrace:
            throw failure(
                "predicates on states are not supported: CSP has events only, written `[a]` or `e(a)`", at: range)
        default:
            throw unexpected(expecting: "a formula")
        }
    }

    private mutating func wordFormula() throws(ParseFailure) -> TemporalFormula {
        let word = text(token)
        let place = range
        // `GF [a]` reads as `G F [a]`.
        if word.allSatisfy({ TemporalFormula.Modality(rawValue: String($0)) != nil }) {
            advance()
            let inner = try unaryFormula()
            return word.reversed().reduce(inner) { .temporal(TemporalFormula.Modality(rawValue: String($1))!, $0) }
        }
        switch word {
        case "deadlock":
            advance()
            return .deadlock
        case "WEF", "SEF":
            advance()
            return .fairToAll(word == "WEF" ? .weak : .strong)
        case "e", "WF", "SF":
            advance()
            guard kind == .leftParenthesis else { throw unexpected(expecting: "`(` and an event") }
            let outer = open()
            let event = try expression()
            try close(.rightParenthesis, outer, "`)` after the event")
            return word == "e" ? .enabled(event) : .fair(word == "WF" ? .weak : .strong, event)
        case "Y", "O", "H", "S", "T":
            throw failure(
                "`\(word)`, an operator on the past, is not supported", at: place,
                note: "the operators on the future are X, F, G, U, W and R")
        default:
            throw failure(
                "`\(word)` is no part of a temporal formula", at: place,
                note: "an event that occurs is written `[\(word)]`, one that is possible `e(\(word))`")
        }
    }
}

extension Lexer {
    /// Splits a part of a file that is there already; no bracket joins with its neighbour, as in `[a]]`.
    mutating func readFormula(file: Int32, from start: Int, to end: Int) {
        let source = sources.files[Int(file)]
        source.bytes.withUnsafeBufferPointer { bytes in
            var scanner = Scanner(bytes: UnsafeBufferPointer(rebasing: bytes[0..<end]), file: file)
            scanner.offset = start
            // Deeper than any brackets of the formula, so that none of them ends a property.
            scanner.propertyDepth = end + 2
            while true {
                while scanner.byte().isBlank { scanner.offset += 1 }
                guard scanner.offset < end else { break }
                let first = scanner.offset
                if let kind = next(&scanner) { append(kind, scanner, first, scanner.offset) }
            }
            append(.endOfFile, scanner, end, end)
        }
    }
}
