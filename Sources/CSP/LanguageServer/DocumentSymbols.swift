/// The outline of a file: what its declarations declare.
struct DocumentSymbols {
    /// Kinds of symbols, as the protocol numbers them.
    private enum Kind: Int {
        case module = 2, enumeration = 10, function = 12, variable = 13, event = 24, enumerationMember = 22, property =
            7
        case typeParameter = 26
    }

    private let file: SourceFile
    private let index: Int32

    /// The symbols of one of the files of a script.
    static func symbols(of tree: SyntaxTree, file index: Int32) -> JSONValue {
        let file = tree.sources.files[Int(index)]
        let symbols = DocumentSymbols(file: file, index: index)
        return .array(symbols.list(tree.scope.declarations))
    }

    private func list(_ declarations: [Declaration]) -> [JSONValue] {
        declarations.flatMap { $0.range.file == index ? symbols($0) : [] }
    }

    private func symbols(_ declaration: Declaration) -> [JSONValue] {
        let range = declaration.range
        switch declaration.kind {
        case .function(let name, let clauses):
            return [symbol(name, .function, range, detail: signature(clauses[0].parameters))]
        case .binding(let pattern, _): return variables(pattern).map { symbol($0, .variable, range) }
        case .channel(let names, let fields):
            let detail = fields.map { ": " + file.text($0.outerRange.bytes) }
            return names.map { symbol($0, .event, range, detail: detail) }
        case .datatype(let name, let constructors, _):
            return [
                symbol(
                    name, .enumeration, range,
                    children: constructors.map { symbol($0.name, .enumerationMember, $0.range) })
            ]
        case .nametype(let name, _): return [symbol(name, .typeParameter, range)]
        case .module(let module):
            return [symbol(module.name, .module, range, children: list(module.scope.declarations))]
        case .instance(let instance):
            return [symbol(instance.name, .module, range, detail: "= " + instance.module.text)]
        case .timed(let section): return list(section.declarations)
        case .assertion: return [symbol(Name(summary(range), range: range), .property, range)]
        case .external, .transparent, .annotation, .print, .include: return []
        }
    }

    private func symbol(
        _ name: Name, _ kind: Kind, _ range: SourceRange, detail: String? = nil, children: [JSONValue] = []
    ) -> JSONValue {
        var members: [String: JSONValue] = [
            "name": .string(name.text), "kind": JSONValue(kind.rawValue), "range": file.range(range),
            "selectionRange": file.range(name.range),
        ]
        if let detail { members["detail"] = .string(detail) }
        if !children.isEmpty { members["children"] = .array(children) }
        return .object(members)
    }

    private func variables(_ pattern: Pattern) -> [Name] {
        if case .name(let name) = pattern.kind { return [name] }
        return pattern.parts.flatMap { variables($0) }
    }

    private func signature(_ parameters: [[Pattern]]) -> String {
        parameters.map { "(" + $0.map { ExpressionPrinter.print($0) }.joined(separator: ", ") + ")" }.joined()
    }

    /// An assertion has no name but what it says.
    private func summary(_ range: SourceRange) -> String {
        let words = file.text(range.bytes).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return words.count > 100 ? words.prefix(99) + "…" : words
    }
}
