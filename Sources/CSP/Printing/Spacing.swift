/// Whether a blank stands between two tokens of a line.
struct Spacing {
    private var previous: TokenKind?
    private var previousText: [UInt8] = []
    /// What the previous token is in its place.
    private var previousRole = Role.operand
    private var brackets: [(kind: TokenKind, isInField: Bool, sequences: Int)] = [(.newline, false, 0)]

    private enum Role {
        /// Ends an operand: a name, a literal, a closing bracket.
        case operand
        /// Stands before an operand, without a blank: `-` of a negative number, `#`.
        case prefixOperator
        /// An opening bracket with blanks inside, or none.
        case openBracket, openWideBracket
        case infixOperator
        case tightOperator
    }

    /// A new line begins: no blank before its first token.
    mutating func beginLine() {
        previousText = []
        if previousRole == .operand { lineBegan = .operand } else { lineBegan = previousRole }
        previous = nil
    }

    /// What the last token before the line was: whether a `-` at the line's start is an operator's.
    private var lineBegan = Role.infixOperator

    mutating func needsBlankBeforeComment() -> Bool { previous != nil }

    mutating func passComment() {
        previous = .string
        previousText = [32]
        // A comment stands between tokens like a blank.
        afterComment = true
    }

    private var afterComment = false
    /// After `|=`, and after the name of the logic.
    private var isFormulaNext = false

    /// Whether a blank stands before a token, which is then passed.
    mutating func needsBlank(before token: Token, _ text: ArraySlice<UInt8>) -> Bool {
        let before = previous == nil ? lineBegan : previousRole
        let role = role(token.kind, after: before)
        let isFirst = previous == nil
        var blank = !isFirst && wantsBlank(token.kind, role)
        if !isFirst, !blank, token.kind != .propertyClose, joins(previousText, Array(text)) { blank = true }
        if afterComment { blank = !isFirst }
        afterComment = false
        pass(token.kind, role)
        previous = token.kind
        previousRole = role
        isFormulaNext = isFormulaNext ? token.kind == .identifier : token.kind == .satisfies
        previousText = token.kind == .emptySequence ? Array("<>".utf8) : Array(text)
        return blank
    }

    private func role(_ kind: TokenKind, after before: Role) -> Role {
        let isOperandExpected = before != .operand
        switch kind {
        case .identifier, .qualifiedName, .integer, .character, .string, .true, .false, .underscore, .emptySequence,
            .include,
            .endmodule, .exports:
            return .operand
        case .rightParenthesis, .rightBrace, .rightPipeBrace, .rightDoubleBracket, .rightMap, .pragmaClose:
            return .operand
        case .greater where (brackets.last?.sequences ?? 0) > 0: return .operand
        case .rightBracket where brackets.last?.kind == .propertyOpen: return .operand
        case .leftParenthesis, .leftBrace, .leftDoubleBracket, .propertyOpen: return .openBracket
        case .less where isOperandExpected: return .openBracket
        case .leftBracket: return .openBracket
        case .leftPipeBrace, .leftPipeBracket, .leftMap, .leftPlusBracket, .leftSlashPlus, .pragmaOpen:
            return .openWideBracket
        case .minus where isOperandExpected: return .prefixOperator
        case .hash: return .prefixOperator
        case .dot, .doubleDot, .question, .exclamation, .dollar: return .tightOperator
        case .colon where brackets.last?.isInField ?? false: return .tightOperator
        default: return .infixOperator
        }
    }

    private func wantsBlank(_ kind: TokenKind, _ role: Role) -> Bool {
        switch previousRole {
        case .prefixOperator, .tightOperator, .openBracket: return false
        case .openWideBracket: return true
        case .infixOperator:
            return kind != .comma
        case .operand: break
        }
        // After an operand:
        switch kind {
        case .colon where isFormulaNext: return false
        case .comma, .rightParenthesis, .rightBrace, .rightDoubleBracket, .rightBracket, .propertyClose: return false
        case .leftDoubleBracket: return false
        case .leftParenthesis: return previous == .string && previousText == [32]
        case .greater where role == .operand: return false
        default: return role != .tightOperator
        }
    }

    private mutating func pass(_ kind: TokenKind, _ role: Role) {
        let top = brackets.count - 1
        switch kind {
        case .leftParenthesis, .leftBrace, .leftPipeBrace, .leftDoubleBracket, .leftPipeBracket, .leftMap,
            .leftPlusBracket,
            .leftSlashPlus, .propertyOpen:
            brackets.append((kind, false, 0))
        case .rightParenthesis, .rightBrace, .rightPipeBrace, .rightDoubleBracket, .rightPipeBracket, .exceptionClose,
            .rightMap,
            .rightPlusBracket, .rightPlusSlash, .propertyClose:
            if top > 0 { brackets.removeLast() }
        case .less where role == .openBracket: brackets[top].sequences += 1
        case .greater where role == .operand: brackets[top].sequences -= 1
        case .question, .dollar: brackets[top].isInField = true
        case .exclamation, .arrow, .comma, .at, .define, .channel: brackets[top].isInField = false
        default: break
        }
    }

    /// Whether two tokens without a blank between them would be read as others.
    private func joins(_ first: [UInt8], _ second: [UInt8]) -> Bool {
        guard let last = first.last, let next = second.first else { return false }
        if last.isIdentifierByte || last == UInt8(ascii: "'") {
            return next.isIdentifierByte || next == UInt8(ascii: "'")
        }
        guard !last.isBlank else { return false }
        let joined = first + second.prefix(2)
        return joined.withUnsafeBufferPointer { bytes in
            let scanner = Scanner(bytes: bytes, file: 0)
            if last == UInt8(ascii: "-"), next == UInt8(ascii: "-") || next == UInt8(ascii: "}") { return true }
            if last == UInt8(ascii: "{"), next == UInt8(ascii: "-") { return true }
            guard let (_, length) = Lexer(sources: SourceMap()).symbol(scanner) else { return false }
            return length != first.count
        }
    }
}
