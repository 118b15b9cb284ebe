// An instance is made from its module, so nothing that the module uses may be found in the instance, however indirectly.

/// Which symbols of files and modules use which others.
struct UseGraph {
    /// By symbol id.
    private var edges: [Int: [Int]] = [:]

    mutating func add(_ user: Symbol, uses used: Symbol) {
        guard used.isTopLevel, used.builtin == nil else { return }
        edges[user.id, default: []].append(used.id)
    }

    /// The groups of symbols that use each other, those of one symbol left out (Tarjan 1972, without recursion).
    func cycles() -> [[Int]] {
        var (indices, lowest, onStack): ([Int: Int], [Int: Int], Set<Int>) = ([:], [:], [])
        var (stack, groups): ([Int], [[Int]]) = ([], [])
        for root in edges.keys.sorted() where indices[root] == nil {
            var work: [(node: Int, next: Int)] = [(root, 0)]
            while let (node, next) = work.last {
                if next == 0 {
                    indices[node] = indices.count
                    lowest[node] = indices[node]
                    stack.append(node)
                    onStack.insert(node)
                }
                let targets = edges[node] ?? []
                if next < targets.count {
                    work[work.count - 1].next += 1
                    let target = targets[next]
                    if indices[target] == nil {
                        work.append((target, 0))
                    } else if onStack.contains(target) {
                        lowest[node] = min(lowest[node]!, indices[target]!)
                    }
                    // The first visit is over even if nothing was pushed.
                    continue
                }
                work.removeLast()
                if let parent = work.last?.node { lowest[parent] = min(lowest[parent]!, lowest[node]!) }
                guard lowest[node] == indices[node], let start = stack.lastIndex(of: node) else { continue }
                let group = Array(stack[start...])
                stack.removeSubrange(start...)
                onStack.subtract(group)
                if group.count > 1 { groups.append(group) }
            }
        }
        return groups
    }
}

extension Naming {
    /// Notes that the declaration at hand uses a symbol.
    mutating func noteUse(_ symbol: Symbol) {
        guard let user, !instances.isEmpty else { return }
        uses.add(user, uses: symbol)
    }

    /// The symbol that stands for a declaration of a file or module; the others that it makes come with it.
    func representative(of declaration: Declaration) -> Symbol? {
        switch declaration.kind {
        case .function(let name, _), .nametype(let name, _), .datatype(let name, _, _): name.symbol
        case .binding(let pattern, _): pattern.firstVariable
        case .channel(let names, _): names.first?.symbol
        case .module(let module): module.name.symbol
        case .instance(let instance): instance.name.symbol
        case .external, .transparent, .annotation, .assertion, .timed, .print, .include: nil
        }
    }

    /// Reports instances whose module needs them.
    mutating func checkInstanceCycles() {
        guard !instances.isEmpty else { return }
        for symbol in symbols where symbol.isTopLevel {
            // What a declaration makes comes with its first symbol, and what an instance holds comes with the instance.
            if let first = symbol.declaration.flatMap({ representative(of: $0) }), first !== symbol {
                uses.add(symbol, uses: first)
            }
            if let instance = instanceOf[symbol.id] { uses.add(symbol, uses: instance) }
        }
        for (id, entry) in modules where symbols[id].kind == .module {
            for inner in entry.module.scope.symbols { uses.add(symbols[id], uses: inner) }
        }
        for group in uses.cycles() {
            let instances = group.map { symbols[$0] }.filter { $0.kind == .instance }
            guard let instance = instances.min(by: { $0.id < $1.id }) else { continue }
            report(
                "the instance `\(instance.name)` is needed to make itself: its module uses it", at: instance.range,
                notes: group.map { symbols[$0] }.filter { $0.kind == .module }.map {
                    ("by way of this module", $0.range)
                })
        }
    }
}

extension Pattern {
    fileprivate var firstVariable: Symbol? {
        if case .name(let name) = kind { return name.symbol.flatMap { $0.kind == .variable ? $0 : nil } }
        for part in parts { if let symbol = part.firstVariable { return symbol } }
        return nil
    }
}
