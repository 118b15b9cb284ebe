/// Where a type was wrong, in words.
enum ErrorContext {
    case none
    /// What stands there, with its article: "the left operand of `+`".
    case place(String)
    /// From 1.
    case argument(Int, Expression)
    /// Elements of one collection.
    case element
    case branches
    case fields(channel: Expression)
    case renaming
    case generator(isSet: Bool)
    case clause(Symbol)
    case annotatedParameter
    case annotation(Symbol)
    case typeExpression
}

extension TypeInference {
    func report(
        _ conflict: TypeConflict, expected: CSPMType?, actual: CSPMType, at range: SourceRange, _ context: ErrorContext
    ) {
        var printer = InferredTypePrinter(avoiding: [expected, actual].compactMap(\.self))
        let actualText = printer.text(actual)
        let expectedText = expected.map { printer.text($0) }
        var notes: [(message: String, range: SourceRange?)] = []
        var message: String
        switch conflict {
        case .mismatch(let innerExpected, let innerActual):
            message = mismatchMessage(expectedText, actualText, context)
            let inner = (printer.text(innerExpected), printer.text(innerActual))
            if expectedText != inner.0 || actualText != inner.1, inner.0 != inner.1, !innerExpected.settled.isDotted,
                !innerActual.settled.isDotted,
                expectedText != inner.1 || actualText != inner.0
            {
                notes.append(("\(inner.0) and \(inner.1) are different types", nil))
            }
            notes += advice(expected: innerExpected, actual: innerActual)
        case .missing(let constraint, let type):
            let text = printer.text(type)
            message = "\(place(context).map { "\($0) has the type \(actualText), which" } ?? "the type \(actualText)")"
            message += " does not have the constraint \(constraint.name)"
            if text != actualText { notes.append(("because \(text) does not have it", nil)) }
            notes += explanation(of: constraint, lackedBy: type)
        case .infinite(let variable, let type):
            let name = printer.text(.variable(variable))
            message = "this has an infinite type: \(name) would have to be \(printer.text(type))"
        case .tooLarge: return reportTooLarge(at: range)
        case .tooDeep:
            // Whatever contains it is nested too deeply as well.
            if saidTooDeep { return }
            saidTooDeep = true
            message = "the type of this is nested too deeply"
        }
        report(message, at: range, notes: notes + self.notes(context))
    }

    private func mismatchMessage(_ expected: String?, _ actual: String, _ context: ErrorContext) -> String {
        guard let expected else { return "the dots of this do not fit together: \(actual)" }
        switch context {
        case .none, .fields: return "this has the type \(actual), but \(expected) is needed"
        case .place, .argument, .clause:
            return "\(place(context)!) has the type \(actual), but \(expected) is needed"
        case .element: return "the elements differ in type: this is \(actual), the first is \(expected)"
        case .branches: return "the two branches differ in type: `else` is \(actual), `then` is \(expected)"
        case .annotatedParameter: return "this pattern matches \(expected), but the annotation says \(actual)"
        case .renaming:
            return "what is renamed and what it becomes differ in type: this is \(actual), but \(expected) is needed"
        case .generator(let isSet):
            let collection = isSet ? "a set" : "a sequence"
            return
                "this draws from \(collection) of what the pattern matches, \(expected), but it has the type \(actual)"
        case .annotation(let symbol): return "\(symbol.name) is said to be \(expected), but it is \(actual)"
        case .typeExpression: return "a set is needed here, of the values that a field can have, but this is \(actual)"
        }
    }

    private func place(_ context: ErrorContext) -> String? {
        switch context {
        case .place(let place): place
        case .argument(let index, let function):
            "argument \(index) of \(tree.sources.text(of: function.range).split(separator: "\n").first ?? "the function")"
        case .clause(let symbol): "this equation of \(symbol.name)"
        default: nil
        }
    }

    func notes(_ context: ErrorContext) -> [(message: String, range: SourceRange?)] {
        switch context {
        case .fields(let channel):
            guard let symbol = headSymbol(of: channel), let scheme = schemes[symbol.id] else { return [] }
            let (fields, result) = scheme.type.reduced
            guard case .event = result else {
                return [("\(symbol.name) has the type \(scheme.type)", declared(symbol))]
            }
            guard !fields.isEmpty else {
                return [("\(symbol.name) is declared here, without fields", declared(symbol))]
            }
            return [("\(symbol.name) is declared here, with the fields \(CSPMType.dotted(fields))", declared(symbol))]
        case .argument(_, let function):
            guard let symbol = headSymbol(of: function) else { return [] }
            if let builtin = symbol.builtin { return [("\(symbol.name) :: \(builtin.typeScheme)", nil)] }
            guard let scheme = schemes[symbol.id] else { return [] }
            return [("\(symbol.name) :: \(scheme)", declared(symbol))]
        default: return []
        }
    }

