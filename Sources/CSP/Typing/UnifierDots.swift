/// Dotted types.
///
/// A list of types stands for their dots: `[c, Int, Bool]` for `c.Int.Bool`. In a list, a `dotable` takes up what follows it.
extension Unifier {
    /// How many fields a variable at the end of a list stands for, after something that lacks several.
    enum Match {
        /// All of them: `c.x` with `c : Int => Bool => Event` is an Event, and x an `Int.Bool`.
        case longest
        /// One.
        case shortest
    }

    // MARK: - Lists

    /// The type with everything carried out that its dots allow.
    func simplified(_ type: CSPMType) throws(TypeConflict) -> CSPMType {
        guard spend() else { throw .tooLarge }
        let type = type.resolved
        switch type {
        case .set(let element): return .set(try simplified(element))
        case .sequence(let element): return .sequence(try simplified(element))
        case .map(let key, let value): return .map(try simplified(key), try simplified(value))
        case .tuple(let elements): return .tuple(try simplifiedEach(elements))
        case .function(let parameters, let result):
            let simple = try simplifiedEach(parameters)
            return .function(simple, try simplified(result))
        case .dot: return .dotted(try simplify(type.dotList, .longest))
        case .dotable:
            let (fields, result) = type.reduced
            return .dotable(fields, to: result)
        case .int, .bool, .char, .event, .process, .datatype, .variable, .extendable, .noFields, .unknown: return type
        }
    }

    private func simplifiedEach(_ types: [CSPMType]) throws(TypeConflict) -> [CSPMType] {
        var result: [CSPMType] = []
        for type in types { result.append(try simplified(type)) }
        return result
    }

    /// The list with everything taken up that what stands before it lacks.
    func simplify(_ list: [CSPMType], _ match: Match) throws(TypeConflict) -> [CSPMType] {
        var done: [CSPMType] = []
        var list = list[...]
        while list.count > 1 {
            let head = list.removeFirst().resolved
            switch head {
            case .dot: list = (head.dotList + list)[...]
            case .dotable: list = try takeUp(head, list, match)
            case .extendable(let result, let variable):
                switch match {
                case .longest:
                    try bind(extension: variable, to: try simplify(Array(list), .longest))
                    list = [result]
                case .shortest:
                    try bind(extension: variable, to: [list.removeFirst()])
                    list = [result] + list
                }
            default: done.append(head)
            }
        }
        return done + list
    }

    /// Gives a `dotable` what follows it, as far as one step goes.
    private func takeUp(
        _ head: CSPMType, _ rest: ArraySlice<CSPMType>, _ match: Match
    ) throws(TypeConflict) -> ArraySlice<CSPMType> {
        let (fields, result) = head.reduced
        let next = rest.first!.dotList
        let after = next[1...] + rest.dropFirst()
        let taker = fields[0].resolved
        let lacking = CSPMType.dotable(fields.dropFirst(), to: result)
        switch next[0] {
        case .variable(let variable) where after.isEmpty:
            if match == .longest {
                try unify(.variable(variable), .dotted(fields))
                return [result]
            }
            try unify(taker, next[0])
            return [lacking]
        case .extendable(let inner, let variable):
            // What the field still lacks, the whole lacks.
            try unify(taker, inner)
            return [.extendable(lacking, variable)] + after
        case .dotable where !taker.isDotable:
            let (missing, inner) = next[0].reduced
            try unify(taker, inner)
            return [.dotable(missing, to: lacking)] + after
        default:
            try unify(taker, next[0])
            return [lacking] + after
        }
    }

    // MARK: - Unification

    /// Where at least one of the two, both resolved, is dotted, lacks fields, or may lack fields.
    func unifyDots(_ a: CSPMType, _ b: CSPMType) throws(TypeConflict) -> CSPMType {
        switch (a, b) {
        case (.dot, .dot): return .dotted(try combine(a.dotList, b.dotList))
        case (.dotable, .dotable): return try unifyDotables(a, b)
        case (.extendable(let t, let v), .dot): return try unify(expected: (t, v), withDots: b)
        case (.dot(let head, let tail), .extendable):
            guard maySplit || head.resolved.isDotable else { throw .mismatch(expected: a, actual: b) }
            return .dot(try unify(.dotable(tail, b), head), tail)
        case (.dot(let head, let tail), .datatype), (.dot(let head, let tail), .event),
            (.dot(let head, let tail), .dotable):
            guard maySplit || head.resolved.isDotable else { throw .mismatch(expected: a, actual: b) }
            try unify(head, .dotable(tail, b))
            return b
        case (.datatype, .dot(let head, let tail)), (.event, .dot(let head, let tail)),
            (.dotable, .dot(let head, let tail)):
            try unify(.dotable(tail, a), head)
            return a
        case (.extendable(let t, let v), .dotable(let field, let result)),
            (.dotable(let field, let result), .extendable(let t, let v)):
            let rest = freshVariable()
            try unify(.extendable(t, rest), result)
            try bind(extension: v, to: [field], then: .variable(rest))
            return .dotable(field, .extendable(t, rest))
        case (.extendable(let t, let v), .extendable(let u, let w)):
            let result = try unify(t, u)
            if v !== w {
                let (kept, bound) = w.isRigid ? (w, v) : (v, w)
                kept.level = min(kept.level, bound.level)
                try bind(extension: bound, to: [], then: .variable(kept))
                return .extendable(result, kept)
            }
            return .extendable(result, v)
        case (.extendable(let t, let v), _):
            let result = try unify(t, b)
            try bind(extension: v, to: [])
            return result
        case (_, .extendable(let u, let w)):
            let result = try unify(a, u)
            try bind(extension: w, to: [])
            return result
        default: throw .mismatch(expected: a, actual: b)
        }
    }

