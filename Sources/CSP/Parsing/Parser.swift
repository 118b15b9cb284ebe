/// Reads CSPm: a recursive-descent parser with the operator precedences of FDR's grammar.
///
/// ```swift
/// let (tree, faults) = Parser.parse(path: "protocol.csp")
/// ```
/// An error ends the declaration that it is in; the parser goes on with the next one, so that one run reports several.
public struct Parser {
    /// How deep expressions may nest, and how long a chain of operators may be.
    public static let heightMax: Int32 = 20_000
    /// How many brackets, operators and words may be open around a place.
    static let depthMax: Int32 = 50_000
    static let diagnosticsMax = 20
    /// Inside more levels than this, an error in a declaration is an error of the one around it.
    static let recoveryDepthMax: Int32 = 200
    /// For the recursion of the parser and of those who walk the tree.
    static let stackBytes = 512 << 20

    let sources: SourceMap
    var tokens: [Token]
    var position = 0
    var expressions: [Expression] = []
    var patterns: [Pattern] = []
    var diagnostics: [Diagnostic] = []
    /// Sequences that are open inside the innermost bracket: while there are any, `>` closes one.
    var openSequences = 0
    /// The brackets that are open, outermost first.
    var brackets: [Token] = []
    /// Whether a failure is only a wrong guess, whose message nobody reads.
    var isSpeculating = false
    /// The first token of the declaration around the place at hand; nil outside of all.
    var declarationStart: Int?
    /// The height of the highest expression in the declarations read so far.
    var declarationHeight: Int32 = 0
    /// How many expressions, patterns, types and formulas are open around the place at hand.
    var depth: Int32 = 0
    let stack: StackBound

    init(sources: SourceMap, tokens: [Token]) {
        self.sources = sources
        self.tokens = tokens
        stack = StackBound.current
    }

    /// Reads a script from disk with all that it includes. The tree is nil only if the file cannot be read; after errors it
    /// holds the declarations that could be read.
    ///
    /// - Parameter load: finds a file; a language server gives what its editor holds.
    public static func parse(
        path: String,
        load: @escaping (_ path: String) throws(SourceReadError) -> SourceFile = { path throws(SourceReadError) in
            try SourceFile.read(path: path)
        }
    ) -> (tree: SyntaxTree?, diagnostics: [Diagnostic]) {
        do {
            let result = parse(try load(path), load: load)
            return (result.tree, result.diagnostics)
        } catch {
            let nowhere = SourceRange(file: 0, start: 0, end: 0)
            let sources = SourceMap()
            _ = sources.add(SourceFile(path: path, bytes: []))
            return (
                nil, [Diagnostic(.error, .lexical, "cannot read this file: \(error.reason)", at: nowhere, in: sources)]
            )
        }
    }

    /// Reads a script that is in memory.
    ///
    /// - Parameter followsIncludes: false leaves out what the script includes.
    public static func parse(
        _ file: SourceFile, followsIncludes: Bool = true,
        load: @escaping (_ path: String) throws(SourceReadError) -> SourceFile = { path throws(SourceReadError) in
            try SourceFile.read(path: path)
        }
    ) -> (tree: SyntaxTree, diagnostics: [Diagnostic]) {
        LargeStack.run(bytes: stackBytes) {
            var lexer = Lexer(sources: SourceMap(), followsIncludes: followsIncludes, load: load)
            lexer.read(file)
            var parser = Parser(sources: lexer.sources, tokens: lexer.tokens)
            let scope = parser.script()
            let tree = SyntaxTree(
                sources: lexer.sources, scope: scope, expressions: parser.expressions, patterns: parser.patterns)
            return (tree, lexer.diagnostics + parser.diagnostics)
        }
    }

    /// Reads one expression, such as a user types at a prompt, as part of a tree; its names are not resolved yet.
    public static func parseExpression(
        _ text: String, in tree: SyntaxTree
    ) -> (expression: Expression?, diagnostics: [Diagnostic]) {
        LargeStack.run(bytes: stackBytes) {
            var lexer = Lexer(sources: tree.sources)
            lexer.read(SourceFile(path: "<expression>", text: text))
            guard lexer.diagnostics.isEmpty else { return (nil, lexer.diagnostics) }
            var parser = Parser(sources: tree.sources, tokens: lexer.tokens)
            (parser.expressions, parser.patterns) = (tree.expressions, tree.patterns)
            do throws(ParseFailure) {
                parser.skipNewlines()
                let expression = try parser.expression()
                parser.skipNewlines()
                guard parser.kind == .endOfFile else { throw parser.unexpected(expecting: "the end of the expression") }
                (tree.expressions, tree.patterns) = (parser.expressions, parser.patterns)
                return (expression, [])
            } catch {
                return (nil, [error.diagnostic(in: tree.sources)])
            }
        }
    }
}

