@testable import CSP

/// The shape of a tree as text, without positions: two trees with the same text mean the same.
struct TreeText {
    static func of(_ tree: SyntaxTree) -> String { tree.scope.declarations.map { of($0) }.joined(separator: "\n") }

    static func of(_ declaration: Declaration) -> String {
        switch declaration.kind {
        case .function(let name, let clauses):
            let clauses = clauses.map { clause in
                clause.parameters.map { "(\(list($0)))" }.joined() + " = " + of(clause.body)
            }
            return "function \(name.text) \(clauses.joined(separator: " / "))"
        case .binding(let pattern, let value): return "\(of(pattern)) = \(of(value))"
        case .channel(let names, let fields): return "channel \(names.map(\.text)) \(fields.map { of($0) } ?? "")"
        case .datatype(let name, let constructors, let isSubtype):
            let parts = constructors.map { "\($0.name.text).\($0.fields.map { of($0) } ?? "")" }
            return "datatype \(name.text) \(parts) \(isSubtype)"
        case .nametype(let name, let value): return "nametype \(name.text) \(of(value))"
        case .external(let names): return "external \(names.map(\.text))"
        case .transparent(let names): return "transparent \(names.map(\.text))"
        case .annotation(let names, let annotation): return "\(names.map(\.text)) :: \(annotation.text)"
        case .assertion(let assertion): return of(assertion)
        case .module(let module):
            let parameters = list(module.parameters)
            return "module \(module.name.text)(\(parameters)) \(module.privateCount) {\(of(module.scope))}"
        case .instance(let instance):
            return "instance \(instance.name.text) \(instance.module.text)(\(list(instance.arguments)))"
        case .timed(let section):
            return
                "timed \(section.duration.map { of($0) } ?? "") {\(section.declarations.map { of($0) }.joined(separator: "; "))}"
        case .print(let value): return "print \(of(value))"
        case .include(let path): return "include \(path)"
        }
    }

    static func of(_ scope: Scope) -> String { scope.declarations.map { of($0) }.joined(separator: "; ") }

    static func of(_ assertion: Assertion) -> String {
        let kind =
            switch assertion.kind {
            case .refinement(let specification, let model, let implementation):
                "\(of(specification)) [\(model.rawValue)= \(of(implementation))"
            case .property(let process, let property): "\(of(process)) \(property)"
            }
        return
            "assert \(assertion.isNegated) \(kind) \(assertion.model?.rawValue ?? "-") \(assertion.options.count) \(assertion.isPragma)"
            .replacing(/CSP\.Expression|0x[0-9a-f]+/, with: "")
    }

    static func list(_ expressions: [Expression]) -> String { expressions.map { of($0) }.joined(separator: ", ") }
    static func list(_ patterns: [Pattern]) -> String { patterns.map { of($0) }.joined(separator: ", ") }

    static func of(_ expression: Expression) -> String {
        switch expression.kind {
        case .integer(let value): return "\(value)"
        case .boolean(let value): return "\(value)"
        case .character(let scalar): return "char \(scalar.value)"
        case .string(let value): return "string \(value.debugDescription)"
        case .name(let name): return name.text
        case .tuple(let parts): return "(tuple \(list(parts)))"
        case .dotted(let parts): return "(dot \(list(parts)))"
        case .unary(let unary, let operand): return "(\(unary) \(of(operand)))"
        case .binary(let binary, let left, let right): return "(\(of(left)) \(binary.rawValue) \(of(right)))"
        case .conditional(let condition, let first, let second):
            return "(if \(of(condition)), \(of(first)), \(of(second)))"
        case .letWithin(let scope, let body): return "(let \(of(scope)) within \(of(body)))"
        case .lambda(let parameters, let body): return "(lambda \(list(parameters)) @ \(of(body)))"
        case .application(let function, let arguments): return "\(of(function))(\(list(arguments)))"
        case .collection(let kind, let elements, let statements): return "(\(kind) \(of(elements)) | \(of(statements)))"
        case .map(let pairs): return "(map \(pairs.map { "\(of($0.key)) => \(of($0.value))" }))"
        case .prefix(let channel, let fields, let process):
            return "(\(of(channel)) \(fields.map { of($0) }.joined()) -> \(of(process)))"
        case .synchronised(let operation, let left, let set, let right):
            return "(\(of(left)) \(operation){\(of(set))} \(of(right)))"
        case .alphabetisedParallel(let left, let a, let b, let right):
            return "(\(of(left)) [\(of(a)) || \(of(b))] \(of(right)))"
        case .linkedParallel(let left, let links, let right): return "(\(of(left)) [\(of(links))] \(of(right)))"
        case .rename(let process, let links): return "(rename \(of(process)) \(of(links)))"
        case .replicated(let replicated, let statements, let body):
            return "(replicated \(of(replicated)) \(of(statements)) @ \(of(body)))"
        }
    }

