/// Scopes: groups of declarations, and what becomes general.
extension TypeInference {
    func check(_ scope: Scope, as kind: ScopeKind) {
        for group in BindingGroups(scope).ordered() { check(group, as: kind) }
    }

    /// Types declarations that use each other. Within the group each name has one type.
    private func check(_ group: [DeclarationItem], as kind: ScopeKind) {
        let before = errorCount
        let symbols = group.flatMap(\.symbols)
        let generalises = kind != .local || symbols.contains { $0.annotation != nil }
        if generalises { unifier.level += 1 }
        for symbol in symbols {
            assign(unifier.fresh(), to: symbol)
            if symbol.kind == .datatype { datatypes[symbol] = DatatypeRecord() }
        }
        for item in group { assignShape(item) }
        for item in group.filter(\.isDatatype) + group.filter({ !$0.isDatatype }) {
            let outer = instances
            instances = item.instances
            check(item)
            instances = outer
        }
        if generalises { unifier.level -= 1 }
        settleComparability(of: symbols.filter { $0.kind == .datatype })
        close(symbols, as: kind, isDoubtful: errorCount > before)
        if kind == .program && errorCount == before { checkForAmbiguity(group) }
    }

    /// How many arguments a function takes is known before its equations are looked at: a call in one of them that gives
    /// too few is what is wrong, and not the equation.
    private func assignShape(_ item: DeclarationItem) {
        guard case .declaration(let declaration) = item.kind, case .function(let name, let clauses) = declaration.kind,
            let symbol = name.symbol, let clause = clauses.first
        else { return }
        var type = unifier.fresh()
        for parameters in clause.parameters.reversed() {
            type = .function(parameters.map { _ in unifier.fresh() }, type)
        }
        assign(type, to: symbol)
    }

    /// Makes the types of the group's names general as far as the scope allows.
    private func close(_ symbols: [Symbol], as kind: ScopeKind, isDoubtful: Bool) {
        func isGeneral(_ symbol: Symbol) -> Bool { kind != .local || symbol.annotation != nil }
        for symbol in symbols where !isGeneral(symbol) {
            unifier.work = 0
            if let type = schemes[symbol.id]?.type { unifier.hold(type) }
        }
        for symbol in symbols {
            guard let type = schemes[symbol.id]?.type else { continue }
            unifier.work = 0
            if isDoubtful && symbol.annotation == nil && (symbol.kind == .variable || symbol.kind == .function) {
                // Half of a type would only lead to more errors.
                assign(.unknown, to: symbol)
            } else if isGeneral(symbol) {
                schemes[symbol.id] = unifier.generalise(type)
            }
            if unifier.isExhausted {
                reportTooLarge(at: symbol.range)
                assign(.unknown, to: symbol)
            }
        }
    }

    /// The values of a channel or constructor must be of known types, so that they can be counted.
    private func checkForAmbiguity(_ group: [DeclarationItem]) {
        for item in group {
            let outer = instances
            instances = item.instances
            for symbol in item.symbols where symbol.kind == .channel || symbol.kind == .constructor {
                guard let scheme = schemes[symbol.id], !scheme.variables.isEmpty else { continue }
                let noun = symbol.kind == .channel ? "channel" : "constructor"
                var notes: [(message: String, range: SourceRange?)] = [
                    ("an annotation such as `S :: {Int}` for an empty set tells of what it is a set", nil)
                ]
                if !instances.isEmpty { notes.append(("\(symbol.name) is declared here", symbol.range)) }
                report(
                    "the type of the \(noun) \(symbol.name) is not determined: \(scheme)",
                    at: instances.first?.name.range ?? symbol.range, notes: notes)
                // One is enough of those that are declared together.
                break
            }
            instances = outer
        }
    }

    private func check(_ item: DeclarationItem) {
        switch item.kind {
        case .declaration(let declaration): check(declaration)
        case .arguments(let instance): checkArguments(instance)
        case .timing(let section):
            if let tock = section.tock {
                unify(.event, type(of: tock), at: item.range, .place("`tock`, on which a Timed section synchronises,"))
            }
            if let duration = section.duration {
                expect(duration, .function([.event], .int), .place("the duration function of a Timed section"))
            }
        }
    }

    private func check(_ declaration: Declaration) {
        switch declaration.kind {
        case .function(let name, let clauses): checkFunction(name.symbol, clauses)
        case .binding(let pattern, let body): checkBinding(pattern, body)
        case .channel(let names, let fields): checkChannel(names.map(\.symbol), fields)
        case .datatype(let name, let constructors, let isSubtype):
            isSubtype ? checkSubtype(name.symbol, constructors) : checkDatatype(name.symbol, constructors)
        case .nametype(let name, let set): checkNametype(name.symbol, set)
        case .assertion(let assertion): check(assertion)
        case .module(let module): checkModule(module)
        case .print(let expression): infer(expression)
        case .instance, .timed, .external, .transparent, .annotation, .include: break
        }
    }

    // MARK: - Definitions

