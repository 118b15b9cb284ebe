// The first pass over a scope: its declarations bind their names, before any expression is looked at. They may stand in any order.

extension Naming {
    /// Declares what a file or a module declares.
    ///
    /// - Parameter exportedFrom: declarations from this index on are exported by `module`.
    mutating func declare(_ scope: Scope, exportedFrom: Int, of module: ModuleEntry?) {
        // Constructors and channels first: they decide what the patterns of other declarations bind.
        for declaration in scope.declarations { declareConstants(declaration, in: scope) }
        for declaration in scope.declarations { declareValues(declaration, in: scope) }
        if let module {
            var exported: Set<String> = []
            for declaration in scope.declarations.dropFirst(exportedFrom) { collectNames(declaration, &exported) }
            for name in exported { module.exports[name] = environment.symbols[name] }
        }
        attachAnnotations(scope.declarations)
    }

    /// Binds a name of the scope at hand, unless it is taken there.
    private mutating func declare(
        _ name: Name, _ kind: Symbol.Kind, in scope: Scope, _ declaration: Declaration
    ) {
        let symbol = makeSymbol(name.text, kind, at: name.range, isTopLevel: true)
        symbol.declaration = declaration
        name.symbol = symbol
        scope.symbols.append(symbol)
        if let first = environment.bind(name.text, to: symbol), first.builtin == nil {
            reportDuplicate(name, first: first)
        }
    }

    mutating func reportDuplicate(_ name: Name, first: Symbol) {
        var notes: [(String, SourceRange?)] = [("it is declared here first", first.range)]
        if first.kind == .function, first.range.file == name.range.file {
            notes.append(("the clauses of a function stand next to each other", nil))
        } else if first.kind == .function {
            notes.append(("all clauses of a function stand in one file", nil))
        }
        report("`\(name.text)` is declared twice", at: name.range, notes: notes)
    }

    private mutating func declareConstants(_ declaration: Declaration, in scope: Scope) {
        switch declaration.kind {
        case .channel(let names, _):
            for name in names { declare(name, .channel, in: scope, declaration) }
        case .datatype(let name, let constructors, let isSubtype):
            declare(name, isSubtype ? .subtype : .datatype, in: scope, declaration)
            guard !isSubtype else { break }
            for constructor in constructors {
                declare(constructor.name, .constructor, in: scope, declaration)
                constructor.name.symbol.parent = name.symbol
            }
        case .timed(let section):
            for inner in section.declarations { declareConstants(inner, in: scope) }
        default: break
        }
    }

    private mutating func declareValues(_ declaration: Declaration, in scope: Scope) {
        switch declaration.kind {
        case .function(let name, let clauses):
            declare(name, .function, in: scope, declaration)
            checkClauses(name, clauses)
        case .binding(let pattern, _):
            declare(pattern, in: scope, declaration)
        case .nametype(let name, _):
            declare(name, .nametype, in: scope, declaration)
        case .external(let names): bring(names, isTransparent: false)
        case .transparent(let names): bring(names, isTransparent: true)
        case .module(let module):
            declare(module.name, .module, in: scope, declaration)
            declare(module, as: module.name.symbol, origin: module, definition: environment)
        case .instance(let instance):
            declare(instance.name, .instance, in: scope, declaration)
            pendingInstances[instance.name.symbol.id] = (instance, environment, enclosing)
            instances.append(instance.name.symbol)
        case .timed(let section):
            for inner in section.declarations { declareValues(inner, in: scope) }
        default: break
        }
    }

    /// The variables of a pattern that is bound by `p = e`.
    private mutating func declare(_ pattern: Pattern, in scope: Scope, _ declaration: Declaration) {
        switch pattern.kind {
        case .name(let name):
            if let constant = constant(name) {
                name.symbol = constant
            } else if name.text.contains(":") {
                report("a qualified name cannot be defined here", at: name.range)
            } else {
                declare(name, .variable, in: scope, declaration)
            }
        default:
            for part in pattern.parts { declare(part, in: scope, declaration) }
        }
    }

