/// One lexical element: what it is and where it stands. Its text is read from the file when it is needed.
struct Token {
    var kind: TokenKind
    /// Index in `SourceMap.files`.
    var file: UInt16
    var start: Int32
    var end: Int32

    var range: SourceRange { SourceRange(file: Int32(file), start: start, end: end) }
}

enum TokenKind: UInt8 {
    // Structure
    /// One or more line ends that separate declarations.
    case newline
    case endOfFile
    /// `{-#` before an assertion, and the `#-}` after it.
    case pragmaOpen, pragmaClose
    /// `include "…"`, the whole directive: in a token list that keeps includes apart.
    case include

    // Words
    case identifier
    /// `M::x`
    case qualifiedName
    case integer, character, string
    case assert, channel, datatype, subtype, nametype, external, transparent, module, exports, endmodule, instance
    case timed, print, `let`, within, `if`, then, `else`, and, or, not, `true`, `false`

    // Brackets
    case leftParenthesis, rightParenthesis, leftBrace, rightBrace, leftBracket, rightBracket
    /// `{|` and `|}`
    case leftPipeBrace, rightPipeBrace
    /// `[[` and `]]`
    case leftDoubleBracket, rightDoubleBracket
    /// `[|`, `|]` and `|>`
    case leftPipeBracket, rightPipeBracket, exceptionClose
    /// `(|` and `|)`
    case leftMap, rightMap
    /// `[+`, `+]`, `/+` and `+\`
    case leftPlusBracket, rightPlusBracket, leftSlashPlus, rightPlusSlash
    /// `:[`, and the `]` or `]:` that ends it
    case propertyOpen, propertyClose
    /// `<>`, with or without blanks
    case emptySequence

    // Operators
    case less, greater, lessOrEqual, greaterOrEqual, equal, notEqual
    case plus, minus, times, divide, modulo, hash, caret
    /// `.` and `..`
    case dot, doubleDot
    case question, dollar, exclamation, comma, colon
    /// ` :: ` before a type
    case doubleColon
    /// `=`
    case define
    /// `=>` and `=>*`
    case doubleArrow, doubleArrowStar
    /// `<-`, `<->` and `->`
    case drawnFrom, tie, arrow
    case pipe, at, doubleAt, underscore
    case externalChoice, internalChoice, interleave, interrupt, slidingChoice, parallel, semicolon, ampersand
    /// `\` and `|\`
    case backslash, project
    /// `[T=` and the others
    case refines
    /// `|=`
    case satisfies
}

extension TokenKind {
    /// Line ends before this token separate nothing.
    var soaksBefore: Bool {
        switch self {
        case .leftParenthesis, .leftBrace, .leftPipeBrace, .leftMap, .less, .hash, .minus, .emptySequence: false
        case .identifier, .qualifiedName, .newline, .endOfFile, .pragmaOpen, .include: false
        case .channel, .datatype, .subtype, .nametype, .module, .assert, .external, .transparent, .instance, .timed,
            .print,
            .exports, .endmodule:
            false
        default: true
        }
    }

    /// Line ends after this token separate nothing.
    var soaksAfter: Bool {
        switch self {
        case .identifier, .qualifiedName, .integer, .character, .string, .true, .false, .newline, .endOfFile, .include:
            false
        case .rightParenthesis, .rightBrace, .rightPipeBrace, .rightMap, .rightDoubleBracket, .greater, .emptySequence:
            false
        case .propertyClose, .pragmaClose, .exports, .endmodule: false
        default: true
        }
    }

    /// Whether a declaration begins with this word.
    var beginsDeclaration: Bool {
        switch self {
        case .assert, .channel, .datatype, .subtype, .nametype, .external, .transparent, .module, .instance, .timed,
            .print,
            .include, .pragmaOpen:
            true
        default: false
        }
    }

    /// For error messages: how the token is written, or what sort of thing it is.
    var description: String {
        switch self {
        case .newline: "the end of the line"
        case .endOfFile: "the end of the file"
        case .identifier, .qualifiedName: "a name"
        case .integer: "a number"
        case .character: "a character"
        case .string: "a string"
        case .include: "`include`"
        default: "`\(spelling)`"
        }
    }

    /// How the token is written, if it is always written in the same way.
    var spelling: String {
        if let word = TokenKind.spellings[self] { return word }
        return "\(self)"
    }

    static let keywords: [String: TokenKind] = [
        "assert": .assert, "channel": .channel, "datatype": .datatype, "subtype": .subtype, "nametype": .nametype,
        "external": .external, "transparent": .transparent, "module": .module, "exports": .exports,
        "endmodule": .endmodule,
        "instance": .instance, "Timed": .timed, "print": .print, "let": .let, "within": .within, "if": .if,
        "then": .then,
        "else": .else, "and": .and, "or": .or, "not": .not, "true": .true, "false": .false,
    ]

    private static let spellings: [TokenKind: String] = {
        var table: [TokenKind: String] = [
            .pragmaOpen: "{-#", .pragmaClose: "#-}", .leftParenthesis: "(", .rightParenthesis: ")", .leftBrace: "{",
            .rightBrace: "}", .leftBracket: "[", .rightBracket: "]", .leftPipeBrace: "{|", .rightPipeBrace: "|}",
            .leftDoubleBracket: "[[", .rightDoubleBracket: "]]", .leftPipeBracket: "[|", .rightPipeBracket: "|]",
            .exceptionClose: "|>", .leftMap: "(|", .rightMap: "|)", .leftPlusBracket: "[+", .rightPlusBracket: "+]",
            .leftSlashPlus: "/+", .rightPlusSlash: "+\\", .propertyOpen: ":[", .propertyClose: "]",
            .emptySequence: "<>",
            .less: "<", .greater: ">", .lessOrEqual: "<=", .greaterOrEqual: ">=", .equal: "==", .notEqual: "!=",
            .plus: "+", .minus: "-", .times: "*", .divide: "/", .modulo: "%", .hash: "#", .caret: "^", .dot: ".",
            .doubleDot: "..", .question: "?", .dollar: "$", .exclamation: "!", .comma: ",", .colon: ":",
            .doubleColon: "::", .define: "=", .doubleArrow: "=>", .doubleArrowStar: "=>*", .drawnFrom: "<-",
            .tie: "<->",
            .arrow: "->", .pipe: "|", .at: "@", .doubleAt: "@@", .underscore: "_", .externalChoice: "[]",
            .internalChoice: "|~|", .interleave: "|||", .interrupt: "/\\", .slidingChoice: "[>", .parallel: "||",
            .semicolon: ";", .ampersand: "&", .backslash: "\\", .project: "|\\", .satisfies: "|=", .refines: "[T=",
        ]
        for (word, kind) in keywords { table[kind] = word }
        return table
    }()
}

/// A comment, for those who lay a script out anew.
struct Comment {
    /// From `--` to before the line end, or from `{-` to `-}`.
    var range: SourceRange
    /// How many tokens stand before it.
    var tokenIndex: Int
}
