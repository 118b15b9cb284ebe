/// Why two types are not one, or why a type cannot do what is asked of it.
///
/// An error has to be `Sendable`; this one never leaves the thread on which the types are inferred.
enum TypeConflict: Error, @unchecked Sendable {
    /// The innermost types that differ.
    case mismatch(expected: CSPMType, actual: CSPMType)
    /// The innermost type that lacks the constraint.
    case missing(TypeConstraints, CSPMType)
    /// The variable would have to be part of what it stands for.
    case infinite(TypeVariable, CSPMType)
    /// The limit on nesting was reached.
    case tooDeep
    /// The limit on the size of types was reached.
    case tooLarge
}

/// Makes types one by finding out what their variables stand for.
///
/// Ordinary types are unified as everywhere (J. A. Robinson, 1965). Dotted types follow the rules of FDR's type checker: a
/// channel `c : Int => Bool => Event` dotted with an Int and a Bool *is* an Event, so `dot` and `dotable` cancel out,
/// and where it is unknown how many fields a variable stands for, the longest or the shortest choice is made.
final class Unifier {
    /// How many binding groups are open.
    var level = 0
    /// Whether an expected `x.y`, with an x that nothing is known of, may be given an event, a datatype's value, or what
    /// lacks fields: then the x lacks what y has. It may not in patterns, where that would split values: what is `x` in
    /// `f(x.y)` would depend on the value.
    private(set) var maySplit = true
    /// Whether values of a datatype can be compared; nil as long as its constructors are not known.
    var isComparable: (Symbol) -> Bool? = { _ in true }
    /// Datatypes that have to be comparable, to be looked at when their constructors are known.
    var needComparable: [(datatype: Symbol, site: SourceRange)] = []
    /// The part of the script that is being looked at.
    var site = SourceRange.nowhere
    private var depth = 0
    private static let depthMax = 200
    /// How many parts of types have been looked at since `work` was set to 0, for one question.
    var work = 0
    /// Definitions such as `x = (y, y)`, one on top of the other, double a type each time: whoever writes thirty of them
    /// has types that no memory holds.
    private static let workMax = 100_000
    /// Whether `workMax` was exceeded; then nothing more is found out.
    private(set) var isExhausted = false

    /// Counts a part of a type; false if there have been too many.
    func spend() -> Bool {
        work += 1
        if work > Self.workMax { isExhausted = true }
        return !isExhausted
    }

    func fresh(_ constraints: TypeConstraints = []) -> CSPMType { .variable(freshVariable(constraints)) }

    func freshVariable(_ constraints: TypeConstraints = []) -> TypeVariable {
        TypeVariable(constraints: constraints, level: level)
    }