    /// The constructor or channel that a name in a pattern stands for; nil if it binds.
    mutating func constant(_ name: Name) -> Symbol? {
        guard let symbol = lookup(name) else { return nil }
        return symbol.kind == .constructor || symbol.kind == .channel ? symbol : nil
    }

    mutating func checkClauses(_ name: Name, _ clauses: [Declaration.Clause]) {
        let shape = clauses[0].parameters.map(\.count)
        for clause in clauses.dropFirst() where clause.parameters.map(\.count) != shape {
            let start = clause.range.start
            let head = SourceRange(file: clause.range.file, start: start, end: start + Int32(name.text.utf8.count))
            report(
                "this clause of `\(name.text)` takes \(Naming.describe(clause.parameters.map(\.count))), "
                    + "the first one \(Naming.describe(shape))", at: head, notes: [("the first clause", name.range)])
        }
    }

    /// `2 arguments`, or `2, then 1 arguments` for curried functions.
    private static func describe(_ counts: [Int]) -> String {
        counts.map(String.init).joined(separator: ", then ") + (counts == [1] ? " argument" : " arguments")
    }

    /// `external` and `transparent`. To bring a name in twice is harmless.
    private mutating func bring(_ names: [Name], isTransparent: Bool) {
        for name in names {
            guard let symbol = broughtSymbol(name, isTransparent: isTransparent) else { continue }
            if let first = environment.bind(name.text, to: symbol), first.builtin == nil {
                reportDuplicate(name, first: first)
            }
        }
    }

    /// The built-in function that `external` or `transparent` names.
    mutating func broughtSymbol(_ name: Name, isTransparent: Bool) -> Symbol? {
        let word = isTransparent ? "transparent" : "external"
        let known = Builtin.allCases.filter { isTransparent ? $0.isTransparent : $0.isExternal }
        guard let builtin = Builtin(rawValue: name.text), known.contains(builtin) else {
            var notes: [(String, SourceRange?)] = []
            if let builtin = Builtin(rawValue: name.text), builtin.isExternal || builtin.isTransparent {
                notes.append(("it is declared with `\(isTransparent ? "external" : "transparent") \(name.text)`", nil))
            } else if let near = Spelling.nearest(to: name.text, among: known.map(\.rawValue)) {
                notes.append(("did you mean `\(near)`?", nil))
            } else {
                notes.append(("the \(word) functions are: \(known.map(\.rawValue).joined(separator: ", "))", nil))
            }
            report("there is no \(word) function `\(name.text)`", at: name.range, notes: notes)
            return nil
        }
        name.symbol = builtins[builtin]
        return name.symbol
    }

    private func collectNames(_ declaration: Declaration, _ names: inout Set<String>) {
        switch declaration.kind {
        case .function(let name, _), .nametype(let name, _): names.insert(name.text)
        case .binding(let pattern, _): pattern.collectNames(&names)
        case .channel(let declared, _): names.formUnion(declared.map(\.text))
        case .datatype(let name, let constructors, let isSubtype):
            names.insert(name.text)
            if !isSubtype { names.formUnion(constructors.map(\.name.text)) }
        case .external(let brought), .transparent(let brought): names.formUnion(brought.map(\.text))
        case .module(let module): names.insert(module.name.text)
        case .instance(let instance): names.insert(instance.name.text)
        case .timed(let section): for inner in section.declarations { collectNames(inner, &names) }
        case .annotation, .assertion, .print, .include: break
        }
    }

    private func attachAnnotations(_ declarations: [Declaration]) {
        for declaration in declarations {
            switch declaration.kind {
            case .annotation(let names, let annotation):
                for name in names {
                    name.symbol = environment.symbols[name.text]
                    name.symbol?.annotation = annotation
                }
            case .timed(let section): attachAnnotations(section.declarations)
            default: break
            }
        }
    }

    // MARK: Modules