    /// `a =>* t` is expected and a dotted type is there: as few fields as possible are taken to have been given.
    private func unify(
        expected: (result: CSPMType, variable: TypeVariable), withDots actual: CSPMType
    ) throws(TypeConflict) -> CSPMType {
        let expectedType = CSPMType.extendable(expected.result, expected.variable)
        let list = try simplify(actual.dotList, .shortest)
        guard list.count > 1 else { return try unify(expectedType, list[0]) }
        let tail = CSPMType.dotted(Array(list.dropFirst()))
        return .dot(try unify(.dotable(tail, expectedType), list[0]), tail)
    }

    private func unifyDotables(_ a: CSPMType, _ b: CSPMType) throws(TypeConflict) -> CSPMType {
        let (fieldsA, resultA) = a.reduced
        let (fieldsB, resultB) = b.reduced
        guard resultA.isExtendable || resultB.isExtendable else {
            let result = try unify(resultA, resultB)
            return .dotable(try combine(fieldsA, fieldsB), to: result)
        }
        // What may take more fields tells only what comes first; the other tells everything.
        var listA = try simplify(fieldsA, .longest)
        var listB = try simplify(fieldsB, .longest)
        if resultA.isExtendable { listA = listA.map { $0.reduced.result } }
        if resultB.isExtendable { listB = listB.map { $0.reduced.result } }
        let common = try unifyEach(listA, listB)
        let moreA = listA.dropFirst(common.count)
        let moreB = listB.dropFirst(common.count)
        let result = try unify(.dotable(moreA, to: resultA), .dotable(moreB, to: resultB))
        return .dotable(common, to: result)
    }

    /// Makes the two dotted lists one.
    private func combine(_ a: [CSPMType], _ b: [CSPMType]) throws(TypeConflict) -> [CSPMType] {
        let (a, b) = (a.flatMap(\.dotList), b.flatMap(\.dotList))
        if a.isEmpty && b.isEmpty { return [] }
        guard let headA = a.first, let headB = b.first else { throw .mismatch(expected: .noFields, actual: .noFields) }
        if b.count == 1 { return [try unify(.dotted(a), headB)] }
        if a.count == 1 { return [try unify(headA, .dotted(b))] }
        if headA.isDotable { return try combine(dotable: a, with: b, isExpected: true) }
        if headB.isDotable { return try combine(dotable: b, with: a, isExpected: false) }
        // A variable that something follows stands for one field.
        let head = try unify(headA, headB)
        return [head] + (try combine(Array(a.dropFirst()), Array(b.dropFirst())))
    }

    /// The same, where `list` begins with something that lacks fields.
    private func combine(
        dotable list: [CSPMType], with other: [CSPMType], isExpected: Bool
    ) throws(TypeConflict) -> [CSPMType] {
        let (fields, result) = list[0].reduced
        let after = Array(list.dropFirst(2))
        let lacking = CSPMType.dotable(fields.dropFirst(), to: result)
        let proceed = { (list: [CSPMType]) throws(TypeConflict) -> [CSPMType] in
            isExpected ? try self.combine(list, other) : try self.combine(other, list)
        }
        let merge = { (a: CSPMType, b: CSPMType) throws(TypeConflict) -> CSPMType in
            isExpected ? try self.unify(a, b) : try self.unify(b, a)
        }
        let taker = fields[0].resolved
        switch list[1].resolved {
        case .variable(let variable) where after.isEmpty && !taker.isDotable:
            // The variable stands for what the head lacks, and for what the other list has beyond the result.
            let otherSimple = try simplify(other, .longest)
            let head = try merge(result, otherSimple[0])
            let more = otherSimple.dropFirst()
            let all = fields + more
            if isExpected {
                _ = try combine(all, [.variable(variable)])
            } else {
                _ = try combine([.variable(variable)], all)
            }
            return [head] + more
        case .dotable where !taker.isDotable:
            let (missing, inner) = list[1].reduced
            _ = try merge(taker, inner)
            return try proceed([.dotable(missing, to: lacking)] + after)
        case let next:
            _ = try merge(taker, next)
            return try proceed([lacking] + after)
        }
    }
}
