// The second pass: every expression, with the names that its patterns bind.

extension Naming {
    /// The declarations of a file or a module, whose names are bound already.
    mutating func resolveDeclarations(_ declarations: [Declaration]) {
        for declaration in declarations { resolve(declaration) }
    }

    private mutating func resolve(_ declaration: Declaration) {
        let outer = user
        if let symbol = representative(of: declaration), symbol.isTopLevel { user = symbol }
        defer { user = outer }
        switch declaration.kind {
        case .function(_, let clauses): for clause in clauses { resolve(clause) }
        case .binding(let pattern, let value):
            check(pattern)
            resolve(value)
        case .channel(_, let fields): if let fields { resolve(fields) }
        case .datatype(let name, let constructors, let isSubtype):
            for constructor in constructors {
                if isSubtype { resolveSubtypeConstructor(constructor.name, of: name) }
                if let fields = constructor.fields { resolve(fields) }
            }
        case .nametype(_, let value), .print(let value): resolve(value)
        case .annotation(_, let annotation): resolve(annotation.type)
        case .assertion(let assertion): resolve(assertion)
        case .module(let module): resolve(module, module.name.symbol)
        case .instance(let instance):
            for argument in instance.arguments { resolve(argument) }
            if let module = instance.module.symbol { noteUse(module) }
            // What the copy uses, the module uses.
            user = nil
            if let expansion = instance.expansion { resolve(expansion, instance.name.symbol) }
        case .timed(let section): resolve(section)
        case .external, .transparent, .include: break
        }
    }

    private mutating func resolve(_ module: Module, _ symbol: Symbol?) {
        guard let symbol, let entry = modules[symbol.id] else { return }
        let timed = timedDepth
        inside(entry) { naming in
            // An expansion stands in the text of its module, whatever surrounds the instance.
            naming.timedDepth = 0
            naming.resolveDeclarations(module.scope.declarations)
        }
        timedDepth = timed
    }

    private mutating func resolve(_ section: TimedSection) {
        if let duration = section.duration { resolve(duration) }
        if let tock = lookup("tock"), tock.kind == .channel {
            section.tock = tock
            if case .channel(_, let fields?)? = tock.declaration?.kind {
                report(
                    "the channel `tock` of a Timed section has no fields", at: fields.outerRange,
                    notes: [("time passes with the event `tock`: `channel tock`", nil)])
            }
        } else {
            let range = section.duration?.outerRange ?? section.declarations.first?.range ?? .nowhere
            report("a Timed section needs `channel tock`, which is not declared", at: range)
        }
        timedDepth += 1
        resolveDeclarations(section.declarations)
        timedDepth -= 1
    }

    private mutating func resolveSubtypeConstructor(_ name: Name, of subtype: Name) {
        guard let symbol = lookup(name) else { return reportUnknown(name) }
        guard symbol.kind == .constructor else {
            return report(
                "`\(name.text)` is not a constructor, so the subtype `\(subtype.text)` cannot take it", at: name.range,
                notes: [("it is declared here", symbol.range)])
        }
        name.symbol = symbol
        noteUse(symbol)
        if subtype.symbol?.parent == nil { subtype.symbol?.parent = symbol.parent }
    }

    private mutating func resolve(_ type: TypeExpression) {
        switch type.kind {
        case .builtin, .variable: break
        case .datatype(let name):
            if let symbol = lookup(name), symbol.kind == .datatype {
                name.symbol = symbol
                noteUse(symbol)
            } else if name.path.count > 1 {
                guard let symbol = lookup(name) else { return reportUnknown(name) }
                report("`\(name.text)` is not a type", at: name.range, notes: [("it is declared here", symbol.range)])
            } else {
                type.kind = .variable(name.text)
            }
        case .set(let element), .sequence(let element): resolve(element)
        case .tuple(let elements): for element in elements { resolve(element) }
        case .function(let arguments, let result):
            for argument in arguments { resolve(argument) }
            resolve(result)
        case .dot(let left, let right), .dotable(let left, let right), .extendable(let left, let right),
            .map(let left, let right):
            resolve(left)
            resolve(right)
        }
    }

