/// Prints types in the syntax of CSPm's annotations. One printer gives one variable one name, whatever it prints.
struct InferredTypePrinter {
    private var names: [TypeVariable: String] = [:]
    private var taken: Set<String> = []
    /// In the order in which they were first printed.
    private(set) var variables: [TypeVariable] = []
    /// Types within types, and characters: what a message can bear.
    private static let depthMax = 40
    /// How many parts of types have been printed, and how many are.
    private var size = 0
    private static let sizeMax = 400

    init() {}

    /// Keeps the names that annotations gave in these types for those variables.
    init(avoiding types: [CSPMType]) {
        for type in types { nameRigid(in: type, 0) }
        size = 0
    }

    private mutating func nameRigid(in type: CSPMType, _ depth: Int) {
        size += 1
        guard depth < Self.depthMax, size < Self.sizeMax else { return }
        let type = type.resolved
        switch type {
        case .variable(let variable), .extendable(_, let variable): if variable.isRigid { _ = name(of: variable) }
        default: break
        }
        for part in type.parts { nameRigid(in: part, depth + 1) }
    }

    /// The type alone, without the constraints of its variables.
    mutating func text(_ type: CSPMType) -> String { text(type, .loose, 0) }

    /// With the constraints of its variables, `(Eq a, Set b) => (a) -> b`.
    mutating func constrainedText(_ type: CSPMType) -> String {
        let from = variables.count
        let body = text(type)
        let constraints = variables[from...].flatMap { variable in
            variable.constraints.reduced.each.map { "\($0.name) \(names[variable]!)" }
        }
        switch constraints.count {
        case 0: return body
        case 1: return "\(constraints[0]) => \(body)"
        default: return "(\(constraints.joined(separator: ", "))) => \(body)"
        }
    }

    /// How tightly the place of a type binds.
    private enum Place: Int {
        /// Anything goes.
        case loose
        /// To the left of `=>`, or in a dot.
        case dotable
        /// In a dot, on the left.
        case dot
    }

    private mutating func text(_ type: CSPMType, _ place: Place, _ depth: Int) -> String {
        size += 1
        guard depth < Self.depthMax, size < Self.sizeMax else { return "…" }
        switch type.settled {
        case .int: return "Int"
        case .bool: return "Bool"
        case .char: return "Char"
        case .event: return "Event"
        case .process: return "Proc"
        case .datatype(let symbol): return symbol.name
        case .variable(let variable): return name(of: variable)
        case .set(let element): return "{\(text(element, .loose, depth + 1))}"
        case .sequence(let element): return "<\(text(element, .loose, depth + 1))>"
        case .tuple(let elements): return list(elements, depth)
        case .function(let parameters, let result):
            return parenthesised(place != .loose, "\(list(parameters, depth)) -> \(text(result, .loose, depth + 1))")
        case .map(let key, let value):
            return "(| \(text(key, .dotable, depth + 1)) => \(text(value, .dotable, depth + 1)) |)"
        case .dot(let a, let b):
            let body = "\(text(a, .dot, depth + 1)).\(text(b, .dotable, depth + 1))"
            return parenthesised(place == .dot, body)
        case .dotable(let field, let result):
            return parenthesised(
                place != .loose, "\(text(field, .dotable, depth + 1)) => \(text(result, .loose, depth + 1))")
        case .extendable(let result, let variable):
            return parenthesised(place != .loose, "\(name(of: variable)) =>* \(text(result, .loose, depth + 1))")
        case .noFields, .unknown: return "?"
        }
    }

    private mutating func list(_ types: [CSPMType], _ depth: Int) -> String {
        "(" + types.map { text($0, .loose, depth + 1) }.joined(separator: ", ") + ")"
    }

    private func parenthesised(_ needed: Bool, _ body: String) -> String { needed ? "(\(body))" : body }

    private mutating func name(of variable: TypeVariable) -> String {
        if let name = names[variable] { return name }
        var name = variable.rigidName ?? ""
        var next = variables.count
        while name.isEmpty || taken.contains(name) {
            let letter = String(UnicodeScalar(UInt8(ascii: "a") + UInt8(next % 26)))
            name = next < 26 ? letter : "\(letter)\(next / 26)"
            next += 1
        }
        names[variable] = name
        taken.insert(name)
        variables.append(variable)
        return name
    }
}

extension CSPMType: CustomStringConvertible {
    /// In CSPm's type syntax, with the constraints of its variables.
    public var description: String {
        var printer = InferredTypePrinter()
        return printer.constrainedText(self)
    }
}

extension TypeScheme: CustomStringConvertible {
    public var description: String { type.description }
}
