// Declarations, and how the parser finds its feet again after an error in one.

/// Where declarations stand: not every form is allowed everywhere.
struct DeclarationContext {
    var isLet = false
    var isModule = false
    var isTimed = false

    static let file = DeclarationContext()
    static let `let` = DeclarationContext(isLet: true)

    /// Why a declaration of some form may not stand here; nil if it may.
    func refusal(of kind: TokenKind) -> String? {
        switch kind {
        case .channel, .datatype, .subtype, .nametype, .module, .instance:
            isLet ? "\(kind.description) is not a valid declaration in a let expression" : nil
        case .assert, .pragmaOpen, .print:
            if isLet {
                "\(kind.description) is not a valid declaration in a let expression"
            } else if isModule {
                "\(kind.description) cannot stand inside a module"
            } else if isTimed, kind == .print {
                "`print` cannot stand inside a Timed section"
            } else {
                nil
            }
        default: nil
        }
    }
}

extension Parser {
    /// The whole script.
    mutating func script() -> Scope {
        var list: [Declaration] = []
        skipNewlines()
        while kind != .endOfFile, diagnostics.count < Parser.diagnosticsMax {
            let start = position
            do throws(ParseFailure) {
                try separatedDeclaration(in: .file, until: .endOfFile, to: &list)
            } catch {
                report(error)
                recover(from: start)
            }
            skipNewlines()
        }
        return Scope(finished(list))
    }

    /// The declarations up to some word or bracket. After an error in one of them it goes on with the next one.
    private mutating func declarations(
        in context: DeclarationContext, until terminator: TokenKind
    ) throws(ParseFailure) -> [Declaration] {
        var list: [Declaration] = []
        let (outerBrackets, outerDeclaration) = (brackets, declarationStart)
        skipNewlines()
        while kind != terminator {
            let start = position
            do throws(ParseFailure) {
                try separatedDeclaration(in: context, until: terminator, to: &list)
            } catch {
                declarationStart = outerDeclaration
                guard !isSpeculating, depth < Parser.recoveryDepthMax, diagnostics.count < Parser.diagnosticsMax,
                    let next = nextDeclaration(after: start, isLet: context.isLet, until: terminator)
                else { throw error }
                report(error)
                (openSequences, brackets, position) = (0, outerBrackets, next)
            }
            skipNewlines()
        }
        return list
    }

    /// The declarations of a `let`.
    mutating func letScope() throws(ParseFailure) -> Scope {
        Scope(finished(try declarations(in: .let, until: .within)))
    }

    private mutating func finished(_ declarations: [Declaration]) -> [Declaration] {
        let grouped = group(declarations)
        checkAnnotations(grouped)
        return grouped
    }

    private mutating func separatedDeclaration(
        in context: DeclarationContext, until terminator: TokenKind, to list: inout [Declaration]
    ) throws(ParseFailure) {
        let outerDeclaration = declarationStart
        declarationStart = position
        try declaration(in: context, to: &list)
        declarationStart = outerDeclaration
        guard kind == .newline || kind == terminator else { throw unexpected(expecting: "the end of the declaration") }
    }

    private mutating func declaration(
        in context: DeclarationContext, to list: inout [Declaration]
    ) throws(ParseFailure) {
        let start = token
        if let refusal = context.refusal(of: start.kind) { throw failure(refusal, at: start.range) }
        if start.kind == .pragmaOpen { return try pragma(to: &list) }
        let kind = try declarationKind(in: context)
        list.append(Declaration(range: start.range.joined(with: previousRange), kind: kind))
    }

