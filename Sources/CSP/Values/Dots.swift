extension Value {
    /// `a.b`: a field of `a` that is not complete takes `b`; otherwise `b` stands beside it. Both are settled.
    static func joinedByDot(_ a: Value, _ b: Value) throws(EvaluationError) -> Value {
        if case .dotted(let left) = a {
            if case .product(let right) = b { return try joinedByDots([a] + right.parts) }
            if try !left.isComplete() { return .dotted(try left.appending(b)) }
            return .product(ProductValue([a, b]))
        }
        return try joinedByDots([a, b])
    }

    /// The parts joined from left to right; at least one, each settled.
    static func joinedByDots(_ parts: [Value]) throws(EvaluationError) -> Value {
        var joined: [Value] = []
        for part in parts {
            if case .product(let product) = part {
                for inner in product.parts { try append(inner, to: &joined) }
            } else {
                try append(part, to: &joined)
            }
        }
        return ProductValue.joined(joined)
    }

    private static func append(_ part: Value, to joined: inout [Value]) throws(EvaluationError) {
        if case .dotted(let last)? = joined.last, try !last.isComplete() {
            joined[joined.count - 1] = .dotted(try last.appending(part))
        } else {
            joined.append(part)
        }
    }

    /// `productions(x)`: all complete values that begin with this one.
    func productions() throws(EvaluationError) -> SetValue {
        switch self {
        case .dotted(let dotted): return SetValue(.completions([dotted]))
        case .product(let product):
            guard case .dotted(let last)? = product.parts.last, try !last.isComplete() else { break }
            var values: [Value] = []
            for whole in try last.completions() {
                values.append(.product(ProductValue(product.parts.dropLast() + [.dotted(whole)])))
            }
            return SetValue(of: values)
        default: break
        }
        return SetValue(.explicit([self]))
    }

    /// `extensions(x)`: what completes this value.
    func extensions() throws(EvaluationError) -> SetValue {
        let dotted: DottedValue
        switch self {
        case .dotted(let value): dotted = value
        case .product(let product):
            guard case .dotted(let last)? = product.parts.last else { throw noExtensions() }
            dotted = last
        default: throw noExtensions()
        }
        guard try !dotted.isComplete() else { throw noExtensions() }
        var values: [Value] = []
        for whole in try dotted.completions() { values.append(ProductValue.joined(try whole.parts(beyond: dotted))) }
        return SetValue(of: values)
    }

    private func noExtensions() -> EvaluationError {
        EvaluationError("\(self) is complete: there is nothing to extend it with")
    }
}
