extension TypeAnnotation {
    /// As a script writes it.
    public var text: String {
        let constraints = constraints.map { "\($0.constraint.rawValue) \($0.variable)" }
        switch constraints.count {
        case 0: return type.text
        case 1: return "\(constraints[0]) => \(type.text)"
        default: return "(\(constraints.joined(separator: ", "))) => \(type.text)"
        }
    }
}

extension TypeExpression {
    /// As a script writes it.
    public var text: String {
        switch kind {
        case .builtin(let builtin): builtin.rawValue
        case .datatype(let name): name.text
        case .variable(let name): name
        case .set(let element): "{\(element.text)}"
        case .sequence(let element): "<\(element.text)>"
        case .tuple(let elements): "(\(elements.map(\.text).joined(separator: ", ")))"
        case .function(let arguments, let result):
            "(\(arguments.map(\.text).joined(separator: ", "))) -> \(result.text)"
        case .dot(let left, let right): "\(left.text(above: 2)).\(right.text(above: 1))"
        case .dotable(let left, let right): "\(left.text(above: 1)) => \(right.text)"
        case .extendable(let left, let right): "\(left.text(above: 1)) =>* \(right.text)"
        case .map(let key, let value): "(| \(key.text(above: 1)) => \(value.text) |)"
        }
    }

    /// In parentheses, unless it binds more tightly than a level: 1 for `=>`, 2 for a dot.
    private func text(above level: Int) -> String {
        switch kind {
        case .function, .dotable, .extendable: "(\(text))"
        case .dot: level < 2 ? text : "(\(text))"
        default: text
        }
    }
}
