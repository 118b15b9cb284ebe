// Expressions, by precedence climbing. The levels are those of FDR's grammar, from 1, the loosest.

enum Precedence {
    static let lowest = 1
    static let hide = 3
    static let interleave = 4
    static let parallel = 5
    static let internalChoice = 6
    static let externalChoice = 7
    static let interrupt = 8
    static let slidingChoice = 9
    static let sequential = 10
    static let prefix = 11
    static let fields = 12
    static let dot = 14
    static let colon = 15
    static let or = 16
    static let and = 17
    static let not = 18
    static let comparison = 19
    static let additive = 20
    static let multiplicative = 21
    static let length = 22
    static let concatenation = 23
    static let postfix = 24
}

extension TokenKind {
    /// The level of an operator between (or after) operands; 0 for what is none.
    var infixLevel: Int { Int(TokenKind.infixLevels[Int(rawValue)]) }

    private static let infixLevels: [UInt8] = {
        var table = [UInt8](repeating: 0, count: 256)
        for (level, kinds) in infixByLevel { for kind in kinds { table[Int(kind.rawValue)] = UInt8(level) } }
        return table
    }()

    private static let infixByLevel: [Int: [TokenKind]] = [
        Precedence.hide: [.backslash, .project],
        Precedence.interleave: [.interleave],
        Precedence.parallel: [.leftPipeBracket, .leftBracket],
        Precedence.internalChoice: [.internalChoice],
        Precedence.externalChoice: [.externalChoice, .leftPlusBracket],
        Precedence.interrupt: [.interrupt, .leftSlashPlus],
        Precedence.slidingChoice: [.slidingChoice],
        Precedence.sequential: [.semicolon],
        Precedence.prefix: [.ampersand, .arrow],
        Precedence.fields: [.question, .exclamation, .dollar],
        Precedence.dot: [.dot],
        Precedence.or: [.or],
        Precedence.and: [.and],
        Precedence.comparison: [.equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual],
        Precedence.additive: [.plus, .minus],
        Precedence.multiplicative: [.times, .divide, .modulo],
        Precedence.concatenation: [.caret],
        Precedence.postfix: [.leftParenthesis, .leftDoubleBracket],
    ]

    /// Operators with two plain operands that associate to the left.
    fileprivate var binaryOperator: BinaryOperator? {
        switch self {
        case .backslash: .hide
        case .project: .project
        case .interleave: .interleave
        case .internalChoice: .internalChoice
        case .externalChoice: .externalChoice
        case .interrupt: .interrupt
        case .slidingChoice: .slidingChoice
        case .semicolon: .sequential
        case .ampersand: .guarded
        case .or: .or
        case .and: .and
        case .equal: .equal
        case .notEqual: .notEqual
        case .less: .less
        case .greater: .greater
        case .lessOrEqual: .lessOrEqual
        case .greaterOrEqual: .greaterOrEqual
        case .plus: .add
        case .minus: .subtract
        case .times: .multiply
        case .divide: .divide
        case .modulo: .modulo
        case .caret: .concatenate
        default: nil
        }
    }
}

extension Parser {
    /// Reads an expression whose operators bind at least as tightly as `minimum`.
    mutating func expression(_ minimum: Int = Precedence.lowest) throws(ParseFailure) -> Expression {
        try descend()
        defer { depth -= 1 }
        var left = try operand()
        /// The level of the operator on top of `left` if it does not associate.
        var closedLevel = 0
        while true {
            let kind = self.kind
            let level = kind.infixLevel
            guard level >= minimum, level > 0 else { return left }
            if kind == .greater, openSequences > 0 { return left }
            if level == closedLevel {
                throw failure(
                    "\(kind.description) needs parentheses here: operators of this kind do not associate", at: range)
            }
            closedLevel = 0
            switch kind {
            case .leftParenthesis: left = try application(left)
            case .leftDoubleBracket: left = try renaming(left)
            case .dot: left = try dotted(left)
            case .question, .exclamation, .dollar, .arrow: left = try prefix(left)
            case .leftPipeBracket, .leftPlusBracket, .leftSlashPlus:
                left = try synchronised(left)
                if level == Precedence.parallel { closedLevel = level }
            case .leftBracket:
                left = try bracketedParallel(left)
                closedLevel = level
            default:
                left = try binary(left, level)
                if level == Precedence.comparison { closedLevel = level }
            }
        }
    }

    private mutating func binary(_ left: Expression, _ level: Int) throws(ParseFailure) -> Expression {
        let binary = kind.binaryOperator!
        let start = token
        advance()
        if binary == .hide, start.end - start.start == 2 {
            warn("`\\\\` is not an operator of CSPm", at: start.range, note: "it is read as hiding: write `P \\ A`")
        }
        let minimum =
            switch binary {
            // `P \ A ||| Q` is `(P \ A) ||| Q`: no process operator can be meant inside of an event set.
            case .hide, .project: Precedence.prefix
            case .guarded: level
            default: level + 1
            }
        let right = try expression(minimum)
        return try make(
            .binary(binary, left, right), left.outerRange.joined(with: right.outerRange),
            height: max(left.height, right.height))
    }

    private mutating func dotted(_ left: Expression) throws(ParseFailure) -> Expression {
        var parts: [Expression] = []
        func add(_ expression: Expression) {
            if case .dotted(let inner) = expression.kind { parts += inner } else { parts.append(expression) }
        }
        add(left)
        while skip(.dot) { add(try expression(Precedence.dot + 1)) }
        return try make(
            .dotted(parts), left.outerRange.joined(with: previousRange), height: height(parts))
    }