    /// Makes both types one. Gives the more definite of the two.
    @discardableResult
    func unify(_ expected: CSPMType, _ actual: CSPMType) throws(TypeConflict) -> CSPMType {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw .tooDeep }
        guard spend() else { throw .tooLarge }
        let (a, b) = (expected.resolved, actual.resolved)
        switch (a, b) {
        case (.unknown, _): return b
        case (_, .unknown): return a
        case (.variable(let v), .variable(let w)): return try unify(variables: v, w)
        case (.variable(let v), _): return try bind(v, to: b, mismatch: (a, b))
        case (_, .variable(let w)): return try bind(w, to: a, mismatch: (a, b))
        case (.int, .int), (.bool, .bool), (.char, .char), (.event, .event), (.process, .process): return a
        case (.datatype(let x), .datatype(let y)) where x === y: return a
        case (.set(let x), .set(let y)): return .set(try unify(x, y))
        case (.sequence(let x), .sequence(let y)): return .sequence(try unify(x, y))
        case (.map(let k, let v), .map(let l, let w)): return .map(try unify(k, l), try unify(v, w))
        case (.tuple(let xs), .tuple(let ys)) where xs.count == ys.count: return .tuple(try unifyEach(xs, ys))
        case (.function(let xs, let x), .function(let ys, let y)) where xs.count == ys.count:
            let parameters = try unifyEach(xs, ys)
            return .function(parameters, try unify(x, y))
        case (.dot, _), (_, .dot), (.dotable, _), (_, .dotable), (.extendable, _), (_, .extendable):
            return try unifyDots(a, b)
        default: throw .mismatch(expected: a, actual: b)
        }
    }

    /// Makes the type of a pattern one with the type of what it matches.
    @discardableResult
    func match(_ pattern: CSPMType, _ value: CSPMType) throws(TypeConflict) -> CSPMType {
        let before = maySplit
        maySplit = false
        defer { maySplit = before }
        return try unify(pattern, value)
    }

    /// One by one, as far as the shorter list goes.
    func unifyEach(_ expected: [CSPMType], _ actual: [CSPMType]) throws(TypeConflict) -> [CSPMType] {
        var result: [CSPMType] = []
        for index in 0..<min(expected.count, actual.count) { result.append(try unify(expected[index], actual[index])) }
        return result
    }

    private func unify(variables v: TypeVariable, _ w: TypeVariable) throws(TypeConflict) -> CSPMType {
        if v === w { return .variable(v) }
        if v.isRigid && w.isRigid { throw .mismatch(expected: .variable(v), actual: .variable(w)) }
        let (kept, bound) = w.isRigid ? (w, v) : (v, w)
        for constraint in bound.constraints.each { try require(constraint, of: .variable(kept)) }
        kept.level = min(kept.level, bound.level)
        bound.binding = .variable(kept)
        return .variable(kept)
    }

    private func bind(
        _ variable: TypeVariable, to type: CSPMType, mismatch: (expected: CSPMType, actual: CSPMType)
    ) throws(TypeConflict) -> CSPMType {
        if variable.isRigid {
            // A dotted type may come to the variable itself.
            if case .dot = type, case .variable(variable) = try simplified(type).resolved { return .variable(variable) }
            throw .mismatch(expected: mismatch.expected, actual: mismatch.actual)
        }
        for constraint in variable.constraints.each { try require(constraint, of: type) }
        // What a constraint settled may have settled the variable itself.
        if variable.binding != nil { return try unify(.variable(variable), type) }
        var type = type
        if occurs(variable, in: type) {
            type = try simplified(type)
            if case .variable(variable) = type.resolved { return type }
            if occurs(variable, in: type) { throw .infinite(variable, type) }
        }
        variable.binding = type
        return type
    }

    /// What the variable of an `extendable` stands for.
    func bind(
        extension variable: TypeVariable, to fields: [CSPMType], then rest: CSPMType = .noFields
    ) throws(TypeConflict) {
        guard !variable.isRigid else { throw .mismatch(expected: .variable(variable), actual: rest) }
        var type = rest
        for field in fields.reversed() {
            let next = freshVariable()
            next.binding = type
            type = .dotable(field, .variable(next))
        }
        if occurs(variable, in: type) { throw .infinite(variable, .dotted(fields)) }
        variable.binding = type
    }

    /// Whether the variable is part of the type; the variables that are get no deeper level than it has.
    private func occurs(_ variable: TypeVariable, in type: CSPMType) -> Bool {
        // Whoever asks finds out about that next.
        guard spend() else { return true }
        let type = type.resolved
        switch type {
        case .variable(let other):
            other.level = min(other.level, variable.level)
            return other === variable
        case .extendable(_, let other):
            other.level = min(other.level, variable.level)
            if other === variable { return true }
        default: break
        }
        var found = false
        for part in type.parts where occurs(variable, in: part) { found = true }
        return found
    }

    // MARK: - Constraints

    /// Makes sure that the type has one constraint; variables in it receive what they need for that.
    func require(_ constraint: TypeConstraints, of type: CSPMType) throws(TypeConflict) {
        depth += 1
        defer { depth -= 1 }
        guard depth < Self.depthMax else { throw .tooDeep }
        guard spend() else { throw .tooLarge }
        let type = type.resolved
        switch type {
        case .unknown, .noFields: return
        case .variable(let variable):
            if variable.constraints.closure.contains(constraint) { return }
            if variable.isRigid { throw .missing(constraint, type) }
            variable.constraints.insert(constraint)
        case .extendable(let result, let variable):
            switch constraint {
            case .yieldable, .complete:
                try require(constraint, of: result)
                try bind(extension: variable, to: [])
            case .ord: throw .missing(constraint, type)
            default: return
            }
        case .dot(let a, let b):
            switch constraint {
            case .ord: throw .missing(constraint, type)
            case .yieldable, .complete:
                let simple = try simplified(type)
                guard case .dot(let a, let b) = simple else { return try require(constraint, of: simple) }
                if constraint == .yieldable { throw .missing(constraint, simple) }
                try require(constraint, of: a)
                try require(constraint, of: b)
            default:
                try require(constraint, of: a)
                try require(constraint, of: b)
            }
        default: try requireOfWhole(constraint, type)
        }
    }

    private func requireOfWhole(_ constraint: TypeConstraints, _ type: CSPMType) throws(TypeConflict) {
        switch (constraint, type) {
        case (.yieldable, .datatype), (.yieldable, .event): return
        case (.yieldable, _): throw .missing(constraint, type)
        case (.complete, .dotable), (.complete, .function): throw .missing(constraint, type)
        case (.complete, _): return
        case (_, .int), (_, .char), (.set, .process): return
        case (.eq, .datatype(let symbol)):
            guard let comparable = isComparable(symbol) else { return needComparable.append((symbol, site)) }
            if !comparable { throw .missing(constraint, type) }
        case (.eq, .bool), (.set, .bool), (.eq, .event), (.set, .event), (.set, .datatype): return
        // Sequences are ordered by prefix and sets by inclusion: both compare elements for equality only.
        case (_, .sequence(let element)), (_, .set(let element)):
            try require(constraint == .ord ? .eq : constraint, of: element)
        case (_, .tuple), (_, .map), (.eq, .dotable), (.set, .dotable):
            for part in type.parts { try require(constraint, of: part) }
        default: throw .missing(constraint, type)
        }
    }

    // MARK: - Generalisation

    /// Makes the variables generic that nothing outside of the closed binding group knows. Gives them, in order.
    func generalise(_ type: CSPMType) -> TypeScheme {
        var variables: [TypeVariable] = []
        var seen: Set<TypeVariable> = []
        collect(type) { variable in
            if variable.level > self.level && variable.level != TypeVariable.generic {
                variable.level = TypeVariable.generic
            }
            if variable.level == TypeVariable.generic && seen.insert(variable).inserted { variables.append(variable) }
        }
        return TypeScheme(type: type, variables: variables)
    }

    /// Keeps the variables of the type from being generalised before the group that is now open is closed.
    func hold(_ type: CSPMType) {
        collect(type) { $0.level = min($0.level, self.level) }
    }

    private func collect(_ type: CSPMType, _ visit: (TypeVariable) -> Void) {
        guard spend() else { return }
        let type = type.resolved
        switch type {
        case .variable(let variable): visit(variable)
        case .extendable(_, let variable): visit(variable)
        default: break
        }
        for part in type.parts { collect(part, visit) }
    }

    /// The type with new variables in place of the generic ones.
    func instantiate(_ scheme: TypeScheme) -> CSPMType {
        if scheme.variables.isEmpty { return scheme.type }
        var copies: [TypeVariable: TypeVariable] = [:]
        for variable in scheme.variables { copies[variable] = freshVariable(variable.constraints) }
        return copy(scheme.type, copies)
    }

    /// The type with new variables in place of the datatypes.
    func replacing(_ datatypes: Set<Symbol>, in type: CSPMType) -> CSPMType {
        copy(type) { part in
            if case .datatype(let symbol) = part, datatypes.contains(symbol) { self.fresh() } else { nil }
        }
    }

    private func copy(_ type: CSPMType, _ copies: [TypeVariable: TypeVariable]) -> CSPMType {
        copy(type) { part in
            switch part {
            case .variable(let variable): copies[variable].map { .variable($0) }
            case .extendable(let result, let variable):
                copies[variable].map { .extendable(self.copy(result, copies), $0) }
            default: nil
            }
        }
    }

    /// The type with parts of it, resolved, replaced by others.
    private func copy(_ type: CSPMType, _ replacement: (CSPMType) -> CSPMType?) -> CSPMType {
        guard spend() else { return .unknown }
        let type = type.resolved
        if let other = replacement(type) { return other }
        switch type {
        case .set(let element): return .set(copy(element, replacement))
        case .sequence(let element): return .sequence(copy(element, replacement))
        case .tuple(let elements): return .tuple(elements.map { copy($0, replacement) })
        case .function(let parameters, let result):
            return .function(parameters.map { copy($0, replacement) }, copy(result, replacement))
        case .map(let a, let b): return .map(copy(a, replacement), copy(b, replacement))
        case .dot(let a, let b): return .dot(copy(a, replacement), copy(b, replacement))
        case .dotable(let a, let b): return .dotable(copy(a, replacement), copy(b, replacement))
        case .extendable(let result, let variable): return .extendable(copy(result, replacement), variable)
        case .int, .bool, .char, .event, .process, .datatype, .variable, .noFields, .unknown: return type
        }
    }
}
