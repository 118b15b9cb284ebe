/// What a CSPm expression stands for.
///
/// Equality and hashes are structural, and expect settled values (see `settled()`): without suspended parts.
public enum Value {
    case integer(Int)
    case boolean(Bool)
    case character(Unicode.Scalar)
    /// At least two components.
    case tuple(TupleValue)
    case sequence(SequenceValue)
    case set(SetValue)
    case map(MapValue)
    /// A channel or a constructor with the fields that it has so far: events and the values of datatypes.
    case dotted(DottedValue)
    /// `0.1`: at least two values joined by dots without a channel or constructor in front.
    case product(ProductValue)
    case function(FunctionValue)
    case process(Process)
    /// The evaluator's own: the bindings of a `let`.
    case scope(ScopeInstance)
    /// The evaluator's own: an argument, or a part of a tuple, that nothing has asked for yet.
    case delayed(Delayed)
}

/// `(a, b, …)`
public final class TupleValue {
    /// May be `.delayed` until the tuple is settled.
    var components: [Value]
    var isSettled = false

    init(_ components: [Value]) { self.components = components }

    func component(_ index: Int) throws(EvaluationError) -> Value {
        guard case .delayed(let delayed) = components[index] else { return components[index] }
        let value = try delayed.force()
        components[index] = value
        return value
    }
}

/// `a.b.…` without a channel or constructor in front; its parts are settled, and none of them is a product.
public final class ProductValue {
    let parts: [Value]

    init(_ parts: [Value]) { self.parts = parts }

    /// The parts as one value; at least one.
    static func joined(_ parts: [Value]) -> Value { parts.count == 1 ? parts[0] : .product(ProductValue(parts)) }
}

/// `(| k => v, … |)`
public final class MapValue {
    /// Keys ascend in the order of `Value.precedes`, each once.
    let entries: [(key: Value, value: Value)]

    init(ascending entries: [(key: Value, value: Value)]) { self.entries = entries }

    static var empty: MapValue { MapValue(ascending: []) }

    /// The place of the key, or where it would be.
    func position(of key: Value) -> (index: Int, found: Bool) {
        var low = 0
        var high = entries.count
        while low < high {
            let middle = (low + high) / 2
            switch entries[middle].key.order(key) {
            case .before: low = middle + 1
            case .same: return (middle, true)
            case .after: high = middle
            }
        }
        return (low, false)
    }

    func updating(_ key: Value, to value: Value) -> MapValue {
        var entries = entries
        let (index, found) = position(of: key)
        if found { entries[index].value = value } else { entries.insert((key, value), at: index) }
        return MapValue(ascending: entries)
    }

    func removing(_ key: Value) -> MapValue {
        let (index, found) = position(of: key)
        guard found else { return self }
        var entries = entries
        entries.remove(at: index)
        return MapValue(ascending: entries)
    }
}

extension Value {
    /// The value without suspended parts, however deep: what equality, hashes and order need.
    func settled() throws(EvaluationError) -> Value {
        switch self {
        case .integer, .boolean, .character, .dotted, .product, .process, .set, .map: return self
        case .delayed(let delayed): return try delayed.force().settled()
        case .scope(let instance): return .scope(try instance.canonical())
        case .function(let function):
            try function.settle()
            return self
        case .tuple(let tuple):
            if !tuple.isSettled {
                for index in tuple.components.indices {
                    tuple.components[index] = try tuple.components[index].settled()
                }
                tuple.isSettled = true
            }
            return self
        case .sequence(let sequence):
            try sequence.settle()
            return self
        }
    }

    /// The value itself, not suspended; its parts may still be.
    @inline(__always)
    func forced() throws(EvaluationError) -> Value {
        if case .delayed(let delayed) = self { return try delayed.force() }
        return self
    }
}