    private func checkFunction(_ symbol: Symbol, _ clauses: [Declaration.Clause]) {
        let outer = typeVariables
        defer { typeVariables = outer }
        let annotated = symbol.annotation.map { type(of: $0, for: symbol) }
        for clause in clauses {
            bind(Array(clause.parameters.joined()))
            let type = annotated.map { check(clause, of: symbol, is: $0) } ?? infer(clause)
            unify(schemes[symbol.id]!.type, type, at: clause.range, .clause(symbol))
        }
    }

    private func infer(_ clause: Declaration.Clause) -> CSPMType {
        for pattern in clause.parameters.joined() { _ = simplifiedType(of: pattern) }
        let result = simplified(infer(clause.body), at: clause.body.range)
        return parameterTypes(clause).reversed().reduce(result) { .function($1, $0) }
    }

    /// Parameters stand for as many fields as they can: in `f(B.x)`, x is all that B lacks.
    private func simplifiedType(of pattern: Pattern) -> CSPMType {
        simplified(infer(pattern), at: pattern.range)
    }

    /// What the parameters are once the body has been seen, which may have told how many fields a variable stands for.
    private func parameterTypes(_ clause: Declaration.Clause) -> [[CSPMType]] {
        clause.parameters.map { $0.map(simplifiedType) }
    }

    private func check(_ clause: Declaration.Clause, of symbol: Symbol, is annotated: CSPMType) -> CSPMType {
        let result = unifier.fresh()
        let wanted = clause.parameters.map { $0.map { _ in unifier.fresh() } }
        let shape = wanted.reversed().reduce(result) { .function($1, $0) }
        unify(annotated, shape, at: clause.range, .annotation(symbol))
        for (patterns, types) in zip(clause.parameters, wanted) {
            for (pattern, type) in zip(patterns, types) {
                let actual = simplifiedType(of: pattern)
                let wanted = simplified(type, at: pattern.range)
                match(actual, wanted, at: pattern.range, .annotatedParameter)
            }
        }
        let bodyType = expect(clause.body, result, .place("the result of \(symbol.name)"))
        let simple = simplified(bodyType, at: clause.body.range)
        return parameterTypes(clause).reversed().reduce(simple) { .function($1, $0) }
    }

    private func checkBinding(_ pattern: Pattern, _ body: Expression) {
        let outer = typeVariables
        defer { typeVariables = outer }
        var single: (symbol: Symbol, type: CSPMType)?
        pattern.forEachVariable { symbol in
            guard let annotation = symbol.annotation else { return }
            let annotated = type(of: annotation, for: symbol)
            unify(annotated, schemes[symbol.id]!.type, at: pattern.range, .annotation(symbol))
            single = (symbol, annotated)
        }
        let patternType = infer(pattern)
        let bodyType: CSPMType
        if let single, case .name = pattern.kind {
            bodyType = expect(body, single.type, .place("the value of \(single.symbol.name)"))
        } else {
            bodyType = infer(body)
        }
        let value = simplified(bodyType, at: body.range)
        match(simplified(patternType, at: pattern.range), value, at: body.range, .place("what the pattern stands for"))
    }

    // MARK: - Modules

    private func checkModule(_ module: Module) {
        bind(module.parameters)
        for parameter in module.parameters { _ = simplifiedType(of: parameter) }
        check(module.scope, as: .module)
        let types = CSPMType.tuple(module.parameters.map(simplifiedType))
        unify(schemes[module.name.symbol.id]!.type, types, at: module.name.range)
    }

    /// The arguments must be what the module as such asks for; then each parameter has the type of its argument alone.
    private func checkArguments(_ instance: ModuleInstance) {
        let parameters = instance.expansion.parameters
        if parameters.count != instance.arguments.count {
            report(
                "the module \(instance.module.text) takes \(count(parameters.count, "argument")), "
                    + "but \(instance.arguments.count) are given",
                at: instance.name.range,
                notes: [("\(instance.module.text) is declared here", declaration(of: instance.module.symbol))])
        }
        let asked = typesAsked(by: instance)
        for (index, (parameter, argument)) in zip(parameters, instance.arguments).enumerated() {
            let before = errorCount
            let parameterType = simplifiedType(of: parameter)
            let type = expect(
                argument, index < asked.count ? asked[index] : .unknown, .place("the argument of the module"))
            let isRight = errorCount == before
            match(parameterType, isRight ? type : .unknown, at: argument.range, .place("the argument of the module"))
            if !isRight { parameter.forEachVariable { assign(.unknown, to: $0) } }
        }
    }

    /// The types of the module's parameters, with any type in place of the module's own datatypes: the instance has others.
    private func typesAsked(by instance: ModuleInstance) -> [CSPMType] {
        guard let symbol = instance.module.symbol, let scheme = schemes[symbol.id],
            case .tuple(let types) = unifier.instantiate(scheme).resolved
        else { return [] }
        guard case .module(let module) = symbol.declaration?.kind else { return types }
        let own = Set(module.scope.symbols.filter { $0.kind == .datatype })
        return types.map { unifier.replacing(own, in: $0) }
    }
}