    private mutating func declarationKind(in context: DeclarationContext) throws(ParseFailure) -> Declaration.Kind {
        let start = token
        switch start.kind {
        case .channel: return try channel()
        case .datatype, .subtype: return try datatype(isSubtype: start.kind == .subtype)
        case .nametype:
            advance()
            let name = try name("the name of the type")
            try expect(.define, "`=`")
            return .nametype(name, try bodyExpression())
        case .external, .transparent:
            advance()
            let names = try names("the name of a built-in function")
            return start.kind == .external ? .external(names) : .transparent(names)
        case .assert: return .assertion(try assertion(isPragma: false))
        case .module: return .module(try module(in: context))
        case .instance: return .instance(try instance())
        case .timed: return .timed(try timedSection(in: context))
        case .print:
            advance()
            return .print(try bodyExpression())
        case .include:
            advance()
            return .include(path: Lexer.includedPath(text(start)) ?? "")
        case .identifier where self.kind(ahead: 1) == .doubleColon || self.kind(ahead: 1) == .comma:
            return try annotation()
        case .identifier where self.kind(ahead: 1) == .leftParenthesis:
            return try function()
        case .within, .exports, .endmodule, .endOfFile, .rightParenthesis, .rightBrace:
            throw unexpected(expecting: "a declaration")
        default:
            let pattern = try pattern()
            try expect(.define, "`=`")
            return .binding(pattern, try bodyExpression())
        }
    }

    /// The right side of a declaration.
    private mutating func bodyExpression() throws(ParseFailure) -> Expression {
        let body = try expression()
        declarationHeight = max(declarationHeight, body.height)
        return body
    }

    private mutating func names(_ what: String) throws(ParseFailure) -> [Name] {
        var names = [try name(what)]
        while skip(.comma) { names.append(try name(what)) }
        return names
    }

    private mutating func function() throws(ParseFailure) -> Declaration.Kind {
        let start = range
        let name = try name("a name")
        var parameters: [[Pattern]] = []
        while kind == .leftParenthesis {
            parameters.append(try parenthesisedList { parser throws(ParseFailure) in try parser.pattern() })
        }
        try expect(.define, "`=` after the parameters of `\(name.text)`")
        let body = try bodyExpression()
        let clause = Declaration.Clause(
            parameters: parameters, body: body, range: start.joined(with: body.outerRange))
        return .function(name, [clause])
    }

    private mutating func channel() throws(ParseFailure) -> Declaration.Kind {
        advance()
        let names = try names("the name of a channel")
        guard skip(.colon) else { return .channel(names, nil) }
        return .channel(names, try bodyExpression())
    }

    private mutating func datatype(isSubtype: Bool) throws(ParseFailure) -> Declaration.Kind {
        advance()
        let name = try name("the name of the type")
        try expect(.define, "`=` and the constructors")
        var constructors: [Declaration.Constructor] = []
        repeat {
            let start = range
            let constructor = try self.name("the name of a constructor")
            let fields = skip(.dot) ? try bodyExpression() : nil
            constructors.append(
                Declaration.Constructor(name: constructor, fields: fields, range: start.joined(with: previousRange)))
        } while skip(.pipe)
        return .datatype(name, constructors, isSubtype: isSubtype)
    }

    private mutating func module(in context: DeclarationContext) throws(ParseFailure) -> Module {
        let start = token
        advance()
        let name = try name("the name of the module")
        var parameters: [Pattern] = []
        let isParameterised = kind == .leftParenthesis
        if isParameterised {
            let list = range
            parameters = try parenthesisedList { parser throws(ParseFailure) in try parser.pattern() }
            if parameters.isEmpty {
                throw failure(
                    "a module's parameter list cannot be empty", at: list.joined(with: previousRange),
                    note: "a module without parameters is written `module \(name.text)`")
            }
        }
        let outerBrackets = brackets
        brackets.append(start)
        var inside = context
        inside.isModule = true
        guard kind == .newline || kind == .exports else { throw unexpected(expecting: "the end of the line") }
        let hidden = try declarations(in: inside, until: .exports)
        advance()
        let exported = try declarations(in: inside, until: .endmodule)
        advance()
        brackets = outerBrackets
        // A function's clauses do not reach over `exports`, so each part is grouped alone.
        let (first, second) = (group(hidden), group(exported))
        checkAnnotations(first + second)
        return Module(
            name: name, parameters: parameters, isParameterised: isParameterised, scope: Scope(first + second),
            privateCount: first.count)
    }

