/// Channels, datatypes, and names of sets: what stands for types in set notation.
extension TypeInference {
    /// What the sets of a type expression are sets of: `{Int}.({Bool}, {T})` gives `Int.(Bool, T)`.
    private func elements(of type: CSPMType, at range: SourceRange) -> CSPMType {
        switch type.resolved {
        case .tuple(let parts): return .tuple(parts.map { elements(of: $0, at: range) })
        case .dot(let a, let b): return .dot(elements(of: a, at: range), elements(of: b, at: range))
        case .unknown: return .unknown
        case let type:
            let element = unifier.fresh()
            unify(.set(element), type, at: range, .typeExpression)
            return element
        }
    }

    /// The fields that a type expression describes; their values are complete.
    private func fields(of expression: Expression, _ type: CSPMType, _ constraints: TypeConstraints) -> [CSPMType] {
        let value = elements(of: simplified(type, at: expression.range), at: expression.range)
        for constraint in constraints.each {
            require(constraint, of: value, at: expression.range, .place("what this field can be"))
        }
        return value.dotList
    }

    func checkChannel(_ channels: [Symbol], _ expression: Expression?) {
        let outer = typeVariables
        defer { typeVariables = outer }
        var type = CSPMType.event
        if let expression {
            type = .dotable(fields(of: expression, infer(expression), [.eq, .complete]), to: .event)
        }
        for channel in channels {
            if let annotation = channel.annotation {
                unify(self.type(of: annotation, for: channel), type, at: channel.range, .annotation(channel))
            }
            unify(type, schemes[channel.id]!.type, at: channel.range, .place("a use of the channel \(channel.name)"))
        }
    }

    func checkDatatype(_ datatype: Symbol, _ constructors: [Declaration.Constructor]) {
        unify(.set(.datatype(datatype)), schemes[datatype.id]!.type, at: datatype.range)
        for constructor in constructors {
            let symbol = constructor.name.symbol!
            let fields = constructor.fields.map { self.fields(of: $0, infer($0), .complete) } ?? []
            datatypes[datatype]?.constructors.append((symbol, fields))
            let type = CSPMType.dotable(fields, to: .datatype(datatype))
            if let annotation = symbol.annotation {
                let outer = typeVariables
                let annotated = self.type(of: annotation, for: symbol)
                unify(annotated, type, at: constructor.range, .annotation(symbol))
                typeVariables = outer
            }
            unify(type, schemes[symbol.id]!.type, at: constructor.range, .place("a use of \(symbol.name)"))
        }
    }

    func checkSubtype(_ subtype: Symbol, _ constructors: [Declaration.Constructor]) {
        let parent = unifier.fresh()
        for constructor in constructors {
            let symbol = constructor.name.symbol!
            let given = constructor.fields.map { fields(of: $0, infer($0), .complete) } ?? []
            let (declared, result) = type(of: symbol).reduced
            if given.count > declared.count {
                report(
                    "\(symbol.name) has \(count(declared.count, "field")), but \(given.count) are given",
                    at: constructor.range, notes: [("\(symbol.name) is declared here", declaration(of: symbol))])
                continue
            }
            unify(
                .extendable(parent, unifier.freshVariable()), result, at: constructor.range,
                .place("\(symbol.name), among the others of this subtype,"))
            for (wanted, actual) in zip(declared, given) {
                unify(wanted, actual, at: constructor.range, .place("a field of \(symbol.name)"))
            }
        }
        unify(.set(parent), schemes[subtype.id]!.type, at: subtype.range, .place("a use of \(subtype.name)"))
    }

    func checkNametype(_ nametype: Symbol, _ expression: Expression) {
        let outer = typeVariables
        defer { typeVariables = outer }
        var type = infer(expression)
        if let annotation = nametype.annotation {
            let annotated = self.type(of: annotation, for: nametype)
            type = unify(annotated, type, at: expression.range, .annotation(nametype))
        }
        let value = elements(of: type, at: expression.range)
        require(.complete, of: value, at: expression.range, .place("what the set \(nametype.name) contains"))
        unify(.set(value), schemes[nametype.id]!.type, at: nametype.range, .place("a use of \(nametype.name)"))
    }
}
