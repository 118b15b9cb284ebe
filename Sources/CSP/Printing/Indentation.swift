/// How far a line is indented, from the brackets, lets and modules that are open where it begins.
struct Indentation {
    private struct Frame {
        enum Kind { case bracket, declarations, block, `let`, within, conditional, declaration }
        var kind: Kind
        /// Of the line on which it was opened.
        var outer: Int
        /// Of the lines inside.
        var inner: Int
    }

    private var frames: [Frame] = []
    /// Of the current line.
    private var current = 0
    private var previous = TokenKind.newline
    private var isFirstOfLine = true
    /// Whether the next token begins a declaration.
    private var isBeforeDeclaration = true
    /// Whether the line began with an operator, or hangs below such a line.
    private var isHanging = false

    /// The indentation, in steps, of a line whose first token is of some kind.
    mutating func indentation(of first: TokenKind) -> Int {
        if previous != .newline, endsDeclaration(before: first) { endDeclaration() }
        current = steps(first)
        // `[] a ->` goes on below its operand, not below its operator.
        let hangs = isHanging && (previous == .arrow || previous == .ampersand)
        if hangs { current += 1 }
        isHanging = hangs || first.isProcessOperator
        isFirstOfLine = true
        return current
    }

    private func steps(_ first: TokenKind) -> Int {
        switch first {
        case .within: return frames.last { $0.kind == .let }?.outer ?? 0
        case .then, .else: return frames.last { $0.kind == .conditional }?.outer ?? frames.last?.inner ?? 0
        case .exports, .endmodule: return frames.last { $0.kind == .block }?.outer ?? 0
        case .rightParenthesis, .rightBrace, .rightPipeBrace, .rightDoubleBracket, .rightPipeBracket, .exceptionClose,
            .rightMap,
            .rightPlusBracket, .rightPlusSlash, .rightBracket, .pragmaClose:
            return frames.last { $0.kind == .bracket || $0.kind == .declarations }?.outer ?? 0
        case .endOfFile
        where frames.allSatisfy({ $0.kind == .declaration || $0.kind == .conditional || $0.kind == .within }):
            return 0
        default: return frames.last?.inner ?? 0
        }
    }

    /// Whether a line end before a token separates declarations.
    private func endsDeclaration(before first: TokenKind) -> Bool {
        guard let top = frames.last(where: { $0.kind != .conditional && $0.kind != .within }) else { return false }
        guard top.kind == .declaration else { return false }
        return !(previous.soaksAfter || first.soaksBefore) || first == .endOfFile
    }

    private mutating func endDeclaration() {
        while let top = frames.popLast(), top.kind != .declaration {}
        isBeforeDeclaration = true
    }

    /// Goes past a token.
    mutating func pass(_ kind: TokenKind) {
        defer {
            previous = kind
            isFirstOfLine = false
        }
        switch kind {
        case .within:
            let outer = frames.last { $0.kind == .let }?.outer ?? current
            pop(to: .let)
            frames.append(Frame(kind: .within, outer: outer, inner: outer + 1))
            return
        case .exports:
            closeDeclaration()
            isBeforeDeclaration = true
            return
        case .endmodule:
            closeDeclaration()
            pop(to: .block)
            isBeforeDeclaration = true
            return
        case .rightBrace where frames.contains(where: { $0.kind == .declarations }) && closesDeclarations:
            closeDeclaration()
            pop(to: .declarations)
            isBeforeDeclaration = true
            return
        case .pragmaClose:
            closeDeclaration()
            pop(to: .declarations)
            isBeforeDeclaration = true
            return
        default: break
        }
        if kind == .pragmaOpen {
            push(.declarations)
            return
        }
        if isBeforeDeclaration {
            isBeforeDeclaration = false
            push(.declaration)
        }
        passInside(kind)
    }

    private mutating func passInside(_ kind: TokenKind) {
        switch kind {
        case .let:
            push(.let)
            if !isFirstOfLine {
                // Its declarations are indented more than the line that it ends.
                frames[frames.count - 1].outer += 1
                frames[frames.count - 1].inner += 1
            }
            isBeforeDeclaration = true
        case .module:
            pop(to: .declaration)
            push(.block)
            isBeforeDeclaration = false
            push(.declaration)
        case .if: push(.conditional)
        case .leftBrace where frames.last?.kind == .declaration && isTimed:
            push(.declarations)
            isBeforeDeclaration = true
        case .leftParenthesis, .leftBrace, .leftPipeBrace, .leftDoubleBracket, .leftPipeBracket, .leftMap,
            .leftPlusBracket,
            .leftSlashPlus:
            push(.bracket)
        case .leftBracket, .propertyOpen: push(.bracket)
        case .rightParenthesis, .rightBrace, .rightPipeBrace, .rightDoubleBracket, .rightPipeBracket, .exceptionClose,
            .rightMap,
            .rightPlusBracket, .rightPlusSlash, .rightBracket, .propertyClose:
            pop(to: .bracket)
        case .timed: isTimed = true
        default: break
        }
    }

    private var isTimed = false

    /// Whether the innermost bracket is that of a Timed section.
    private var closesDeclarations: Bool {
        frames.last { $0.kind == .bracket || $0.kind == .declarations }?.kind == .declarations
    }

    private mutating func closeDeclaration() {
        if frames.last(where: { $0.kind != .conditional && $0.kind != .within })?.kind == .declaration {
            endDeclaration()
        }
        isBeforeDeclaration = false
    }

    private mutating func push(_ kind: Frame.Kind) {
        if kind == .declarations { isTimed = false }
        frames.append(Frame(kind: kind, outer: current, inner: current + 1))
    }

    private mutating func pop(to kind: Frame.Kind) {
        guard frames.contains(where: { $0.kind == kind }) else { return }
        while let top = frames.popLast(), top.kind != kind {}
    }
}

extension TokenKind {
    /// What often begins the line of an operand.
    fileprivate var isProcessOperator: Bool {
        switch self {
        case .externalChoice, .internalChoice, .interleave, .interrupt, .slidingChoice, .semicolon, .rightPipeBracket,
            .leftPipeBracket, .exceptionClose:
            true
        default: false
        }
    }
}
