/// Patterns.
extension TypeInference {
    /// Gives each variable of the patterns a type of its own, before anything within its scope is looked at.
    func bind(_ patterns: [Pattern]) {
        for pattern in patterns {
            pattern.forEachVariable { assign(unifier.fresh(), to: $0) }
        }
    }

    /// Finds the type of what the pattern matches. Its variables have types already.
    func infer(_ pattern: Pattern) -> CSPMType {
        guard canDescend(pattern.range) else { return .unknown }
        let type = inferKind(pattern)
        patternTypes[pattern.id] = type
        return type
    }

    private func inferKind(_ pattern: Pattern) -> CSPMType {
        switch pattern.kind {
        case .wildcard: return unifier.fresh()
        case .integer: return .int
        case .boolean: return .bool
        case .character: return .char
        case .string: return .sequence(.char)
        case .name(let name): return type(of: name.symbol)
        case .tuple(let elements): return .tuple(elements.map(infer))
        case .dotted(let parts): return .dotted(parts.map(infer))
        case .sequence(let elements): return .sequence(inferElements(elements))
        case .set(let elements):
            let type = inferElements(elements)
            // Whether a set has one element is decided by comparison.
            require(.eq, of: type, at: pattern.range, .place("the element of a set pattern"))
            return .set(type)
        case .concatenation(let parts):
            var type = CSPMType.sequence(unifier.fresh())
            for part in parts { type = expect(part, type) }
            return type
        case .both(let first, let second): return expect(second, infer(first))
        }
    }

    private func expect(_ pattern: Pattern, _ expected: CSPMType) -> CSPMType {
        unify(expected, infer(pattern), at: pattern.range, .place("this pattern"))
    }

    private func inferElements(_ elements: [Pattern]) -> CSPMType {
        guard let first = elements.first else { return unifier.fresh() }
        let type = infer(first)
        for element in elements.dropFirst() { _ = expect(element, type) }
        return type
    }
}

extension Pattern {
    /// Visits the symbols that the pattern binds.
    func forEachVariable(_ visit: (Symbol) -> Void) {
        switch kind {
        case .wildcard, .integer, .boolean, .character, .string: break
        case .name(let name): if let symbol = name.symbol, symbol.kind == .variable { visit(symbol) }
        case .tuple(let parts), .sequence(let parts), .concatenation(let parts), .set(let parts), .dotted(let parts):
            for part in parts { part.forEachVariable(visit) }
        case .both(let first, let second):
            first.forEachVariable(visit)
            second.forEachVariable(visit)
        }
    }
}