    private mutating func resolve(_ clause: Declaration.Clause) {
        withLocals { naming in
            naming.bind(clause.parameters.flatMap { $0 })
            naming.resolve(clause.body)
        }
    }

    // MARK: Patterns

    /// Binds the variables of patterns that stand side by side: none may occur twice.
    mutating func bind(_ patterns: [Pattern]) {
        var bound: [String: Symbol] = [:]
        for pattern in patterns { bind(pattern, &bound) }
    }

    mutating func bind(_ pattern: Pattern, _ bound: inout [String: Symbol]) {
        guard case .name(let name) = pattern.kind else {
            checkShape(pattern)
            for part in pattern.parts { bind(part, &bound) }
            return
        }
        if let first = bound[name.text] {
            return report(
                "`\(name.text)` is bound twice", at: name.range,
                notes: [
                    ("it is bound here first; to ask for equal values, bind two names and compare them", first.range)
                ])
        }
        if let constant = constant(name) {
            name.symbol = constant
            noteUse(constant)
        } else if name.path.count > 1 {
            if lookup(name) == nil { return reportUnknown(name) }
            report(
                "a qualified name binds nothing in a pattern: `\(name.text)` is no constructor or channel",
                at: name.range)
        } else {
            let symbol = makeSymbol(name.text, .variable, at: name.range, isTopLevel: false)
            name.symbol = symbol
            bound[name.text] = symbol
            bindLocal(name.text, to: symbol)
        }
    }

    /// Checks a pattern whose variables are declared already.
    private mutating func check(_ pattern: Pattern) {
        checkShape(pattern)
        for part in pattern.parts { check(part) }
    }

    private mutating func checkShape(_ pattern: Pattern) {
        switch pattern.kind {
        case .concatenation(let parts):
            let open = parts.filter { !$0.hasFixedLength }
            if open.count > 1 {
                report(
                    "this is not a valid sequence pattern: at most one part may have any length", at: pattern.range,
                    notes: [("as in `<x>^xs^<y>`; this part and another are open", open[1].range)])
            }
        case .set(let elements) where elements.count > 1:
            report(
                "this is not a valid set pattern", at: pattern.range,
                notes: [("a set has no order: only `{}` and `{p}` are patterns", nil)])
        default: break
        }
    }

    // MARK: Assertions

    private mutating func resolve(_ assertion: Assertion) {
        switch assertion.kind {
        case .refinement(let specification, _, let implementation):
            resolve(specification)
            resolve(implementation)
        case .property(let process, let property):
            resolve(process)
            resolve(property)
        }
        for option in assertion.options {
            switch option {
            case .tauPriority(let set): resolve(set)
            case .symmetryReduce(let sets): for set in sets { resolve(set) }
            case .partialOrderReduce: break
            }
        }
    }

    private mutating func resolve(_ property: Assertion.Property) {
        switch property {
        case .deadlockFree, .divergenceFree, .deterministic: break
        case .hasTrace(let trace): resolve(trace)
        case .linearTemporal(let formula): resolve(formula)
        case .starvationFree(let fairness, let pairs):
            if let events = fairness.events { resolve(events) }
            resolve(pairs)
        case .overtakingBounded(let bound, let fairness, let pairs):
            resolve(bound)
            if let events = fairness.events { resolve(events) }
            resolve(pairs)
        }
    }

    private mutating func resolve(_ formula: TemporalFormula) {
        switch formula {
        case .constant, .deadlock, .fairToAll: break
        case .occurs(let event):
            if case .name(let name) = event.kind, TemporalFormula.Unseen(rawValue: name.text) != nil,
                lookup(name) == nil
            {
                break
            }
            resolve(event)
        case .enabled(let event), .fair(_, let event): resolve(event)
        case .not(let inner), .temporal(_, let inner): resolve(inner)
        case .binary(_, let left, let right):
            resolve(left)
            resolve(right)
        }
    }
}

extension Pattern {
    /// Whether it matches sequences of one length only.
    fileprivate var hasFixedLength: Bool {
        switch kind {
        case .sequence, .string: true
        case .concatenation(let parts): parts.allSatisfy(\.hasFixedLength)
        case .both(let left, let right): left.hasFixedLength || right.hasFixedLength
        default: false
        }
    }
}
