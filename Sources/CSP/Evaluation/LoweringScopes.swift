extension Lowering {
    // MARK: Patterns

    /// A pattern whose variables get slots.
    func lower(_ pattern: Pattern, _ unit: Unit) -> PatternNode {
        let range = pattern.range
        switch pattern.kind {
        case .wildcard: return AnythingPattern(range)
        case .integer(let number): return LiteralPattern(range, .integer(number))
        case .boolean(let truth): return LiteralPattern(range, .boolean(truth))
        case .character(let scalar): return LiteralPattern(range, .character(scalar))
        case .string(let text): return LiteralPattern(range, .sequence(SequenceValue(text: text)))
        case .name(let name):
            if let symbol = name.symbol, case .head(let head) = target(of: symbol) { return HeadPattern(range, head) }
            return VariablePattern(range, slot: bind(name.symbol.id, in: unit))
        case .tuple(let parts): return TuplePattern(range, parts.map { lower($0, unit) })
        case .sequence(let parts):
            return SequencePattern(range, front: parts.map { lower($0, unit) }, middle: nil, back: [])
        case .concatenation(let parts): return lowerConcatenation(parts, range, unit)
        case .set(let elements): return SetPattern(range, elements.first.map { lower($0, unit) })
        case .dotted(let parts): return DottedPattern(range, parts.map { lower($0, unit) })
        case .both(let first, let second): return BothPattern(range, lower(first, unit), lower(second, unit))
        }
    }

    /// `<a>^s^<b, c>`: fixed parts, one part of any length, fixed parts.
    private func lowerConcatenation(_ parts: [Pattern], _ range: SourceRange, _ unit: Unit) -> PatternNode {
        var front: [PatternNode] = []
        var middle: PatternNode?
        var back: [PatternNode] = []
        for part in parts {
            if let fixed = fixedElements(part, unit) {
                if middle == nil { front += fixed } else { back += fixed }
            } else {
                middle = lower(part, unit)
            }
        }
        return SequencePattern(range, front: front, middle: middle, back: back)
    }

    /// The elements of a pattern of fixed length.
    private func fixedElements(_ pattern: Pattern, _ unit: Unit) -> [PatternNode]? {
        switch pattern.kind {
        case .sequence(let elements): elements.map { lower($0, unit) }
        case .string(let text): text.unicodeScalars.map { LiteralPattern(pattern.range, .character($0)) }
        case .concatenation(let parts) where parts.allSatisfy(isFixed): parts.flatMap { fixedElements($0, unit) ?? [] }
        default: nil
        }
    }

    private func isFixed(_ pattern: Pattern) -> Bool {
        switch pattern.kind {
        case .sequence, .string: true
        case .concatenation(let parts): parts.allSatisfy(isFixed)
        default: false
        }
    }

    /// The parameter in a slot: a variable needs no copy of its own.
    private func lowerParameter(_ pattern: Pattern, slot: Int, _ unit: Unit) -> PatternNode {
        if case .name(let name) = pattern.kind, let symbol = name.symbol, target(of: symbol) == nil {
            bind(symbol.id, to: slot, in: unit)
            return AnythingPattern(pattern.range)
        }
        return lower(pattern, unit)
    }

    /// The variables that a pattern binds, in order.
    func variables(of pattern: Pattern) -> [Symbol] {
        switch pattern.kind {
        case .wildcard, .integer, .boolean, .character, .string: []
        case .name(let name):
            if let symbol = name.symbol, case .head = target(of: symbol) { [] } else { [name.symbol] }
        case .tuple(let parts), .sequence(let parts), .concatenation(let parts), .set(let parts), .dotted(let parts):
            parts.flatMap(variables)
        case .both(let first, let second): variables(of: first) + variables(of: second)
        }
    }

    // MARK: Functions

    /// A definition whose clauses are still to be lowered.
    func declareFunction(_ name: Name, _ clauses: [Declaration.Clause], _ range: SourceRange) -> FunctionDefinition {
        let groups = clauses[0].parameters.map(\.count)
        let definition = FunctionDefinition(
            id: nextFunctionID(), name: name.symbol.name, range: name.range, groups: groups, machine: machine)
        definition.isProcess = isProcess(name.symbol, afterCalls: groups.count)
        return definition
    }

    /// Whether the name, applied to so many groups of arguments, is a process.
    func isProcess(_ symbol: Symbol, afterCalls count: Int) -> Bool {
        guard var type = typed.type(of: symbol)?.type.resolved else { return false }
        for _ in 0..<count {
            guard case .function(_, let result) = type else { return false }
            type = result.resolved
        }
        if case .process = type { return true }
        return false
    }

    func lowerClauses(_ clauses: [Declaration.Clause], of definition: FunctionDefinition, _ origin: Unit.Origin) {
        let unit = Unit(definition, origin)
        definition.frameSize = definition.arity
        definition.clauses = clauses.map { clause in
            let parameters = clause.parameters.flatMap { $0 }.enumerated().map { lowerParameter($1, slot: $0, unit) }
            return FunctionDefinition.Clause(parameters: parameters, body: lower(clause.body, unit))
        }
    }

    func lowerLambda(_ parameters: [Pattern], _ body: Expression, _ range: SourceRange, _ outer: Unit) -> Node {
        let code = LambdaCode(machine: machine, id: nextLambdaID(), range: range)
        let unit = Unit(code, .closure(outer, code))
        code.frameSize = parameters.count
        code.parameters = parameters.enumerated().map { lowerParameter($1, slot: $0, unit) }
        code.body = lower(body, unit)
        return LambdaNode(code)
    }

    // MARK: Bindings

    /// A binding whose expression is still to be lowered; its variables get their places in the scope.
    func declareBinding(_ pattern: Pattern, in scope: ScopeCode, _ range: SourceRange, target: (Int) -> Target)
        -> BindingCode
    {
        let symbols = variables(of: pattern)
        let binding = BindingCode(name: symbols.map(\.name).joined(separator: ", "), range: range, machine: machine)
        if case .name = pattern.kind, symbols.count == 1 { binding.isProcess = isProcess(symbols[0], afterCalls: 0) }
        for (position, symbol) in symbols.enumerated() {
            let index = scope.variables.count
            scope.variables.append((binding, position))
            binding.indices.append(index)
            setTarget(target(index), of: symbol)
        }
        scope.bindings.append(binding)
        return binding
    }

    func lowerBinding(_ pattern: Pattern, _ expression: Expression, _ binding: BindingCode, _ origin: Unit.Origin) {
        let unit = Unit(binding, origin)
        binding.body = lower(expression, unit)
        if case .name = pattern.kind, binding.indices.count == 1 { return }
        // The variables are bound by the match in slots, from which the scope takes them.
        let symbols = variables(of: pattern)
        let kept = symbols.map { targets[$0.id] }
        for symbol in symbols { targets[symbol.id] = nil }
        binding.pattern = lower(pattern, unit)
        binding.slots = symbols.map { unit.slots[$0.id] ?? 0 }
        for (symbol, target) in zip(symbols, kept) { targets[symbol.id] = target }
    }

    // MARK: let

    func lowerLet(_ scope: Scope, _ body: Expression, _ range: SourceRange, _ unit: Unit) -> Node {
        let key = nextLetKey()
        let code = ScopeCode()
        lets[key] = code
        let environment = LetEnvironment(key: key, code: code, outer: unit)
        let scopeSlot = bind(key, in: unit)
        var work: [() -> Void] = []
        declareLocals(scope.declarations, environment, &work)
        for item in work { item() }
        let node = lower(body, unit)
        return LetNode(range, code, slot: scopeSlot, body: node)
    }

    func letBinding(_ key: Int, _ index: Int) -> BindingCode? { lets[key]?.variables[index].binding }

    /// Gives the names of a let their meaning; `work` then lowers what they are defined as.
    private func declareLocals(_ declarations: [Declaration], _ environment: LetEnvironment, _ work: inout [() -> Void])
    {
        let key = environment.key
        for declaration in declarations {
            switch declaration.kind {
            case .function(let name, let clauses):
                let definition = declareFunction(name, clauses, declaration.range)
                setTarget(.letFunction(key: key, definition), of: name.symbol)
                work.append(inCurrentTime { self.lowerClauses(clauses, of: definition, .scope(environment)) })
            case .binding(let pattern, let expression):
                let binding = declareBinding(pattern, in: environment.code, declaration.range) {
                    .letVariable(key: key, index: $0)
                }
                work.append(inCurrentTime { self.lowerBinding(pattern, expression, binding, .scope(environment)) })
            case .timed(let section):
                inSection(section) { declareLocals(section.declarations, environment, &work) }
            case .external, .transparent, .annotation: break
            case .channel, .datatype, .nametype, .assertion, .module, .instance, .print, .include:
                fatalError("a let has no such declarations")
            }
        }
    }

    /// The work as it is to be done later, in the Timed section of now.
    func inCurrentTime(_ work: @escaping () -> Void) -> () -> Void {
        let timed = timed
        return {
            let outer = self.timed
            self.timed = timed
            work()
            self.timed = outer
        }
    }

    func inSection(_ section: TimedSection, _ body: () -> Void) {
        guard case .head(let tock)? = target(of: section.tock) else { fatalError("tock is a channel") }
        let outer = timed
        let context = TimedContext(machine: machine, tock: tock)
        timed = context
        body()
        timed = outer
        if let duration = section.duration { durations.append((context, duration)) }
    }

    /// The functions of the Timed sections, when all names are known.
    func lowerDurations() {
        for (context, function) in durations { context.duration = lowerAlone(function) }
        durations = []
    }

    /// An expression that sees global names only.
    func lowerAlone(_ expression: Expression) -> LoneCode {
        let code = LoneCode(machine: machine)
        code.body = lower(expression, Unit(code, .top))
        return code
    }
}
