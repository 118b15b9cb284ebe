/// Dotted types as lists.
extension CSPMType {
    /// The parts of a dotted type, none of them dotted itself.
    var dotList: [CSPMType] {
        let type = resolved
        guard case .dot(let a, let b) = type else { return [type] }
        return a.dotList + b.dotList
    }

    /// What `f => g => … => result` takes and what it becomes; no field is dotted itself. Other types take nothing.
    var reduced: (fields: [CSPMType], result: CSPMType) {
        var fields: [CSPMType] = []
        var type = resolved
        while case .dotable(let field, let result) = type {
            fields += field.dotList
            type = result.resolved
        }
        return (fields, type)
    }

    /// `a.b.c` of at least one type.
    static func dotted(_ types: [CSPMType]) -> CSPMType {
        types.dropLast().reversed().reduce(types.last!) { .dot($1, $0) }
    }

    /// `a => b => … => result`
    static func dotable(_ fields: some BidirectionalCollection<CSPMType>, to result: CSPMType) -> CSPMType {
        fields.reversed().reduce(result) { .dotable($1, $0) }
    }

    /// The resolved type with its outermost dots carried out, as far as types are known: `(Int => Event).Int` is `Event`.
    /// No variable is bound by that, unlike by `Unifier.simplified`.
    var settled: CSPMType {
        let type = resolved
        guard case .dot = type else { return type }
        var done: [CSPMType] = []
        var list = type.dotList[...]
        while let head = list.popFirst() {
            guard let next = list.first, case .dotable(let field, let result) = head, field.isLike(next) else {
                done.append(head)
                continue
            }
            list = result.dotList + list.dropFirst()
        }
        return .dotted(done)
    }

    /// Whether the types are surely the same at their top.
    private func isLike(_ other: CSPMType) -> Bool {
        switch (resolved, other.resolved) {
        case (.int, .int), (.bool, .bool), (.char, .char), (.event, .event), (.set, .set), (.sequence, .sequence),
            (.map, .map):
            true
        case (.tuple(let a), .tuple(let b)): a.count == b.count
        case (.datatype(let a), .datatype(let b)): a === b
        case (.variable(let a), .variable(let b)): a === b
        default: false
        }
    }
}
