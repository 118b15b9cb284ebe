/// Expressions, but for those of processes.
extension TypeInference {
    /// Finds the type of an expression.
    @discardableResult
    func infer(_ expression: Expression) -> CSPMType {
        guard canDescend(expression.range) else { return .unknown }
        let type = inferKind(expression)
        expressionTypes[expression.id] = type
        return type
    }

    /// Finds the type of an expression and makes it one with what is expected.
    @discardableResult
    func expect(
        _ expression: Expression, _ expected: CSPMType, _ context: @autoclosure () -> ErrorContext = .none
    ) -> CSPMType {
        let actual = infer(expression)
        let type = unify(expected, actual, at: expression.range, context())
        expressionTypes[expression.id] = type
        return type
    }

    private func inferKind(_ expression: Expression) -> CSPMType {
        switch expression.kind {
        case .integer: return .int
        case .boolean: return .bool
        case .character: return .char
        case .string: return .sequence(.char)
        case .name(let name): return inferName(name)
        case .tuple(let elements): return .tuple(elements.map(infer))
        case .dotted(let parts): return inferDotted(parts)
        case .unary(let op, let operand): return inferUnary(op, operand)
        case .binary(let op, let left, let right): return inferBinary(op, left, right)
        case .conditional(let condition, let then, let otherwise):
            expect(condition, .bool, .place("the condition of `if`"))
            let type = infer(then)
            return expect(otherwise, type, .branches)
        case .letWithin(let scope, let body):
            check(scope, as: .local)
            return infer(body)
        case .lambda(let parameters, let body):
            bind(parameters)
            let result = infer(body)
            return .function(parameters.map(infer), result)
        case .application(let function, let arguments): return inferApplication(function, arguments)
        case .collection(let kind, let elements, let statements):
            return inferCollection(kind, elements, statements)
        case .map(let entries):
            let key = inferElements(entries.map(\.key))
            return .map(key, inferElements(entries.map(\.value)))
        case .prefix, .synchronised, .alphabetisedParallel, .linkedParallel, .rename, .replicated:
            inferProcess(expression)
            return .process
        }
    }

    private func inferName(_ name: Name) -> CSPMType {
        switch name.symbol.kind {
        case .module, .instance:
            let what = name.symbol.kind == .module ? "a module" : "an instance of a module"
            report("\(name.text) is \(what), not a value; what it exports is named \(name.text)::…", at: name.range)
            return .unknown
        default: return type(of: name.symbol)
        }
    }

    private func inferDotted(_ parts: [Expression]) -> CSPMType {
        let types = parts.map(infer)
        // Dots are carried out where it is known what is needed. What can fit nowhere is told here, at its place.
        return reportWrongField(in: Array(zip(types, parts.map(\.range)))) ? .unknown : .dotted(types)
    }

    private func inferUnary(_ op: UnaryOperator, _ operand: Expression) -> CSPMType {
        switch op {
        case .negate:
            expect(operand, .int, .place("the operand of `-`"))
            return .int
        case .not:
            expect(operand, .bool, .place("the operand of `not`"))
            return .bool
        case .length:
            expect(operand, .sequence(unifier.fresh()), .place("the operand of `#`"))
            return .int
        }
    }

    private func inferBinary(_ op: BinaryOperator, _ left: Expression, _ right: Expression) -> CSPMType {
        switch op {
        case .add, .subtract, .multiply, .divide, .modulo:
            expectOperands(op, left, .int, right, .int)
            return .int
        case .and, .or:
            expectOperands(op, left, .bool, right, .bool)
            return .bool
        case .equal, .notEqual, .less, .greater, .lessOrEqual, .greaterOrEqual:
            let type = infer(left)
            let common = expect(right, type, .place("the right operand of `\(op.rawValue)`"))
            let constraint: TypeConstraints = op == .equal || op == .notEqual ? .eq : .ord
            require(constraint, of: common, at: left.range, .place("the left operand of `\(op.rawValue)`"))
            return .bool
        case .concatenate:
            let type = expect(left, .sequence(unifier.fresh()), .place("the left operand of `^`"))
            return expect(right, type, .place("the right operand of `^`"))
        case .guarded:
            expectOperands(op, left, .bool, right, .process)
            return .process
        case .hide, .project:
            expectOperands(op, left, .process, right, .set(.event))
            return .process
        case .sequential, .slidingChoice, .interrupt, .externalChoice, .internalChoice, .interleave:
            expectOperands(op, left, .process, right, .process)
            return .process
        }
    }

