/// The declarations of a whole script, ready for evaluation.
final class Program {
    let machine: Machine
    let lowering: Lowering
    let tree: SyntaxTree
    private(set) var assertions: [Assertion] = []
    private(set) var prints: [Expression] = []
    private var uncheckedHeads: [DottedHead] = []
    /// What is to be lowered when all names are known.
    private var work: [() -> Void] = []

    /// The script has types. Call on a large stack: expressions nest.
    init(_ tree: SyntaxTree, _ typed: TypedScript) {
        self.tree = tree
        machine = Machine(sources: tree.sources)
        lowering = Lowering(machine, typed, symbolCount: tree.symbols.count)
        declareHeads(tree.scope.declarations)
        declare(tree.scope.declarations)
        lowering.makeGlobalScope()
        for item in work { item() }
        work = []
        lowering.lowerDurations()
    }

    // MARK: Channels and constructors

    /// Finds the sets of the fields of all channels and constructors, once: those that are no sets of fields are errors even
    /// where nothing uses them.
    func checkHeads() throws(EvaluationError) {
        while let head = uncheckedHeads.last {
            _ = try head.fieldSets()
            uncheckedHeads.removeLast()
        }
    }

    /// Channels and constructors first: patterns have to know them.
    private func declareHeads(_ declarations: [Declaration]) {
        for declaration in declarations {
            switch declaration.kind {
            case .channel(let names, let fields):
                for name in names { machine.channels.append(declareHead(name, .channel, fields)) }
            case .datatype(_, let constructors, isSubtype: false):
                for constructor in constructors { _ = declareHead(constructor.name, .constructor, constructor.fields) }
            case .module(let module): if !module.isParameterised { declareHeads(module.scope.declarations) }
            case .instance(let instance): declareHeads(instance.expansion.scope.declarations)
            case .timed(let section): declareHeads(section.declarations)
            default: break
            }
        }
    }

    private func declareHead(_ name: Name, _ kind: DottedHead.Kind, _ fields: Expression?) -> DottedHead {
        lowering.heads += 1
        let sets = fields.map { SetDescription($0, self) }
        let machine = machine
        let head = DottedHead(
            name: name.symbol.name, kind: kind, order: lowering.heads, declaration: name.range, values: machine.dotted
        ) { () throws(EvaluationError) in
            guard let sets else { return [] }
            do throws(EvaluationError) { return try sets.factors() } catch { throw error.placed(at: sets.range) }
        }
        lowering.setTarget(.head(head), of: name.symbol)
        uncheckedHeads.append(head)
        return head
    }

    // MARK: Everything else

    private func declare(_ declarations: [Declaration]) {
        for declaration in declarations {
            switch declaration.kind {
            case .function(let name, let clauses):
                let definition = lowering.declareFunction(name, clauses, declaration.range)
                lowering.setTarget(.globalFunction(definition), of: name.symbol)
                later { $0.lowerClauses(clauses, of: definition, .top) }
            case .binding(let pattern, let expression): declareBinding(pattern, expression, declaration.range)
            case .datatype(let name, let constructors, let isSubtype): declareType(name, constructors, isSubtype)
            case .nametype(let name, let expression):
                let description = SetDescription(expression, self)
                declareSet(name) { () throws(EvaluationError) in try description.set() }
            case .assertion(let assertion): assertions.append(assertion)
            case .print(let expression): prints.append(expression)
            case .module(let module): if !module.isParameterised { declare(module.scope.declarations) }
            case .instance(let instance):
                for (pattern, argument) in zip(instance.expansion.parameters, instance.arguments) {
                    declareBinding(pattern, argument, argument.range)
                }
                declare(instance.expansion.scope.declarations)
            case .timed(let section): lowering.inSection(section) { declare(section.declarations) }
            case .channel, .external, .transparent, .annotation, .include: break
            }
        }
    }

    private func later(_ body: @escaping (Lowering) -> Void) {
        let lowering = lowering
        work.append(lowering.inCurrentTime { body(lowering) })
    }

