/// The names that are known in a file or a module, on top of those known around it.
final class Environment {
    let parent: Environment?
    private(set) var symbols: [String: Symbol] = [:]

    init(parent: Environment?) {
        self.parent = parent
    }

    /// What the name stands for here or further out.
    func lookup(_ name: String) -> Symbol? {
        var environment: Environment? = self
        while let current = environment {
            if let symbol = current.symbols[name] { return symbol }
            environment = current.parent
        }
        return nil
    }

    /// Binds a name; gives what it was bound to here before.
    @discardableResult
    func bind(_ name: String, to symbol: Symbol) -> Symbol? {
        symbols.updateValue(symbol, forKey: name)
    }

    /// All names that are known here, outer ones too, for suggestions.
    var knownNames: [String] {
        var names: [String] = []
        var environment: Environment? = self
        while let current = environment {
            names += current.symbols.keys
            environment = current.parent
        }
        return names
    }
}

/// What a module or an instance of one offers.
final class ModuleEntry {
    let module: Module
    /// The module that was written; an expansion has that of the module it is a copy of.
    let origin: Module
    /// Where the names of the module's text are looked up, besides its own.
    let definition: Environment
    /// The expansion or the module that this one stands in.
    let enclosing: ModuleEntry?
    /// With the module's own names.
    let inside: Environment
    var exports: [String: Symbol] = [:]
    /// The innermost instance around the module's declarations; the module itself may be its copy.
    let instance: Symbol?
    /// How names of the module read from outside: `I::`.
    let prefix: String

    init(module: Module, origin: Module, definition: Environment, enclosing: ModuleEntry?, symbol: Symbol) {
        self.module = module
        self.origin = origin
        self.definition = definition
        self.enclosing = enclosing
        instance = symbol.kind == .instance ? symbol : enclosing?.instance
        prefix = symbol.name + "::"
        // Parameters have a scope of their own around the declarations.
        inside = Environment(parent: Environment(parent: definition))
    }
}
