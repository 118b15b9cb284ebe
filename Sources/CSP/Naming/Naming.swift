/// The naming phase: every use of a name gets its symbol, every instance of a module its copy.
///
/// It finds what is not in scope, what is declared twice, and names that are used as what they are not.
public struct Naming {
    static let diagnosticsMax = 20

    let tree: SyntaxTree
    var diagnostics: [Diagnostic] = []
    var symbols: [Symbol] = []
    /// Symbols of the language, those that `external` and `transparent` bring in among them.
    var builtins: [Builtin: Symbol] = [:]
    /// Modules and instances, by symbol id; an instance is there once it is expanded.
    var modules: [Int: ModuleEntry] = [:]
    /// Instances that are declared and not expanded yet, by symbol id.
    var pendingInstances: [Int: (instance: ModuleInstance, environment: Environment, enclosing: ModuleEntry?)] = [:]
    /// What is used where, and by which symbol's declaration what is at hand is used.
    var uses = UseGraph()
    var user: Symbol?
    /// The innermost instance that a symbol belongs to, by symbol id.
    var instanceOf: [Int: Symbol] = [:]
    /// The symbols of all instances, in the order of their declarations.
    var instances: [Symbol] = []
    /// What the declarations of the file or module at hand see.
    var environment: Environment
    /// Where the channel of the innermost prefix stands, for advice.
    var prefixHead: Int32 = -1
    /// The module at hand.
    var enclosing: ModuleEntry?
    /// Names that expressions bind, innermost last declared; `undo` takes them back.
    var locals: [String: Symbol] = [:]
    var undo: [(name: String, previous: Symbol?)] = []
    /// How many Timed sections surround the place at hand.
    var timedDepth = 0
    /// Unknown names that were reported already: each is reported once.
    var reportedNames: Set<String> = []
    var reportedRanges: Set<SourceRange> = []

    init(tree: SyntaxTree) {
        self.tree = tree
        let language = Environment(parent: nil)
        symbols = tree.symbols
        if symbols.isEmpty {
            for builtin in Builtin.allCases {
                let symbol = Symbol(
                    id: symbols.count, name: builtin.rawValue, kind: .builtin(builtin), range: .nowhere,
                    isTopLevel: true)
                symbols.append(symbol)
            }
        }
        for symbol in symbols.prefix(Builtin.allCases.count) {
            guard let builtin = symbol.builtin else { continue }
            builtins[builtin] = symbol
            if !builtin.isExternal, !builtin.isTransparent, !builtin.isTimed { language.bind(symbol.name, to: symbol) }
        }
        environment = Environment(parent: language)
    }

    /// Resolves a whole script. Call it once, on a tree that was parsed without errors.
    public static func resolve(_ tree: SyntaxTree) -> [Diagnostic] {
        LargeStack.run(bytes: Parser.stackBytes) {
            var naming = Naming(tree: tree)
            naming.resolve(tree.scope)
            tree.symbols = naming.symbols
            tree.environment = naming.environment
            tree.modules = naming.modules
            return naming.diagnostics
        }
    }

    /// Resolves an expression that was parsed for a resolved tree: it sees what the file declares.
    public static func resolve(_ expression: Expression, in tree: SyntaxTree) -> [Diagnostic] {
        LargeStack.run(bytes: Parser.stackBytes) {
            var naming = Naming(tree: tree)
            if let environment = tree.environment { naming.environment = environment }
            naming.modules = tree.modules
            naming.resolve(expression)
            tree.symbols = naming.symbols
            return naming.diagnostics
        }
    }

    private mutating func resolve(_ scope: Scope) {
        declare(scope, exportedFrom: 0, of: nil)
        expandInstances()
        resolveDeclarations(scope.declarations)
        checkInstanceCycles()
    }
}

// MARK: - Symbols

extension Naming {
    mutating func makeSymbol(_ name: String, _ kind: Symbol.Kind, at range: SourceRange, isTopLevel: Bool) -> Symbol {
        let prefix = isTopLevel ? enclosing?.prefix ?? "" : ""
        let symbol = Symbol(id: symbols.count, name: prefix + name, kind: kind, range: range, isTopLevel: isTopLevel)
        symbols.append(symbol)
        if isTopLevel, let instance = enclosing?.instance { instanceOf[symbol.id] = instance }
        return symbol
    }