    private static func of(_ replicated: ReplicatedOperator) -> String {
        switch replicated {
        case .externalChoice: "[]"
        case .internalChoice: "|~|"
        case .interleave: "|||"
        case .sequential: ";"
        case .generalisedParallel(let set): "[|\(of(set))|]"
        case .synchronisingExternalChoice(let set): "[+\(of(set))+]"
        case .alphabetisedParallel(let alphabet): "|| \(of(alphabet))"
        case .linkedParallel(let links): "link \(of(links))"
        }
    }

    private static func of(_ elements: Expression.Elements) -> String {
        switch elements {
        case .list(let list): TreeText.list(list)
        case .range(let first, let last): "\(of(first))..\(last.map { of($0) } ?? "")"
        }
    }

    private static func of(_ statements: [Statement]) -> String {
        statements.map { statement in
            switch statement {
            case .generator(let pattern, let source): "\(of(pattern)) <- \(of(source))"
            case .condition(let condition): of(condition)
            }
        }.joined(separator: ", ")
    }

    private static func of(_ links: Expression.Links) -> String {
        links.pairs.map { "\(of($0.left)) ~ \(of($0.right))" }.joined(separator: ", ") + " | " + of(links.statements)
    }

    private static func of(_ field: Field) -> String {
        switch field.kind {
        case .output(let value): "!\(of(value))"
        case .input(let pattern, let set): "?\(of(pattern)):\(set.map { of($0) } ?? "-")"
        case .nondeterministicInput(let pattern, let set): "$\(of(pattern)):\(set.map { of($0) } ?? "-")"
        }
    }

    static func of(_ pattern: Pattern) -> String {
        switch pattern.kind {
        case .wildcard: "_"
        case .integer(let value): "\(value)"
        case .boolean(let value): "\(value)"
        case .character(let scalar): "char \(scalar.value)"
        case .string(let value): "string \(value.debugDescription)"
        case .name(let name): name.text
        case .tuple(let parts): "(tuple \(list(parts)))"
        case .sequence(let parts): "<\(list(parts))>"
        case .concatenation(let parts): "(cat \(list(parts)))"
        case .set(let parts): "{\(list(parts))}"
        case .dotted(let parts): "(dot \(list(parts)))"
        case .both(let left, let right): "(\(of(left)) @@ \(of(right)))"
        }
    }
}

/// A script that is in memory, read.
func parse(_ text: String, files: [String: String] = [:]) -> (tree: SyntaxTree, diagnostics: [Diagnostic]) {
    Parser.parse(SourceFile(path: "test.csp", text: text)) { path throws(SourceReadError) in
        guard let text = files[path] else { throw SourceReadError(path: path, reason: "no such file") }
        return SourceFile(path: path, text: text)
    }
}

/// The text of the expression in `x = …`.
func structure(_ expression: String) -> String {
    let (tree, diagnostics) = parse("x = " + expression)
    guard diagnostics.isEmpty, case .binding(_, let value)? = tree.scope.declarations.first?.kind else {
        return diagnostics.map(\.message).joined(separator: "; ")
    }
    return TreeText.of(value)
}
