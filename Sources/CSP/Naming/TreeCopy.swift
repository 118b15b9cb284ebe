/// Copies the text of a module for an instance: new nodes with new ids, names still to be resolved.
///
/// A module is copied after its names were bound or not: nothing of a symbol is carried over.
struct TreeCopy {
    let tree: SyntaxTree

    mutating func copy(_ module: Module, named name: Name) -> Module {
        Module(
            name: name, parameters: module.parameters.map { copy($0) }, isParameterised: module.isParameterised,
            scope: copy(module.scope), privateCount: module.privateCount)
    }

    private func copy(_ name: Name) -> Name { Name(name.text, range: name.range) }

    private mutating func copy(_ scope: Scope) -> Scope { Scope(scope.declarations.map { copy($0) }) }

    // MARK: Declarations

    private mutating func copy(_ declaration: Declaration) -> Declaration {
        Declaration(range: declaration.range, kind: copy(declaration.kind))
    }

    private mutating func copy(_ kind: Declaration.Kind) -> Declaration.Kind {
        switch kind {
        case .function(let name, let clauses):
            return .function(
                copy(name),
                clauses.map { clause in
                    Declaration.Clause(
                        parameters: clause.parameters.map { $0.map { copy($0) } }, body: copy(clause.body),
                        range: clause.range)
                })
        case .binding(let pattern, let value): return .binding(copy(pattern), copy(value))
        case .channel(let names, let fields): return .channel(names.map { copy($0) }, fields.map { copy($0) })
        case .datatype(let name, let constructors, let isSubtype):
            return .datatype(
                copy(name),
                constructors.map { constructor in
                    Declaration.Constructor(
                        name: copy(constructor.name), fields: constructor.fields.map { copy($0) },
                        range: constructor.range)
                }, isSubtype: isSubtype)
        case .nametype(let name, let value): return .nametype(copy(name), copy(value))
        case .external(let names): return .external(names.map { copy($0) })
        case .transparent(let names): return .transparent(names.map { copy($0) })
        case .annotation(let names, let annotation):
            let type = copy(annotation.type)
            return .annotation(
                names.map { copy($0) },
                TypeAnnotation(range: annotation.range, constraints: annotation.constraints, type: type))
        case .module(let module): return .module(copy(module, named: copy(module.name)))
        case .instance(let instance):
            return .instance(
                ModuleInstance(
                    name: copy(instance.name), module: copy(instance.module),
                    arguments: instance.arguments.map { copy($0) }))
        case .timed(let section):
            return .timed(
                TimedSection(
                    duration: section.duration.map { copy($0) }, declarations: section.declarations.map { copy($0) }))
        // Neither stands in a module.
        case .assertion, .print, .include: return kind
        }
    }

    private mutating func copy(_ type: TypeExpression) -> TypeExpression {
        let kind: TypeExpression.Kind =
            switch type.kind {
            case .builtin(let builtin): .builtin(builtin)
            case .datatype(let name): .datatype(copy(name))
            case .variable(let name): .variable(name)
            case .set(let element): .set(copy(element))
            case .sequence(let element): .sequence(copy(element))
            case .tuple(let elements): .tuple(elements.map { copy($0) })
            case .function(let arguments, let result): .function(arguments.map { copy($0) }, copy(result))
            case .dot(let left, let right): .dot(copy(left), copy(right))
            case .dotable(let left, let right): .dotable(copy(left), copy(right))
            case .extendable(let left, let right): .extendable(copy(left), copy(right))
            case .map(let key, let value): .map(copy(key), copy(value))
            }
        return TypeExpression(range: type.range, kind: kind)
    }

    // MARK: Patterns and expressions

    private mutating func copy(_ pattern: Pattern) -> Pattern {
        let kind: Pattern.Kind =
            switch pattern.kind {
            case .wildcard, .integer, .boolean, .character, .string: pattern.kind
            case .name(let name): .name(copy(name))
            case .tuple(let parts): .tuple(parts.map { copy($0) })
            case .sequence(let parts): .sequence(parts.map { copy($0) })
            case .concatenation(let parts): .concatenation(parts.map { copy($0) })
            case .set(let parts): .set(parts.map { copy($0) })
            case .dotted(let parts): .dotted(parts.map { copy($0) })
            case .both(let left, let right): .both(copy(left), copy(right))
            }
        let result = Pattern(id: tree.patterns.count, range: pattern.range, kind: kind)
        tree.patterns.append(result)
        return result
    }