    private func expectOperands(
        _ op: BinaryOperator, _ left: Expression, _ leftType: CSPMType, _ right: Expression, _ rightType: CSPMType
    ) {
        expect(left, leftType, .place("the left operand of `\(op.rawValue)`"))
        expect(right, rightType, .place("the right operand of `\(op.rawValue)`"))
    }

    // MARK: - Applications

    private func inferApplication(_ function: Expression, _ arguments: [Expression]) -> CSPMType {
        let functionType = infer(function).resolved
        switch functionType {
        case .function(let parameters, let result) where parameters.count == arguments.count:
            inferArguments(arguments, of: function, parameters)
            return result
        case .variable:
            let parameters = arguments.map { _ in unifier.fresh() }
            let result = unifier.fresh()
            unify(functionType, .function(parameters, result), at: function.range)
            inferArguments(arguments, of: function, parameters)
            return result
        case .function(let parameters, _):
            for argument in arguments { infer(argument) }
            let notes = headSymbol(of: function).map { [("\($0.name) :: \(type(of: $0))", declaration(of: $0))] }
            report(
                "\(tree.sources.text(of: function.range)) takes \(count(parameters.count, "argument")), "
                    + "but \(arguments.count == 1 ? "1 is" : "\(arguments.count) are") given",
                at: function.range, notes: notes ?? [])
            return .unknown
        case .unknown:
            for argument in arguments { infer(argument) }
            return .unknown
        default:
            for argument in arguments { infer(argument) }
            report("this is called like a function, but it has the type \(functionType)", at: function.range)
            return .unknown
        }
    }

    func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }

    func declaration(of symbol: Symbol) -> SourceRange? { symbol.range.file >= 0 ? symbol.range : nil }

    private func inferArguments(_ arguments: [Expression], of function: Expression, _ parameters: [CSPMType]) {
        let types = arguments.map(infer)
        let before = errorCount
        for (index, argument) in arguments.enumerated() {
            // A function's parameters have had their dots carried out, so those of the arguments are as well.
            let actual = simplified(types[index], at: argument.range)
            let expected = simplified(parameters[index], at: argument.range)
            // What one argument told about another is wrong if it was wrong itself.
            if errorCount > before { return }
            expressionTypes[argument.id] = match(expected, actual, at: argument.range, .argument(index + 1, function))
        }
    }

    // MARK: - Collections

    /// The type that all of the expressions have.
    private func inferElements(_ elements: [Expression]) -> CSPMType {
        guard let first = elements.first else { return unifier.fresh() }
        let type = infer(first)
        for element in elements.dropFirst() { expect(element, type, .element) }
        return type
    }

    private func inferCollection(
        _ kind: Expression.CollectionKind, _ elements: Expression.Elements, _ statements: [Statement]
    ) -> CSPMType {
        check(statements, overSets: kind != .sequence)
        let type: CSPMType
        switch elements {
        case .range(let from, let through):
            expect(from, .int, .place("the first of a range"))
            if let through { expect(through, .int, .place("the last of a range")) }
            type = .int
        case .list(let list):
            switch kind {
            case .enumeratedSet:
                type = unifier.fresh(.yieldable)
                for element in list {
                    let wanted = CSPMType.extendable(type, unifier.freshVariable())
                    expect(element, wanted, .place("an element of `{| … |}`"))
                }
            case .sequence: type = inferElements(list)
            case .set:
                guard let first = list.first else { return .set(unifier.fresh(.set)) }
                let common = inferElements(list)
                let isElement = require(.set, of: common, at: first.range, .place("an element of a set"))
                type = isElement ? common : .unknown
            }
        }
        return kind == .sequence ? .sequence(type) : .set(type)
    }

    /// Generators and conditions, from left to right.
    func check(_ statements: [Statement], overSets: Bool) {
        for case .generator(let pattern, _) in statements { bind([pattern]) }
        for statement in statements {
            switch statement {
            case .condition(let condition): expect(condition, .bool, .place("the condition"))
            case .generator(let pattern, let source):
                let sourceType = infer(source)
                let element = infer(pattern)
                let expected = overSets ? CSPMType.set(element) : .sequence(element)
                match(expected, sourceType, at: source.range, .generator(isSet: overSets))
            }
        }
    }
}