/// Why a declaration cannot be read.
struct ParseFailure: Error {
    var message: String
    var range: SourceRange
    var notes: [(message: String, range: SourceRange?)] = []

    func diagnostic(in sources: SourceMap) -> Diagnostic {
        notes.reduce(Diagnostic(.error, .parse, message, at: range, in: sources)) { diagnostic, note in
            diagnostic.noting(note.message, at: note.range, in: sources)
        }
    }
}

// MARK: - Tokens

extension Parser {
    var kind: TokenKind { tokens[position].kind }
    var token: Token { tokens[position] }
    var range: SourceRange { tokens[position].range }

    func kind(ahead: Int) -> TokenKind {
        position + ahead < tokens.count ? tokens[position + ahead].kind : .endOfFile
    }

    /// The end of what was read last.
    var previousRange: SourceRange { position > 0 ? tokens[position - 1].range : range }

    func text(_ token: Token) -> String { sources.files[Int(token.file)].text(token.range.bytes) }

    mutating func advance() {
        if position < tokens.count - 1 { position += 1 }
    }

    mutating func skip(_ expected: TokenKind) -> Bool {
        guard kind == expected else { return false }
        advance()
        return true
    }

    mutating func skipNewlines() {
        while kind == .newline { advance() }
    }

    mutating func expect(_ expected: TokenKind, _ what: @autoclosure () -> String) throws(ParseFailure) {
        guard kind == expected else { throw unexpected(expecting: what()) }
        advance()
    }

    mutating func name(_ what: @autoclosure () -> String) throws(ParseFailure) -> Name {
        guard kind == .identifier else { throw unexpected(expecting: what()) }
        defer { advance() }
        return Name(text(token), range: range)
    }

    /// Passes an opening bracket; inside, `>` is a comparison again. Gives what `close` needs.
    mutating func open() -> Int {
        defer { openSequences = 0 }
        brackets.append(token)
        advance()
        return openSequences
    }

    mutating func close(_ expected: TokenKind, _ outer: Int, _ what: @autoclosure () -> String) throws(ParseFailure) {
        guard kind == expected else { throw unexpected(expecting: what()) }
        advance()
        brackets.removeLast()
        openSequences = outer
    }

    /// Guesses: gives nil, and is where it was, if what it tries fails.
    mutating func attempt<Success>(_ body: (inout Parser) throws(ParseFailure) -> Success?) -> Success? {
        let (position, patternCount, bracketCount) = (position, patterns.count, brackets.count)
        let (openSequences, wasSpeculating) = (openSequences, isSpeculating)
        isSpeculating = true
        defer { isSpeculating = wasSpeculating }
        if let result = try? body(&self) { return result }
        self.position = position
        self.openSequences = openSequences
        patterns.removeLast(patterns.count - patternCount)
        brackets.removeLast(brackets.count - bracketCount)
        return nil
    }
}

// MARK: - Nesting

extension Parser {
    /// Goes one level down; `depth` is to be reduced again.
    mutating func descend() throws(ParseFailure) {
        guard depth < Parser.depthMax, !stack.isReached else {
            throw failure("the script nests too deeply here: \(Parser.depthMax) levels are the limit", at: range)
        }
        depth += 1
    }
}

// MARK: - Nodes

extension Parser {
    mutating func make(
        _ kind: Expression.Kind, _ range: SourceRange, height: Int32 = 0
    ) throws(ParseFailure) -> Expression {
        guard height < Parser.heightMax else {
            throw failure("this expression nests too deeply: \(Parser.heightMax) levels are the limit", at: range)
        }
        let expression = Expression(id: expressions.count, range: range, kind: kind, height: height + 1)
        expressions.append(expression)
        return expression
    }

    mutating func make(_ kind: Pattern.Kind, _ range: SourceRange) -> Pattern {
        let pattern = Pattern(id: patterns.count, range: range, kind: kind)
        patterns.append(pattern)
        return pattern
    }

    func height(_ expressions: [Expression]) -> Int32 {
        expressions.reduce(0) { max($0, $1.height) }
    }

    func height(_ statements: [Statement]) -> Int32 {
        statements.reduce(0) { height, statement in
            switch statement {
            case .generator(_, let source): max(height, source.height)
            case .condition(let condition): max(height, condition.height)
            }
        }
    }

    func height(_ links: Expression.Links) -> Int32 {
        links.pairs.reduce(height(links.statements)) { max($0, $1.left.height, $1.right.height) }
    }
}