    /// Makes the entry of a module, or of the copy of one that is an instance's own.
    mutating func declare(_ module: Module, as symbol: Symbol, origin: Module, definition: Environment) {
        let entry = ModuleEntry(
            module: module, origin: origin, definition: definition, enclosing: enclosing, symbol: symbol)
        modules[symbol.id] = entry
        inside(entry) { naming in
            naming.environment = entry.inside.parent!
            for parameter in module.parameters { naming.declareParameters(parameter) }
            naming.environment = entry.inside
            naming.declare(module.scope, exportedFrom: module.privateCount, of: entry)
        }
    }

    private mutating func declareParameters(_ pattern: Pattern) {
        guard case .name(let name) = pattern.kind else {
            for part in pattern.parts { declareParameters(part) }
            return
        }
        if let constant = constant(name) {
            name.symbol = constant
            return
        }
        let symbol = makeSymbol(name.text, .variable, at: name.range, isTopLevel: true)
        name.symbol = symbol
        if let first = environment.bind(name.text, to: symbol) { reportDuplicate(name, first: first) }
    }

    /// Runs with the environment of a module.
    mutating func inside(_ entry: ModuleEntry, _ body: (inout Naming) -> Void) {
        let outer = (environment, enclosing)
        (environment, enclosing) = (entry.inside, entry)
        body(&self)
        (environment, enclosing) = outer
    }

    /// The entry of a module or an instance, which is expanded if it is not yet.
    mutating func entry(of symbol: Symbol) -> ModuleEntry? {
        if let pending = pendingInstances.removeValue(forKey: symbol.id) {
            let outer = (environment, enclosing)
            (environment, enclosing) = (pending.environment, pending.enclosing)
            expand(pending.instance)
            (environment, enclosing) = outer
        }
        return modules[symbol.id]
    }

    mutating func expandInstances() {
        // An expansion may hold more instances.
        var next = 0
        while next < instances.count {
            if modules.count >= Naming.instancesMax {
                return report(
                    "there are more than \(Naming.instancesMax) instances of modules", at: instances[next].range)
            }
            _ = entry(of: instances[next])
            next += 1
        }
    }

    /// Nested instances multiply: 40 lines could make a million.
    static let instancesMax = 10_000

    private mutating func expand(_ instance: ModuleInstance) {
        guard let symbol = lookup(instance.module) else { return reportUnknown(instance.module) }
        instance.module.symbol = symbol
        guard symbol.kind == .module, let entry = entry(of: symbol) else {
            let what = symbol.kind == .instance ? "is an instance, not a module" : "is not a module"
            return report(
                "`\(instance.module.text)` \(what)", at: instance.module.range,
                notes: [("it is declared here", symbol.range)])
        }
        let expected = entry.module.parameters.count
        guard instance.arguments.count == expected else {
            return report(
                "the module `\(instance.module.text)` takes \(Naming.describe([expected])), not \(instance.arguments.count)",
                at: instance.module.range, notes: [("the module is declared here", entry.module.name.range)])
        }
        var outer = enclosing
        while let around = outer {
            guard around.origin !== entry.origin else {
                return report(
                    "the module `\(entry.origin.name.text)` has an instance of itself inside", at: instance.name.range,
                    notes: [("so it never ends; the module is declared here", entry.origin.name.range)])
            }
            outer = around.enclosing
        }
        var copy = TreeCopy(tree: tree)
        instance.expansion = copy.copy(entry.module, named: instance.name)
        declare(instance.expansion, as: instance.name.symbol, origin: entry.origin, definition: entry.definition)
    }
}

extension Pattern {
    /// The patterns that it is made of.
    var parts: [Pattern] {
        switch kind {
        case .tuple(let parts), .sequence(let parts), .concatenation(let parts), .set(let parts), .dotted(let parts):
            parts
        case .both(let left, let right): [left, right]
        case .wildcard, .integer, .boolean, .character, .string, .name: []
        }
    }

    /// The names in it, binders and constants.
    func collectNames(_ names: inout Set<String>) {
        if case .name(let name) = kind { names.insert(name.text) }
        for part in parts { part.collectNames(&names) }
    }
}