    private mutating func application(_ function: Expression) throws(ParseFailure) -> Expression {
        let arguments = try parenthesisedList { parser throws(ParseFailure) in try parser.expression() }
        return try make(
            .application(function, arguments), function.outerRange.joined(with: previousRange),
            height: max(function.height, height(arguments)))
    }

    /// `(…, …)`, perhaps empty.
    mutating func parenthesisedList<Element>(
        _ element: (inout Parser) throws(ParseFailure) -> Element
    ) throws(ParseFailure) -> [Element] {
        let outer = open()
        var elements: [Element] = []
        if kind != .rightParenthesis {
            repeat { elements.append(try element(&self)) } while skip(.comma)
        }
        try close(.rightParenthesis, outer, "`,` or `)`")
        return elements
    }

    // MARK: Operands

    /// Reads what can begin an expression: a literal, a name, a bracket, or a prefix operator with its operand.
    private mutating func operand() throws(ParseFailure) -> Expression {
        let start = token
        switch start.kind {
        case .integer:
            advance()
            // A literal that does not fit was reported by the lexer.
            return try make(.integer(Int(text(start)) ?? Int.max), start.range)
        case .true, .false:
            advance()
            return try make(.boolean(start.kind == .true), start.range)
        case .character:
            advance()
            return try make(.character(Literal.character(text(start))), start.range)
        case .string:
            advance()
            return try make(.string(Literal.string(text(start))), start.range)
        case .identifier, .qualifiedName:
            advance()
            return try make(.name(Name(text(start), range: start.range)), start.range)
        case .leftParenthesis: return try parenthesised()
        case .leftMap: return try map()
        case .less, .emptySequence: return try sequence()
        case .leftBrace: return try set(.set, .rightBrace)
        case .leftPipeBrace: return try set(.enumeratedSet, .rightPipeBrace)
        case .minus: return try unary(.negate, Precedence.additive + 1)
        case .not: return try unary(.not, Precedence.not + 1)
        case .hash: return try unary(.length, Precedence.length + 1)
        case .if: return try conditional()
        case .let: return try letWithin()
        case .backslash where start.end - start.start == 1: return try lambda()
        case .externalChoice, .internalChoice, .interleave, .semicolon, .parallel, .leftPipeBracket, .leftPlusBracket,
            .leftBracket:
            return try replicated()
        default:
            throw unexpected(expecting: "an expression")
        }
    }

    private mutating func unary(_ unary: UnaryOperator, _ minimum: Int) throws(ParseFailure) -> Expression {
        let start = range
        advance()
        let operand = try expression(minimum)
        return try make(.unary(unary, operand), start.joined(with: operand.outerRange), height: operand.height)
    }

    private mutating func parenthesised() throws(ParseFailure) -> Expression {
        let start = range
        let elements = try parenthesisedList { parser throws(ParseFailure) in try parser.expression() }
        switch elements.count {
        case 0: throw failure("`()` is no value: expected an expression", at: start.joined(with: previousRange))
        case 1:
            elements[0].parentheses = start.joined(with: previousRange)
            return elements[0]
        default:
            return try make(.tuple(elements), start.joined(with: previousRange), height: height(elements))
        }
    }

    private mutating func conditional() throws(ParseFailure) -> Expression {
        let start = range
        advance()
        let condition = try expression()
        try expect(.then, "`then`")
        let first = try expression()
        try expect(.else, "`else`")
        let second = try expression()
        return try make(
            .conditional(condition, then: first, otherwise: second), start.joined(with: second.outerRange),
            height: max(condition.height, first.height, second.height))
    }

    private mutating func letWithin() throws(ParseFailure) -> Expression {
        let start = token
        advance()
        let outerHeight = declarationHeight
        declarationHeight = 0
        let (outerSequences, outerBrackets) = (openSequences, brackets)
        openSequences = 0
        brackets = [start]
        let scope = try letScope()
        try expect(.within, "a declaration or `within`")
        openSequences = outerSequences
        brackets = outerBrackets
        let body = try expression()
        let height = max(declarationHeight, body.height)
        declarationHeight = max(outerHeight, height)
        return try make(.letWithin(scope, body), start.range.joined(with: body.outerRange), height: height)
    }

    private mutating func lambda() throws(ParseFailure) -> Expression {
        let start = token
        advance()
        var parameters = [try pattern()]
        while skip(.comma) { parameters.append(try pattern()) }
        try expect(.at, "`@` and the body of the function `\\ x @ …`")
        let body = try expression()
        return try make(
            .lambda(parameters, body), start.range.joined(with: body.outerRange), height: body.height)
    }
}

extension Expression {
    /// With the parentheses around it.
    var outerRange: SourceRange { parentheses ?? range }
}

/// The values of quoted literals.
enum Literal {
    /// `'x'`
    static func character(_ quoted: String) -> Unicode.Scalar {
        let scalars = unescaped(quoted)
        return scalars.first ?? " "
    }

    /// `"…"`
    static func string(_ quoted: String) -> String {
        String(unescaped(quoted))
    }

    private static func unescaped(_ quoted: String) -> String.UnicodeScalarView {
        var result = String.UnicodeScalarView()
        var isEscaped = false
        for scalar in quoted.unicodeScalars.dropFirst().dropLast() {
            if isEscaped {
                isEscaped = false
                switch scalar {
                case "n": result.append("\n")
                case "t": result.append("\t")
                case "r": result.append("\r")
                default: result.append(scalar)
                }
            } else if scalar == "\\" {
                isEscaped = true
            } else {
                result.append(scalar)
            }
        }
        return result
    }
}
