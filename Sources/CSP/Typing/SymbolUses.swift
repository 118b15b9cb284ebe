/// Collects the symbols that a piece of the tree mentions.
struct SymbolUses {
    private(set) var symbols: Set<Symbol> = []
    private let stack = StackBound.current

    mutating func visit(_ item: DeclarationItem) {
        switch item.kind {
        case .declaration(let declaration): visit(declaration)
        case .arguments(let instance):
            visit(instance.module)
            for argument in instance.arguments { visit(argument) }
            for parameter in instance.expansion.parameters { visit(parameter) }
        case .timing(let section):
            if let tock = section.tock { symbols.insert(tock) }
            if let duration = section.duration { visit(duration) }
        }
        for symbol in item.symbols {
            if let annotation = symbol.annotation { visit(annotation.type) }
        }
    }

    private mutating func visit(_ declaration: Declaration) {
        switch declaration.kind {
        case .function(_, let clauses):
            for clause in clauses {
                for pattern in clause.parameters.joined() { visit(pattern) }
                visit(clause.body)
            }
        case .binding(let pattern, let body):
            visit(pattern)
            visit(body)
        case .channel(_, let fields): if let fields { visit(fields) }
        case .datatype(_, let constructors, let isSubtype):
            for constructor in constructors {
                if isSubtype { visit(constructor.name) }
                if let fields = constructor.fields { visit(fields) }
            }
        case .nametype(_, let set): visit(set)
        case .external, .transparent, .include: break
        case .annotation(_, let annotation): visit(annotation.type)
        case .assertion(let assertion): visit(assertion)
        case .module(let module):
            for pattern in module.parameters { visit(pattern) }
            visit(module.scope)
        case .instance(let instance):
            for argument in instance.arguments { visit(argument) }
            if let expansion = instance.expansion { visit(expansion.scope) }
        case .timed(let section):
            if let tock = section.tock { symbols.insert(tock) }
            if let duration = section.duration { visit(duration) }
            for inner in section.declarations { visit(inner) }
        case .print(let expression): visit(expression)
        }
    }

    private mutating func visit(_ scope: Scope) {
        for declaration in scope.declarations { visit(declaration) }
    }

    private mutating func visit(_ assertion: Assertion) {
        switch assertion.kind {
        case .refinement(let specification, _, let implementation):
            visit(specification)
            visit(implementation)
        case .property(let process, let property):
            visit(process)
            for expression in property.expressions { visit(expression) }
        }
        for option in assertion.options {
            switch option {
            case .tauPriority(let events): visit(events)
            case .symmetryReduce(let values): for value in values { visit(value) }
            case .partialOrderReduce: break
            }
        }
    }

    private mutating func visit(_ name: Name) {
        if let symbol = name.symbol { symbols.insert(symbol) }
    }

    private mutating func visit(_ type: TypeExpression) {
        switch type.kind {
        case .builtin, .variable: break
        case .datatype(let name): visit(name)
        case .set(let element), .sequence(let element): visit(element)
        case .tuple(let elements): for element in elements { visit(element) }
        case .function(let parameters, let result):
            for parameter in parameters { visit(parameter) }
            visit(result)
        case .dot(let a, let b), .dotable(let a, let b), .extendable(let a, let b), .map(let a, let b):
            visit(a)
            visit(b)
        }
    }

    private mutating func visit(_ pattern: Pattern) {
        switch pattern.kind {
        case .wildcard, .integer, .boolean, .character, .string: break
        case .name(let name): visit(name)
        case .tuple(let parts), .sequence(let parts), .concatenation(let parts), .set(let parts), .dotted(let parts):
            for part in parts { visit(part) }
        case .both(let first, let second):
            visit(first)
            visit(second)
        }
    }

    private mutating func visit(_ statements: [Statement]) {
        for statement in statements {
            switch statement {
            case .condition(let condition): visit(condition)
            case .generator(let pattern, let source):
                visit(pattern)
                visit(source)
            }
        }
    }

    private mutating func visit(_ links: Expression.Links) {
        for (left, right) in links.pairs {
            visit(left)
            visit(right)
        }
        visit(links.statements)
    }

    private mutating func visit(_ expression: Expression) {
        // Too deep to be typed, which is reported when it is tried.
        guard !stack.isReached else { return }
        switch expression.kind {
        case .integer, .boolean, .character, .string: break
        case .name(let name): visit(name)
        case .tuple(let parts), .dotted(let parts): for part in parts { visit(part) }
        case .unary(_, let operand): visit(operand)
        case .binary(_, let left, let right):
            visit(left)
            visit(right)
        case .conditional(let condition, let then, let otherwise):
            visit(condition)
            visit(then)
            visit(otherwise)
        case .letWithin(let scope, let body):
            visit(scope)
            visit(body)
        case .lambda(let parameters, let body):
            for pattern in parameters { visit(pattern) }
            visit(body)
        case .application(let function, let arguments):
            visit(function)
            for argument in arguments { visit(argument) }
        case .collection(_, let elements, let statements):
            visit(statements)
            switch elements {
            case .list(let list): for element in list { visit(element) }
            case .range(let from, let through):
                visit(from)
                if let through { visit(through) }
            }
        case .map(let entries):
            for (key, value) in entries {
                visit(key)
                visit(value)
            }
        case .prefix, .synchronised, .alphabetisedParallel, .linkedParallel, .rename, .replicated:
            visitProcess(expression)
        }
    }

    private mutating func visitProcess(_ expression: Expression) {
        switch expression.kind {
        case .prefix(let channel, let fields, let process):
            visit(channel)
            for field in fields {
                switch field.kind {
                case .output(let value): visit(value)
                case .input(let pattern, let source), .nondeterministicInput(let pattern, let source):
                    visit(pattern)
                    if let source { visit(source) }
                }
            }
            visit(process)
        case .synchronised(_, let left, let set, let right):
            visit(left)
            visit(set)
            visit(right)
        case .alphabetisedParallel(let left, let leftAlphabet, let rightAlphabet, let right):
            for part in [left, leftAlphabet, rightAlphabet, right] { visit(part) }
        case .linkedParallel(let left, let links, let right):
            visit(left)
            visit(links)
            visit(right)
        case .rename(let process, let links):
            visit(process)
            visit(links)
        case .replicated(let op, let statements, let body):
            switch op {
            case .externalChoice, .internalChoice, .interleave, .sequential: break
            case .generalisedParallel(let set), .synchronisingExternalChoice(let set), .alphabetisedParallel(let set):
                visit(set)
            case .linkedParallel(let links): visit(links)
            }
            visit(statements)
            visit(body)
        default: break
        }
    }
}

extension Assertion.Property {
    /// The expressions in the property, from left to right.
    var expressions: [Expression] {
        switch self {
        case .deadlockFree, .divergenceFree, .deterministic: []
        case .hasTrace(let trace): [trace]
        case .linearTemporal(let formula): formula.expressions
        case .starvationFree(let fairness, let pairs): [fairness.events, pairs].compactMap(\.self)
        case .overtakingBounded(let bound, let fairness, let pairs): [bound, fairness.events, pairs].compactMap(\.self)
        }
    }
}

extension TemporalFormula {
    /// The events and sets of events that the formula speaks of, from left to right.
    var expressions: [Expression] {
        switch self {
        case .constant, .deadlock, .fairToAll: []
        case .occurs(let event): Unseen(event) == nil ? [event] : []
        case .enabled(let event), .fair(_, let event): [event]
        case .not(let operand), .temporal(_, let operand): operand.expressions
        case .binary(_, let left, let right): left.expressions + right.expressions
        }
    }
}
