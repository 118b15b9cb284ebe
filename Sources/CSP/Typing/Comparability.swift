/// Which datatypes have `==`: those all of whose fields have it. A datatype that contains itself has it if nothing else
/// stands against it.
extension TypeInference {
    /// After the declarations of the datatypes: decides about them, then about what was waiting for that.
    func settleComparability(of group: [Symbol]) {
        if unifier.isExhausted { return }
        for symbol in group where datatypes[symbol]?.isComparable == nil {
            var visited: Set<Symbol> = []
            datatypes[symbol]?.isComparable = isComparable(.datatype(symbol), visited: &visited)
        }
        let waiting = unifier.needComparable
        unifier.needComparable = []
        for need in waiting {
            guard let record = datatypes[need.datatype], let comparable = record.isComparable else {
                unifier.needComparable.append(need)
                continue
            }
            if !comparable {
                let type = CSPMType.datatype(need.datatype)
                report(.missing(.eq, type), expected: nil, actual: type, at: need.site, .none)
            }
        }
    }

    /// Whether values of the type can be compared: whether none of the types in it, nor in the constructors of the
    /// datatypes in it, stands against it. Datatypes in `visited` have been looked at.
    func isComparable(_ type: CSPMType, visited: inout Set<Symbol>) -> Bool {
        let type = type.resolved
        switch type {
        case .process, .function: return false
        case .datatype(let symbol):
            guard let record = datatypes[symbol] else { return true }
            if let known = record.isComparable { return known }
            guard visited.insert(symbol).inserted else { return true }
            for constructor in record.constructors {
                for field in constructor.fields where !isComparable(field, visited: &visited) { return false }
            }
            return true
        default:
            for part in type.parts where !isComparable(part, visited: &visited) { return false }
            return true
        }
    }
}