    private mutating func copy(_ expression: Expression) -> Expression {
        let kind = copy(expression.kind)
        let result = Expression(
            id: tree.expressions.count, range: expression.range, kind: kind, height: expression.height)
        result.parentheses = expression.parentheses
        tree.expressions.append(result)
        return result
    }

    private mutating func copy(_ kind: Expression.Kind) -> Expression.Kind {
        switch kind {
        case .integer, .boolean, .character, .string: return kind
        case .name(let name): return .name(copy(name))
        case .tuple(let parts): return .tuple(parts.map { copy($0) })
        case .dotted(let parts): return .dotted(parts.map { copy($0) })
        case .unary(let unary, let operand): return .unary(unary, copy(operand))
        case .binary(let binary, let left, let right): return .binary(binary, copy(left), copy(right))
        case .conditional(let condition, let first, let second):
            return .conditional(copy(condition), then: copy(first), otherwise: copy(second))
        case .letWithin(let scope, let body): return .letWithin(copy(scope), copy(body))
        case .lambda(let parameters, let body): return .lambda(parameters.map { copy($0) }, copy(body))
        case .application(let function, let arguments): return .application(copy(function), arguments.map { copy($0) })
        case .collection(let collection, let elements, let statements):
            return .collection(collection, copy(elements), copy(statements))
        case .map(let pairs): return .map(pairs.map { (copy($0.key), copy($0.value)) })
        case .prefix(let channel, let fields, let process):
            return .prefix(copy(channel), fields.map { copy($0) }, copy(process))
        case .synchronised(let operation, let left, let set, let right):
            return .synchronised(operation, copy(left), set: copy(set), copy(right))
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            return .alphabetisedParallel(
                copy(left), leftAlphabet: copy(leftAlphabet), rightAlphabet: copy(rightAlphabet), copy(right))
        case .linkedParallel(let left, let links, let right):
            return .linkedParallel(copy(left), copy(links), copy(right))
        case .rename(let process, let links): return .rename(copy(process), copy(links))
        case .replicated(let replicated, let statements, let body):
            return .replicated(copy(replicated), copy(statements), copy(body))
        }
    }

    private mutating func copy(_ elements: Expression.Elements) -> Expression.Elements {
        switch elements {
        case .list(let list): .list(list.map { copy($0) })
        case .range(let first, let last): .range(copy(first), through: last.map { copy($0) })
        }
    }

    private mutating func copy(_ links: Expression.Links) -> Expression.Links {
        Expression.Links(pairs: links.pairs.map { (copy($0.left), copy($0.right)) }, statements: copy(links.statements))
    }

    private mutating func copy(_ statements: [Statement]) -> [Statement] {
        statements.map { statement in
            switch statement {
            case .generator(let pattern, let source): .generator(copy(pattern), copy(source))
            case .condition(let condition): .condition(copy(condition))
            }
        }
    }

    private mutating func copy(_ field: Field) -> Field {
        let kind: Field.Kind =
            switch field.kind {
            case .output(let value): .output(copy(value))
            case .input(let pattern, let set): .input(copy(pattern), set.map { copy($0) })
            case .nondeterministicInput(let pattern, let set):
                .nondeterministicInput(copy(pattern), set.map { copy($0) })
            }
        return Field(kind: kind, range: field.range)
    }

    private mutating func copy(_ replicated: ReplicatedOperator) -> ReplicatedOperator {
        switch replicated {
        case .externalChoice, .internalChoice, .interleave, .sequential: replicated
        case .generalisedParallel(let set): .generalisedParallel(copy(set))
        case .synchronisingExternalChoice(let set): .synchronisingExternalChoice(copy(set))
        case .alphabetisedParallel(let alphabet): .alphabetisedParallel(copy(alphabet))
        case .linkedParallel(let links): .linkedParallel(copy(links))
        }
    }
}
