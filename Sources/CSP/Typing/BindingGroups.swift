/// Declarations that are typed together: each item, with what it makes and what it uses.
final class DeclarationItem {
    enum Kind {
        case declaration(Declaration)
        /// The parameters of an instance's module, given its arguments.
        case arguments(ModuleInstance)
        /// The duration function and the channel of a Timed section, without the section's declarations.
        case timing(TimedSection)
    }

    let kind: Kind
    let range: SourceRange
    /// The instances within which the declaration stands, outermost first.
    let instances: [ModuleInstance]
    /// What it makes.
    let symbols: [Symbol]

    init(_ kind: Kind, range: SourceRange, instances: [ModuleInstance], symbols: [Symbol]) {
        self.kind = kind
        self.range = range
        self.instances = instances
        self.symbols = symbols
    }

    /// Constructors have to be known before what is made of them.
    var isDatatype: Bool {
        if case .declaration(let declaration) = kind, case .datatype(_, _, isSubtype: false) = declaration.kind {
            true
        } else {
            false
        }
    }
}

/// The declarations of a scope, modules without parameters, instances and Timed sections opened up.
struct BindingGroups {
    private(set) var items: [DeclarationItem] = []

    init(_ scope: Scope) { add(scope.declarations, []) }

    private mutating func add(_ declarations: [Declaration], _ instances: [ModuleInstance]) {
        for declaration in declarations {
            switch declaration.kind {
            case .module(let module) where !module.isParameterised: add(module.scope.declarations, instances)
            case .instance(let instance):
                guard let expansion = instance.expansion else { continue }
                var symbols: [Symbol] = []
                for pattern in expansion.parameters { pattern.forEachVariable { symbols.append($0) } }
                items.append(
                    DeclarationItem(
                        .arguments(instance), range: declaration.range, instances: instances, symbols: symbols))
                add(expansion.scope.declarations, instances + [instance])
            case .timed(let section):
                items.append(
                    DeclarationItem(.timing(section), range: declaration.range, instances: instances, symbols: []))
                add(section.declarations, instances)
            case .external, .transparent, .annotation, .include: break
            case .function, .binding, .channel, .datatype, .nametype, .assertion, .module, .print:
                items.append(
                    DeclarationItem(
                        .declaration(declaration), range: declaration.range, instances: instances,
                        symbols: declaration.madeSymbols))
            }
        }
    }

    /// The items in groups, so that each group uses only itself and those before it; members of a group use each other.
    /// (R. Tarjan, "Depth-first search and linear graph algorithms", 1972.)
    func ordered() -> [[DeclarationItem]] {
        if items.count < 2 { return items.map { [$0] } }
        var makers: [Symbol: Int] = [:]
        for (index, item) in items.enumerated() {
            for symbol in item.symbols { makers[symbol] = index }
        }
        let uses = items.map { item in
            var collector = SymbolUses()
            collector.visit(item)
            return collector.symbols.compactMap { makers[$0] }.sorted()
        }
        return Self.components(uses).map { $0.sorted().map { items[$0] } }
    }

    /// The strongly connected components of a graph, given by successors; successors come first.
    private static func components(_ successors: [[Int]]) -> [[Int]] {
        let unseen = -1
        var index = Array(repeating: unseen, count: successors.count)
        var low = index
        var onStack = Array(repeating: false, count: successors.count)
        var stack: [Int] = []
        var result: [[Int]] = []
        var next = 0
        // Each node that is being visited, and which of its successors comes next.
        var path: [(node: Int, position: Int)] = []
        for root in successors.indices where index[root] == unseen {
            path.append((root, 0))
            while let (node, position) = path.last {
                if position == 0 {
                    (index[node], low[node]) = (next, next)
                    next += 1
                    stack.append(node)
                    onStack[node] = true
                }
                if position < successors[node].count {
                    path[path.count - 1].position += 1
                    let target = successors[node][position]
                    if index[target] == unseen {
                        path.append((target, 0))
                    } else if onStack[target] {
                        low[node] = min(low[node], index[target])
                    }
                    continue
                }
                path.removeLast()
                if let parent = path.last?.node { low[parent] = min(low[parent], low[node]) }
                guard low[node] == index[node] else { continue }
                let start = stack.lastIndex(of: node)!
                result.append(Array(stack[start...]))
                for member in stack[start...] { onStack[member] = false }
                stack.removeSubrange(start...)
            }
        }
        return result
    }
}

extension Declaration {
    /// What the declaration itself makes, in order; without the contents of modules and instances.
    var madeSymbols: [Symbol] {
        switch kind {
        case .function(let name, _), .nametype(let name, _): return [name.symbol]
        case .binding(let pattern, _):
            var symbols: [Symbol] = []
            pattern.forEachVariable { symbols.append($0) }
            return symbols
        case .channel(let names, _): return names.map(\.symbol)
        case .datatype(let name, let constructors, let isSubtype):
            return [name.symbol] + (isSubtype ? [] : constructors.map(\.name.symbol))
        case .module(let module): return [module.name.symbol]
        case .instance(let instance): return [instance.name.symbol]
        case .external, .transparent, .annotation, .assertion, .timed, .print, .include: return []
        }
    }
}
