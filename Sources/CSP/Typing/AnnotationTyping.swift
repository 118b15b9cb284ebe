/// Types as scripts write them.
extension TypeInference {
    /// The type that an annotation says. Its type variables are added to those in scope: in the body of what is annotated
    /// they are the same types.
    func type(of annotation: TypeAnnotation, for symbol: Symbol) -> CSPMType {
        let outer = typeVariables
        var constraints: [String: TypeConstraints] = [:]
        for (constraint, variable) in annotation.constraints {
            constraints[variable, default: []].insert(TypeConstraints(constraint))
        }
        var mentioned: Set<String> = []
        annotation.type.forEachVariable { mentioned.insert($0) }
        for name in mentioned.sorted() where typeVariables[name] == nil {
            typeVariables[name] = TypeVariable(
                constraints: constraints[name] ?? [], level: unifier.level, rigidName: name)
        }
        for (name, wanted) in constraints.sorted(by: { $0.key < $1.key }) {
            if !mentioned.contains(name) {
                report("the type of \(symbol.name) does not mention the type variable \(name)", at: annotation.range)
            } else if let known = outer[name], !known.constraints.closure.isSuperset(of: wanted) {
                report(
                    "the type variable \(name) belongs to an annotation around this one, which does not give it "
                        + "the constraint \(wanted.subtracting(known.constraints.closure).name)",
                    at: annotation.range)
            }
        }
        return type(of: annotation.type)
    }

    private func type(of expression: TypeExpression) -> CSPMType {
        guard canDescend(expression.range) else { return .unknown }
        switch expression.kind {
        case .builtin(let builtin):
            switch builtin {
            case .int: return .int
            case .bool: return .bool
            case .char: return .char
            case .event: return .event
            case .proc: return .process
            }
        case .datatype(let name): return type(named: name)
        case .variable(let name): return typeVariables[name].map { .variable($0) } ?? .unknown
        case .set(let element): return .set(type(of: element))
        case .sequence(let element): return .sequence(type(of: element))
        case .tuple(let elements): return .tuple(elements.map(type))
        case .function(let parameters, let result): return .function(parameters.map(type), type(of: result))
        case .dot(let a, let b): return .dot(type(of: a), type(of: b))
        case .dotable(let a, let b): return .dotable(type(of: a), type(of: b))
        case .map(let key, let value): return .map(type(of: key), type(of: value))
        case .extendable(let fields, let result):
            guard case .variable(let name) = fields.kind, let variable = typeVariables[name] else {
                report(
                    "a type variable is needed to the left of `=>*`: it stands for any number of fields",
                    at: fields.range)
                return .unknown
            }
            return .extendable(type(of: result), variable)
        }
    }

    private func type(named name: Name) -> CSPMType {
        guard let symbol = name.symbol else { return .unknown }
        if symbol.kind == .datatype { return .datatype(symbol) }
        report("\(name.text) is not a type", at: name.range)
        return .unknown
    }
}

extension TypeExpression {
    func forEachVariable(_ visit: (String) -> Void) {
        switch kind {
        case .builtin, .datatype: break
        case .variable(let name): visit(name)
        case .set(let element), .sequence(let element): element.forEachVariable(visit)
        case .tuple(let elements): for element in elements { element.forEachVariable(visit) }
        case .function(let parameters, let result):
            for parameter in parameters { parameter.forEachVariable(visit) }
            result.forEachVariable(visit)
        case .dot(let a, let b), .dotable(let a, let b), .extendable(let a, let b), .map(let a, let b):
            a.forEachVariable(visit)
            b.forEachVariable(visit)
        }
    }
}