    private mutating func instance() throws(ParseFailure) -> ModuleInstance {
        advance()
        let name = try name("the name of the instance")
        try expect(.define, "`=` and the module")
        guard kind == .identifier || kind == .qualifiedName else { throw unexpected(expecting: "the name of a module") }
        let module = Name(text(token), range: range)
        advance()
        guard kind == .leftParenthesis else { return ModuleInstance(name: name, module: module, arguments: []) }
        let list = range
        let arguments = try parenthesisedList { parser throws(ParseFailure) in try parser.expression() }
        if arguments.isEmpty {
            throw failure(
                "the arguments of an instance cannot be empty", at: list.joined(with: previousRange),
                note: "an instance of a module without parameters is written `instance \(name.text) = \(module.text)`")
        }
        declarationHeight = max(declarationHeight, height(arguments))
        return ModuleInstance(name: name, module: module, arguments: arguments)
    }

    private mutating func timedSection(in context: DeclarationContext) throws(ParseFailure) -> TimedSection {
        advance()
        var duration: Expression?
        if kind == .leftParenthesis {
            let outer = open()
            duration = try bodyExpression()
            try close(.rightParenthesis, outer, "`)`")
        }
        guard kind == .leftBrace else { throw unexpected(expecting: "`{` and the declarations of the Timed section") }
        let outer = open()
        var inside = context
        inside.isTimed = true
        let declarations = finished(try declarations(in: inside, until: .rightBrace))
        try close(.rightBrace, outer, "`}`")
        return TimedSection(duration: duration, declarations: declarations)
    }

    /// `{-# assert … #-}`: assertions that other tools take for a comment.
    private mutating func pragma(to list: inout [Declaration]) throws(ParseFailure) {
        let opening = position
        brackets.append(token)
        advance()
        skipNewlines()
        while kind != .pragmaClose {
            let start = position
            do throws(ParseFailure) {
                guard kind == .assert else { throw unexpected(expecting: "`assert` or `#-}`") }
                let assertion = try assertion(isPragma: true)
                list.append(
                    Declaration(
                        range: tokens[start].range.joined(with: previousRange), kind: .assertion(assertion)))
                guard kind == .newline || kind == .pragmaClose else { throw unexpected(expecting: "`#-}`") }
            } catch {
                guard diagnostics.count < Parser.diagnosticsMax,
                    let next = tokens[max(position, start + 1)...].firstIndex(where: {
                        $0.kind == .assert || $0.kind == .pragmaClose || $0.kind == .pragmaOpen
                    }), tokens[next].kind != .pragmaOpen
                else { throw error }
                report(error)
                (openSequences, brackets, position) = (0, [tokens[opening]], next)
            }
            skipNewlines()
        }
        advance()
        brackets.removeLast()
    }

    // MARK: After an error

    /// Passes over the rest of a faulty declaration: to the first line that begins one and is not indented more than it was.
    private mutating func recover(from start: Int) {
        (openSequences, brackets, isSpeculating, declarationStart) = (0, [], false, nil)
        let indentation = indentation(of: start)
        // The fault may be in the first line of the next declaration, if the line before it soaked its line end.
        var next = firstTokenOfLine(position) ?? position
        if next <= start { next = start + 1 }
        while next < tokens.count - 1, !beginsDeclaration(next, indentation) { next += 1 }
        position = next
    }

    /// How far the line that a token stands on is indented.
    private func indentation(of index: Int) -> Int { column(firstTokenOfLine(index) ?? index) ?? 0 }

    /// Where to go on after a faulty declaration of an inner scope: at its terminator, or at a line that begins a declaration
    /// and is indented no more than the faulty one; nil if a declaration from outside comes first.
    private func nextDeclaration(after start: Int, isLet: Bool, until terminator: TokenKind) -> Int? {
        let opener: TokenKind = terminator == .within ? .let : terminator == .rightBrace ? .leftBrace : .module
        let closer: TokenKind = terminator == .exports ? .endmodule : terminator
        let own = startsLine(start) ? column(start) ?? 0 : offsetInLine(start)
        // A module or a Timed section need not be indented; what a let declares is, or it could not be told from what follows.
        let least = isLet ? declarationStart.map { indentation(of: $0) + 1 } ?? 0 : 0
        let line = firstTokenOfLine(position) ?? position
        var nesting = 0
        for index in start..<tokens.count - 1 {
            let kind = tokens[index].kind
            if kind == opener { nesting += 1 }
            if nesting == 0, index >= position, kind == terminator { return index }
            if kind == closer, nesting > 0 { nesting -= 1 }
            guard index > start, index >= line, beginsDeclaration(index, own) else {
                continue
            }
            return (column(index) ?? 0) >= least ? index : nil
        }
        return nil
    }