    private func declared(_ symbol: Symbol) -> SourceRange? { symbol.range.file >= 0 ? symbol.range : nil }

    /// The channel, constructor or function that an expression begins with.
    func headSymbol(of expression: Expression) -> Symbol? {
        switch expression.kind {
        case .name(let name): name.symbol
        case .dotted(let parts): headSymbol(of: parts[0])
        case .application(let function, _): headSymbol(of: function)
        default: nil
        }
    }

    /// What people often mean when they confuse these two types.
    private func advice(expected: CSPMType, actual: CSPMType) -> [(message: String, range: SourceRange?)] {
        switch (expected.resolved, actual.resolved) {
        case (.dot, .event), (.dot, .datatype), (.dot, .dotable):
            [("`x.y` takes no event and no value of a datatype apart: name the channel or the constructor", nil)]
        case (.set, .sequence): [("`set(s)` makes a set of a sequence", nil)]
        case (.sequence, .set): [("`seq(S)` makes a sequence of a set", nil)]
        case (.event, .dotable(let field, _)): [("a field of the type \(field) is missing", nil)]
        case (.set(let element), .event) where isEvent(element), (.set(let element), .dotable) where isEvent(element):
            [("`{| c |}` is the set of the events of a channel c", nil)]
        case (.int, .set): [("sets are joined by `union(A, B)`, and `diff(A, B)` takes away", nil)]
        case (.int, .sequence): [("sequences are joined by `^`", nil)]
        case (.process, .event): [("an event becomes a process by `-> P`", nil)]
        case (.variable(let variable), _) where variable.isRigid, (_, .variable(let variable)) where variable.isRigid:
            advice(onRigid: variable.rigidName!)
        default: []
        }
    }

    /// An annotation promised more than is kept, perhaps because it names a set where a type is needed.
    private func advice(onRigid name: String) -> [(message: String, range: SourceRange?)] {
        let set = tree.symbols.first { $0.name == name && ($0.kind == .subtype || $0.kind == .nametype) }
        guard let set else { return [("the annotation says that \(name) may be any type", nil)] }
        return [("\(name) is a set, not a type, so that the annotation takes it for a type variable", declared(set))]
    }

    private func isEvent(_ type: CSPMType) -> Bool { if case .event = type.resolved { true } else { false } }

    /// Why the type, resolved, lacks the constraint.
    private func explanation(
        of constraint: TypeConstraints, lackedBy type: CSPMType
    ) -> [(message: String, range: SourceRange?)] {
        switch (constraint, type) {
        case (_, .variable(let variable)):
            return [("add \(constraint.name) \(variable.rigidName ?? "a") to the constraints of the annotation", nil)]
        case (.eq, .process): return [("processes cannot be compared with each other", nil)]
        case (_, .function) where constraint != .complete:
            return [("functions cannot be compared or put into sets", nil)]
        case (.eq, .datatype(let symbol)): return reasonForIncomparability(of: symbol)
        case (.ord, .bool): return [("false and true are in no order", nil)]
        case (.ord, .datatype), (.ord, .event), (.ord, .dot):
            return [("only numbers, characters, and sequences, sets, tuples and maps are ordered", nil)]
        case (.complete, .dotable(let field, let result)):
            return [("a field of the type \(field) is missing to make it \(result)", nil)]
        case (.yieldable, _): return [("only events and values of datatypes are made by dots", nil)]
        default: return []
        }
    }

    private func reasonForIncomparability(of symbol: Symbol) -> [(message: String, range: SourceRange?)] {
        guard let record = datatypes[symbol] else { return [] }
        for constructor in record.constructors {
            var visited: Set<Symbol> = [symbol]
            for field in constructor.fields where !isComparable(field, visited: &visited) {
                let note =
                    "\(constructor.symbol.name) has a field of the type \(field), whose values cannot be compared"
                return [(note, declared(constructor.symbol))]
            }
        }
        return []
    }
}
