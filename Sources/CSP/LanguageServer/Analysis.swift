/// What is known of a script that is open in an editor.
final class Analysis {
    let tree: SyntaxTree
    let diagnostics: [Diagnostic]
    /// nil if the script has errors before its types.
    let types: TypedScript?
    /// All names, binders and uses, as they stand in the files.
    let names: [Name]

    init(path: String, load: @escaping (_ path: String) throws(SourceReadError) -> SourceFile) {
        let (tree, faults) = Parser.parse(path: path, load: load)
        self.tree = tree ?? SyntaxTree(sources: SourceMap(), scope: Scope([]), expressions: [], patterns: [])
        var diagnostics = faults
        // After errors of the parser, what can be read is resolved, but nothing more is complained of.
        let named = Naming.resolve(self.tree)
        var types: TypedScript?
        if !faults.contains(where: { $0.severity == .error }) {
            diagnostics += named
            if named.isEmpty {
                let typed = TypeChecker.check(self.tree)
                diagnostics += typed.diagnostics
                types = typed
            }
        }
        self.diagnostics = diagnostics
        self.types = types
        names = LargeStack.run(bytes: Parser.stackBytes) { [tree = self.tree] in NameCollector.names(of: tree) }
    }

    /// The name at a byte of a file.
    func name(at offset: Int, in file: Int32) -> Name? {
        names.first { $0.range.file == file && $0.range.start <= offset && offset <= $0.range.end && $0.symbol != nil }
    }

    func fileIndex(of path: String) -> Int32? {
        tree.sources.files.firstIndex { $0.path == path }.map { Int32($0) }
    }

    /// What a name is and what its type is, as Markdown.
    func hover(_ name: Name) -> String? {
        guard let symbol = name.symbol else { return nil }
        var lines = ["```cspm"]
        let type = types?.type(of: symbol).map(\.description) ?? symbol.annotation?.text
        lines.append(type.map { "\(symbol.name) :: \($0)" } ?? symbol.name)
        lines.append("```")
        lines.append(description(of: symbol))
        return lines.joined(separator: "\n")
    }

    private func description(of symbol: Symbol) -> String {
        let kind =
            switch symbol.kind {
            case .variable: symbol.isTopLevel ? "definition" : "variable"
            case .function: "function"
            case .channel: "channel"
            case .constructor: "constructor" + (symbol.parent.map { " of `\($0.name)`" } ?? "")
            case .datatype: "datatype"
            case .subtype: "subtype"
            case .nametype: "nametype"
            case .module: "module"
            case .instance: "instance"
            case .builtin: "of the language"
            }
        guard tree.sources.file(of: symbol.range) != nil else { return kind }
        let location = tree.sources.location(of: symbol.range)
        return "\(kind), line \(location.line) of \(location.path.split(separator: "/").last ?? "")"
    }

    /// The file that an `include` at a byte of a file names.
    func includedFile(at offset: Int, in file: Int32) -> SourceFile? {
        let declarations = tree.scope.declarations
        for (index, declaration) in declarations.enumerated() {
            guard case .include = declaration.kind, declaration.range.file == file,
                declaration.range.bytes.contains(offset)
            else { continue }
            // What follows the directive comes from the included file.
            let next = declarations[(index + 1)...].first { $0.range.file != file }
            return next.flatMap { tree.sources.file(of: $0.range) }
        }
        return nil
    }
}

/// Finds all names in a tree.
private struct NameCollector {
    private var names: [Name] = []

    static func names(of tree: SyntaxTree) -> [Name] {
        var collector = NameCollector()
        collector.visit(tree.scope.declarations)
        for expression in tree.expressions {
            switch expression.kind {
            case .name(let name): collector.names.append(name)
            case .letWithin(let scope, _): collector.visit(scope.declarations)
            default: break
            }
        }
        for pattern in tree.patterns { if case .name(let name) = pattern.kind { collector.names.append(name) } }
        return collector.names
    }

    private mutating func visit(_ declarations: [Declaration]) {
        for declaration in declarations {
            switch declaration.kind {
            case .function(let name, let clauses):
                names.append(name)
                // Every clause begins with the name.
                for clause in clauses.dropFirst() {
                    var range = clause.range
                    range.end = range.start + Int32(name.text.utf8.count)
                    let copy = Name(name.text, range: range)
                    copy.symbol = name.symbol
                    names.append(copy)
                }
            case .nametype(let name, _): names.append(name)
            case .channel(let declared, _), .external(let declared), .transparent(let declared): names += declared
            case .datatype(let name, let constructors, _): names += [name] + constructors.map(\.name)
            case .annotation(let annotated, let annotation):
                names += annotated
                visit(annotation.type)
            case .module(let module):
                names.append(module.name)
                visit(module.scope.declarations)
            case .instance(let instance): names += [instance.name, instance.module]
            case .timed(let section): visit(section.declarations)
            case .binding, .assertion, .print, .include: break
            }
        }
    }

    private mutating func visit(_ type: TypeExpression) {
        switch type.kind {
        case .builtin, .variable: break
        case .datatype(let name): names.append(name)
        case .set(let element), .sequence(let element): visit(element)
        case .tuple(let elements): for element in elements { visit(element) }
        case .function(let arguments, let result): for element in arguments + [result] { visit(element) }
        case .dot(let left, let right), .dotable(let left, let right), .extendable(let left, let right),
            .map(let left, let right):
            visit(left)
            visit(right)
        }
    }
}