    private func beginsDeclaration(_ index: Int, _ indentation: Int) -> Bool {
        let kind = tokens[index].kind
        if kind == .pragmaOpen || kind == .include { return true }
        guard kind == .identifier || kind.beginsDeclaration, let column = column(index), column <= indentation else {
            return false
        }
        guard kind == .identifier else { return true }
        switch tokens[min(index + 1, tokens.count - 1)].kind {
        case .define, .leftParenthesis, .doubleColon, .comma: return true
        default: return false
        }
    }

    // MARK: Clauses and annotations

    /// Joins the clauses of a function that stand next to each other in one file.
    private func group(_ declarations: [Declaration]) -> [Declaration] {
        var result: [Declaration] = []
        result.reserveCapacity(declarations.count)
        var pending: (name: Name, clauses: [Declaration.Clause], range: SourceRange)?
        func flush() {
            guard let group = pending else { return }
            result.append(Declaration(range: group.range, kind: .function(group.name, group.clauses)))
            pending = nil
        }
        for declaration in declarations {
            guard case .function(let name, let clauses) = declaration.kind else {
                flush()
                result.append(declaration)
                continue
            }
            if let group = pending, group.name.text == name.text, group.range.file == declaration.range.file {
                pending!.clauses += clauses
                pending!.range = group.range.joined(with: declaration.range)
            } else {
                flush()
                pending = (name, clauses, declaration.range)
            }
        }
        flush()
        return result
    }

    /// Each annotation is for a name of its own scope, and each name has at most one.
    private mutating func checkAnnotations(_ declarations: [Declaration]) {
        var annotated: [String: Name] = [:]
        for declaration in declarations {
            guard case .annotation(let names, _) = declaration.kind else { continue }
            for name in names {
                if let first = annotated.updateValue(name, forKey: name.text) {
                    report(
                        ParseFailure(
                            message: "`\(name.text)` has a second type annotation", range: name.range,
                            notes: [("the first one is here", first.range)]))
                }
            }
        }
        guard !annotated.isEmpty else { return }
        var declared: Set<String> = []
        for declaration in declarations {
            switch declaration.kind {
            case .function(let name, _), .nametype(let name, _): declared.insert(name.text)
            case .binding(let pattern, _): collect(pattern, &declared)
            case .datatype(_, let constructors, isSubtype: false): declared.formUnion(constructors.map(\.name.text))
            case .channel(let names, _):
                declared.formUnion(names.map(\.text))
                let marked = names.filter { annotated[$0.text] != nil }
                // One declaration has one type, so it has one annotation.
                if names.count > 1, let first = marked.first, !isOneAnnotation(names, declarations) {
                    report(
                        ParseFailure(
                            message: "channels that are declared together are annotated together: "
                                + "`\(names.map(\.text).joined(separator: ", ")) :: …`",
                            range: annotated[first.text]!.range,
                            notes: [("the channels are declared here", declaration.range)]))
                }
            default: break
            }
        }
        for name in annotated.values.sorted(by: { $0.range.start < $1.range.start }) where !declared.contains(name.text)
        {
            report(
                ParseFailure(
                    message: "this type annotation is for `\(name.text)`, which is not defined in the same scope",
                    range: name.range))
        }
    }

    private func isOneAnnotation(_ names: [Name], _ declarations: [Declaration]) -> Bool {
        declarations.contains { declaration in
            guard case .annotation(let annotated, _) = declaration.kind else { return false }
            return Set(names.map(\.text)).isSubset(of: annotated.map(\.text))
        }
    }

    private func collect(_ pattern: Pattern, _ names: inout Set<String>) {
        switch pattern.kind {
        case .name(let name): names.insert(name.text)
        case .tuple(let parts), .sequence(let parts), .concatenation(let parts), .set(let parts), .dotted(let parts):
            for part in parts { collect(part, &names) }
        case .both(let left, let right):
            collect(left, &names)
            collect(right, &names)
        case .wildcard, .integer, .boolean, .character, .string: break
        }
    }
}