    /// Runs with names that end with it.
    mutating func withLocals(_ body: (inout Naming) -> Void) {
        let depth = undo.count
        body(&self)
        while undo.count > depth {
            let (name, previous) = undo.removeLast()
            locals[name] = previous
        }
    }

    mutating func bindLocal(_ name: String, to symbol: Symbol) {
        undo.append((name, locals.updateValue(symbol, forKey: name)))
    }

    func lookup(_ name: String) -> Symbol? {
        if !undo.isEmpty, let symbol = locals[name] { return symbol }
        if let symbol = environment.lookup(name) { return symbol }
        if timedDepth > 0, let builtin = Builtin(rawValue: name), builtin.isTimed { return builtins[builtin] }
        return nil
    }

    /// What `a` or `M::a` stands for; nil if nothing does.
    mutating func lookup(_ name: Name) -> Symbol? {
        guard name.text.utf8.contains(UInt8(ascii: ":")) else { return lookup(name.text) }
        let path = name.path
        guard var symbol = lookup(path[0]) else { return nil }
        for part in path.dropFirst() {
            guard let entry = entry(of: symbol), let next = entry.exports[part] else { return nil }
            // A module with parameters has no values of its own: only its instances do.
            if entry.module.isParameterised, symbol.kind == .module { return nil }
            symbol = next
        }
        return symbol
    }
}

// MARK: - Errors

extension Naming {
    mutating func report(_ message: String, at range: SourceRange, notes: [(String, SourceRange?)] = []) {
        // A module's text is resolved once for itself and once for each instance.
        guard diagnostics.count < Naming.diagnosticsMax, reportedRanges.insert(range).inserted else { return }
        diagnostics.append(
            notes.reduce(Diagnostic(.error, .name, message, at: range, in: tree.sources)) { diagnostic, note in
                diagnostic.noting(note.0, at: note.1, in: tree.sources)
            })
    }

    mutating func reportUnknown(_ name: Name) {
        guard reportedNames.insert(name.text).inserted else { return }
        report("`\(name.text)` is not in scope", at: name.range, notes: advice(on: name).map { [($0, nil)] } ?? [])
    }

    private mutating func advice(on name: Name) -> String? {
        let path = name.path
        if path.count > 1 { return advice(onPath: path) }
        if let builtin = Builtin(rawValue: name.text) {
            if builtin.isTransparent { return "declare it with `transparent \(name.text)`" }
            if builtin.isExternal { return "declare it with `external \(name.text)`" }
            if builtin.isTimed { return "`\(name.text)` is known inside Timed sections only" }
        }
        switch name.text {
        case "normalise", "normalize": return "the compression is called `normal`: declare it with `transparent normal`"
        default: break
        }
        let candidates = environment.knownNames + undo.map(\.name)
        let lowercased = name.text.lowercased()
        if let same = candidates.filter({ $0.lowercased() == lowercased }).min() { return "did you mean `\(same)`?" }
        if let near = Spelling.nearest(to: name.text, among: candidates) { return "did you mean `\(near)`?" }
        let modules = modules.values.filter { $0.exports[name.text] != nil && !$0.prefix.isEmpty }.map(\.prefix)
            .sorted()
        if let module = modules.first { return "did you mean `\(module)\(name.text)`?" }
        return prefixHead == name.range.start ? "an event is declared by `channel \(name.text)`" : nil
    }

    private mutating func advice(onPath path: [String]) -> String? {
        guard var symbol = lookup(path[0]) else {
            let near = Spelling.nearest(to: path[0], among: environment.knownNames)
            return "there is no module `\(path[0])`" + (near.map { "; did you mean `\($0)`?" } ?? "")
        }
        for (index, part) in path.enumerated().dropFirst() {
            let outer = path[..<index].joined(separator: "::")
            guard let entry = entry(of: symbol) else { return "`\(outer)` is not a module" }
            if entry.module.isParameterised, symbol.kind == .module {
                return "the module `\(outer)` has parameters: make an instance of it, `instance I = \(outer)(…)`"
            }
            guard let next = entry.exports[part] else {
                if entry.inside.symbols[part] != nil {
                    return "`\(part)` is private to `\(outer)`: it stands before `exports`"
                }
                let near = Spelling.nearest(to: part, among: entry.exports.keys)
                return "`\(outer)` exports no `\(part)`" + (near.map { "; did you mean `\($0)`?" } ?? "")
            }
            symbol = next
        }
        return nil
    }
}
