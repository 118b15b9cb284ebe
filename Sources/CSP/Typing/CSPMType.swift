/// A type of CSPm, as FDR has them: Hindley–Milner with dotted types.
///
/// A type may contain variables that inference has bound since; `resolved` looks through those.
public indirect enum CSPMType {
    case int, bool, char, event, process
    /// The datatype that the symbol declares.
    case datatype(Symbol)
    case variable(TypeVariable)
    /// `{t}`
    case set(CSPMType)
    /// `<t>`
    case sequence(CSPMType)
    /// `(t, u)`; empty for the parameters of a module without any.
    case tuple([CSPMType])
    /// `(t, u) -> v`
    case function([CSPMType], CSPMType)
    /// `(| k => v |)`
    case map(CSPMType, CSPMType)
    /// `t.u`
    case dot(CSPMType, CSPMType)
    /// `t => u`: dotted with a t, it becomes a u. Channels and constructors with fields have such types.
    case dotable(CSPMType, CSPMType)
    /// `a =>* t`: dotted with some number of values, perhaps none, it becomes a t. The variable stands for those values:
    /// what it is bound to is `noFields`, another such variable, or `dotable(t, .variable(rest))`.
    case extendable(CSPMType, TypeVariable)
    /// Only as what the variable of an `extendable` is bound to: nothing is to be added.
    case noFields
    /// The type of what has been reported already: it fits everywhere.
    case unknown

    /// The type without bound variables at its top.
    public var resolved: CSPMType {
        var type = self
        while true {
            switch type {
            case .variable(let variable):
                guard let binding = variable.binding else { return type }
                // Later look-ups take half of the way (R. Tarjan and J. van Leeuwen, 1984).
                if case .variable(let next) = binding, let further = next.binding { variable.binding = further }
                type = binding
            case .extendable(let result, let variable):
                guard let binding = variable.binding else { return type }
                switch binding {
                case .noFields: type = result
                case .variable(let other): type = .extendable(result, other)
                case .dotable(let field, .variable(let rest)): return .dotable(field, .extendable(result, rest))
                default: return .unknown
                }
            default: return type
            }
        }
    }

    /// The types that this one is made of, in order; of a resolved type.
    var parts: [CSPMType] {
        switch self {
        case .int, .bool, .char, .event, .process, .datatype, .variable, .noFields, .unknown: []
        case .set(let element), .sequence(let element): [element]
        case .tuple(let elements): elements
        case .function(let parameters, let result): parameters + [result]
        case .map(let a, let b), .dot(let a, let b), .dotable(let a, let b): [a, b]
        case .extendable(let result, _): [result]
        }
    }

    var isDotable: Bool { if case .dotable = self { true } else { false } }
    var isExtendable: Bool { if case .extendable = self { true } else { false } }
}

/// A type that inference has yet to find, or that any type may stand for.
public final class TypeVariable: Hashable {
    /// What it was found to be.
    public internal(set) var binding: CSPMType?
    /// What any type that it stands for must support.
    public internal(set) var constraints: TypeConstraints
    /// How deep the binding group is that the variable belongs to; `generic` once it has been generalised. (D. Rémy,
    /// "Extension of ML type system with a sorted equation theory on types", 1992.)
    var level: Int
    /// The name in the annotation that demands any type here; such a variable is not bound to another type.
    public let rigidName: String?

    static let generic = Int.max

    init(constraints: TypeConstraints = [], level: Int, rigidName: String? = nil) {
        self.constraints = constraints
        self.level = level
        self.rigidName = rigidName
    }

    var isRigid: Bool { rigidName != nil }

    public static func == (a: TypeVariable, b: TypeVariable) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// What the values of a type can do.
public struct TypeConstraints: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// They can be compared with `==`.
    public static let eq = TypeConstraints(rawValue: 1)
    /// They can be compared with `<`.
    public static let ord = TypeConstraints(rawValue: 2)
    /// Nothing has to be dotted to them: no channel or constructor that lacks fields.
    public static let complete = TypeConstraints(rawValue: 4)
    /// There are sets of them.
    public static let set = TypeConstraints(rawValue: 8)
    /// They can be the result of `=>`: events and values of a datatype.
    public static let yieldable = TypeConstraints(rawValue: 16)

    static let names: [(constraint: TypeConstraints, name: String)] = [
        (.eq, "Eq"), (.ord, "Ord"), (.complete, "Complete"), (.set, "Set"), (.yieldable, "Yieldable"),
    ]

    init(_ constraint: TypeAnnotation.Constraint) {
        switch constraint {
        case .eq: self = .eq
        case .ord: self = .ord
        case .complete: self = .complete
        case .set: self = .set
        case .yieldable: self = .yieldable
        }
    }

    /// The single constraints that it consists of.
    var each: [TypeConstraints] { Self.names.map(\.constraint).filter(contains) }

    /// What holds for every type that has these: whatever can be compared can be in a set.
    var closure: TypeConstraints { contains(.eq) ? union(.set) : self }

    /// Without those that others imply.
    var reduced: TypeConstraints { contains(.eq) ? subtracting(.set) : self }

    var name: String { Self.names.filter { contains($0.constraint) }.map(\.name).joined(separator: ", ") }
}

/// A type whose generic variables may stand for any types, anew at each use.
public struct TypeScheme {
    public let type: CSPMType
    /// In the order in which they occur.
    public let variables: [TypeVariable]
}