    private func declareBinding(_ pattern: Pattern, _ expression: Expression, _ range: SourceRange) {
        let binding = lowering.declareBinding(pattern, in: lowering.globals, range) { .global(index: $0) }
        later { $0.lowerBinding(pattern, expression, binding, .top) }
    }

    /// A name for a set that is known when it is asked for.
    private func declareSet(_ name: Name, _ set: @escaping () throws(EvaluationError) -> SetValue) {
        let binding = BindingCode(name: name.symbol.name, range: name.range, machine: machine)
        binding.body = DeclaredSetNode(name.range, set)
        let index = lowering.globals.variables.count
        lowering.globals.variables.append((binding, 0))
        lowering.globals.bindings.append(binding)
        binding.indices = [index]
        lowering.setTarget(.global(index: index), of: name.symbol)
    }

    private func declareType(_ name: Name, _ constructors: [Declaration.Constructor], _ isSubtype: Bool) {
        var parts: [(head: DottedHead, fields: SetDescription?)] = []
        for constructor in constructors {
            guard case .head(let head)? = lowering.target(of: constructor.name.symbol) else {
                fatalError("a constructor has a head")
            }
            parts.append((head, isSubtype ? constructor.fields.map { SetDescription($0, self) } : nil))
        }
        let alternatives = parts
        declareSet(name) { () throws(EvaluationError) in
            // What a subtype doesn't restrict is whole.
            let whole = alternatives.filter { $0.fields == nil }.map(\.head.root)
            var result = whole.isEmpty ? SetValue.empty : SetValue(.completions(whole))
            for (head, fields) in alternatives {
                guard let fields else { continue }
                let restricted = try fields.factors()
                let further = try head.fieldSets().dropFirst(restricted.count)
                let factors = [SetValue(.explicit([.dotted(head.root)]))] + restricted + further
                result = try result.union(SetValue(.dots(factors)))
            }
            return result
        }
    }
}

/// A type expression for the fields of channels, constructors and nametypes, in set notation.
final class SetDescription {
    private indirect enum Form {
        case set(LoneCode)
        case dots([Form])
        case tuple([Form])
    }

    let range: SourceRange
    private var form: Form?
    private let expression: Expression
    private unowned let program: Program

    init(_ expression: Expression, _ program: Program) {
        self.expression = expression
        self.program = program
        range = expression.range
    }

    private func lowered() -> Form {
        if let form { return form }
        let made = LargeStack.run(bytes: 64 << 20) { lower(expression) }
        form = made
        return made
    }

    private func lower(_ expression: Expression) -> Form {
        switch expression.kind {
        case .dotted(let parts): .dots(parts.map(lower))
        case .tuple(let parts): .tuple(parts.map(lower))
        default: .set(program.lowering.lowerAlone(expression))
        }
    }

    /// One set for each field.
    func factors() throws(EvaluationError) -> [SetValue] { try factors(lowered()) }

    private func factors(_ form: Form) throws(EvaluationError) -> [SetValue] {
        switch form {
        case .set(let code):
            let value = try code.evaluate()
            guard case .set(let set) = value else { throw code.body.unexpected(value, "a set") }
            return try set.factors()
        case .dots(let parts):
            var result: [SetValue] = []
            for part in parts { result += try factors(part) }
            return result
        case .tuple(let parts):
            var components: [SetValue] = []
            for part in parts { components.append(try joined(part)) }
            return [SetValue(.tuples(components))]
        }
    }

    private func joined(_ form: Form) throws(EvaluationError) -> SetValue {
        let factors = try factors(form)
        return factors.count == 1 ? factors[0] : SetValue(.dots(factors))
    }

    /// The whole as one set.
    func set() throws(EvaluationError) -> SetValue { try joined(lowered()) }
}

/// The set that a datatype, subtype or nametype is.
final class DeclaredSetNode: Node {
    private let make: () throws(EvaluationError) -> SetValue

    init(_ range: SourceRange, _ make: @escaping () throws(EvaluationError) -> SetValue) {
        self.make = make
        super.init(range)
    }

    override func evaluate(_ frame: Frame) throws(EvaluationError) -> Value {
        try at { () throws(EvaluationError) in .set(try make()) }
    }
}
