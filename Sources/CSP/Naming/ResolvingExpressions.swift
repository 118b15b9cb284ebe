extension Naming {
    mutating func resolve(_ expression: Expression) {
        switch expression.kind {
        case .integer, .boolean, .character, .string: break
        case .name(let name): resolve(name)
        case .tuple(let parts), .dotted(let parts): for part in parts { resolve(part) }
        case .unary(_, let operand): resolve(operand)
        case .binary: resolveBinary(expression)
        case .conditional(let condition, let first, let second):
            resolve(condition)
            resolve(first)
            resolve(second)
        case .letWithin(let scope, let body):
            withLocals { naming in
                naming.declareLocal(scope)
                naming.resolveDeclarations(scope.declarations)
                naming.resolve(body)
            }
        case .lambda(let parameters, let body):
            withLocals { naming in
                naming.bind(parameters)
                naming.resolve(body)
            }
        case .application(let function, let arguments):
            resolve(function)
            for argument in arguments { resolve(argument) }
        case .collection(_, let elements, let statements):
            withStatements(statements) { naming in naming.resolve(elements) }
        case .map(let pairs):
            for pair in pairs {
                resolve(pair.key)
                resolve(pair.value)
            }
        default: resolveProcess(expression)
        }
    }

    private mutating func resolve(_ name: Name) {
        guard let symbol = lookup(name) else { return reportUnknown(name) }
        name.symbol = symbol
        noteUse(symbol)
        if symbol.kind == .module || symbol.kind == .instance {
            report(
                "`\(name.text)` is a module, not a value", at: name.range,
                notes: [("it is declared here", symbol.range)])
        }
    }

    /// A chain of operators leans to the left; it is walked with a loop.
    private mutating func resolveBinary(_ expression: Expression) {
        var rights: [Expression] = []
        var left = expression
        while case .binary(_, let next, let right) = left.kind {
            rights.append(right)
            left = next
        }
        resolve(left)
        while let right = rights.popLast() { resolve(right) }
    }

    private mutating func resolve(_ elements: Expression.Elements) {
        switch elements {
        case .list(let list): for element in list { resolve(element) }
        case .range(let first, let last):
            resolve(first)
            if let last { resolve(last) }
        }
    }

    private mutating func resolveProcess(_ expression: Expression) {
        switch expression.kind {
        case .prefix(let channel, let fields, let process):
            prefixHead = channel.range.start
            resolve(channel)
            withLocals { naming in
                naming.resolve(fields)
                naming.resolve(process)
            }
        case .synchronised(_, let left, let set, let right):
            resolve(left)
            resolve(set)
            resolve(right)
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            for part in [left, leftAlphabet, rightAlphabet, right] { resolve(part) }
        case .linkedParallel(let left, let links, let right):
            refuseInTimed("linked parallel", at: expression.range)
            resolve(left)
            resolve(links)
            resolve(right)
        case .rename(let process, let links):
            resolve(process)
            resolve(links)
        case .replicated(let replicated, let statements, let body):
            switch replicated {
            case .generalisedParallel(let set), .synchronisingExternalChoice(let set): resolve(set)
            default: break
            }
            withStatements(statements) { naming in
                switch replicated {
                case .alphabetisedParallel(let alphabet): naming.resolve(alphabet)
                case .linkedParallel(let links):
                    naming.refuseInTimed("linked parallel", at: expression.range)
                    naming.resolve(links)
                default: break
                }
                naming.resolve(body)
            }
        default: break
        }
    }

    private mutating func resolve(_ links: Expression.Links) {
        withStatements(links.statements) { naming in
            for pair in links.pairs {
                naming.resolve(pair.left)
                naming.resolve(pair.right)
            }
        }
    }

    /// A field sees the variables of the fields before it, and no two fields bind the same.
    private mutating func resolve(_ fields: [Field]) {
        var bound: [String: Symbol] = [:]
        var committed: Field?
        for field in fields {
            switch field.kind {
            case .output(let value): resolve(value)
            case .input(let pattern, let set), .nondeterministicInput(let pattern, let set):
                if let set { resolve(set) }
                rejectDouble(pattern)
                bind(pattern, &bound)
            }
            if case .nondeterministicInput = field.kind {
                refuseInTimed("`$`", at: field.range)
                if let committed {
                    report(
                        "a `$` field cannot follow a `?` or a `!`: what it chooses is chosen before the event is offered",
                        at: field.range, notes: [("the field before it", committed.range)])
                }
            } else {
                committed = committed ?? field
            }
        }
    }

    /// Some operators have no meaning in time.
    private mutating func refuseInTimed(_ what: String, at range: SourceRange) {
        if timedDepth > 0 { report("\(what) cannot stand inside a Timed section", at: range) }
    }

    private mutating func rejectDouble(_ pattern: Pattern) {
        if case .both = pattern.kind {
            report(
                "`@@` cannot stand in a field of a prefix", at: pattern.range,
                notes: [("bind a name, and match it in the process", nil)])
        }
        for part in pattern.parts { rejectDouble(part) }
    }

    /// A statement sees the variables of those before it, and no two bind the same.
    private mutating func withStatements(_ statements: [Statement], _ body: (inout Naming) -> Void) {
        withLocals { naming in
            var bound: [String: Symbol] = [:]
            for statement in statements {
                switch statement {
                case .generator(let pattern, let source):
                    naming.resolve(source)
                    naming.bind(pattern, &bound)
                case .condition(let condition): naming.resolve(condition)
                }
            }
            body(&naming)
        }
    }

    // MARK: Let

    /// Binds what the declarations of a `let` declare.
    private mutating func declareLocal(_ scope: Scope) {
        var bound: [String: Symbol] = [:]
        for declaration in scope.declarations { declareLocal(declaration, scope, &bound) }
        attachLocalAnnotations(scope.declarations, bound)
    }

    private mutating func declareLocal(_ declaration: Declaration, _ scope: Scope, _ bound: inout [String: Symbol]) {
        switch declaration.kind {
        case .function(let name, let clauses):
            declareLocal(name, .function, declaration, scope, &bound)
            checkClauses(name, clauses)
        case .binding(let pattern, _): declareLocal(pattern, declaration, scope, &bound)
        case .external(let names), .transparent(let names):
            var isTransparent = false
            if case .transparent = declaration.kind { isTransparent = true }
            for name in names {
                if let symbol = broughtSymbol(name, isTransparent: isTransparent) { bindLocal(name.text, to: symbol) }
            }
        case .timed(let section):
            for inner in section.declarations { declareLocal(inner, scope, &bound) }
        default: break
        }
    }

    private mutating func declareLocal(
        _ name: Name, _ kind: Symbol.Kind, _ declaration: Declaration, _ scope: Scope, _ bound: inout [String: Symbol]
    ) {
        let symbol = makeSymbol(name.text, kind, at: name.range, isTopLevel: false)
        symbol.declaration = declaration
        name.symbol = symbol
        scope.symbols.append(symbol)
        if let first = bound.updateValue(symbol, forKey: name.text) { reportDuplicate(name, first: first) }
        bindLocal(name.text, to: symbol)
    }

    private mutating func declareLocal(
        _ pattern: Pattern, _ declaration: Declaration, _ scope: Scope, _ bound: inout [String: Symbol]
    ) {
        guard case .name(let name) = pattern.kind else {
            for part in pattern.parts { declareLocal(part, declaration, scope, &bound) }
            return
        }
        if let constant = constant(name) {
            name.symbol = constant
        } else if name.path.count > 1 {
            report("a qualified name cannot be defined here", at: name.range)
        } else {
            declareLocal(name, .variable, declaration, scope, &bound)
        }
    }

    private func attachLocalAnnotations(_ declarations: [Declaration], _ bound: [String: Symbol]) {
        for declaration in declarations {
            switch declaration.kind {
            case .annotation(let names, let annotation):
                for name in names {
                    name.symbol = bound[name.text]
                    name.symbol?.annotation = annotation
                }
            case .timed(let section): attachLocalAnnotations(section.declarations, bound)
            default: break
            }
        }
    }
}
