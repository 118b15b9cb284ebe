/// How two values lie in the total order that sets and maps are kept in. It has nothing to do with `<` of CSPm: see `Value.isLess`.
enum TotalOrder {
    case before, same, after

    init(_ a: Int, _ b: Int) { self = a < b ? .before : a == b ? .same : .after }
}

extension Value: Hashable {
    public static func == (a: Value, b: Value) -> Bool {
        switch (a, b) {
        case (.integer(let x), .integer(let y)): x == y
        case (.dotted(let x), .dotted(let y)): x === y
        case (.boolean(let x), .boolean(let y)): x == y
        case (.process(let x), .process(let y)): x === y
        case (.scope(let x), .scope(let y)): x === y
        case (.character(let x), .character(let y)): x == y
        case (.sequence(let x), .sequence(let y)): x === y || x.isEqual(to: y)
        case (.tuple(let x), .tuple(let y)): x === y || x.components == y.components
        case (.product(let x), .product(let y)): x === y || x.parts == y.parts
        case (.set(let x), .set(let y)): x === y || x.isEqual(to: y)
        case (.map(let x), .map(let y)):
            x === y || x.entries.elementsEqual(y.entries) { $0.key == $1.key && $0.value == $1.value }
        case (.function(let x), .function(let y)): x === y || x.isEqual(to: y)
        default: false
        }
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(quickHash) }

    /// The same for equal values, in every run.
    var quickHash: UInt64 {
        var state = HashState()
        addHash(to: &state)
        return state.finished
    }

    func addHash(to state: inout HashState) {
        switch self {
        case .integer(let x): state.add(x)
        case .boolean(let x): state.add(x ? 1 : 2, -1)
        case .character(let x): state.add(Int(x.value), -2)
        case .dotted(let x): state.add(x.id, -3)
        case .process(let x): state.add(x.id, -4)
        case .scope(let x): state.add(x.id, -5)
        case .tuple(let x):
            state.add(x.components.count, -6)
            for component in x.components { component.addHash(to: &state) }
        case .product(let x):
            state.add(x.parts.count, -7)
            for part in x.parts { part.addHash(to: &state) }
        case .sequence(let x): x.addHash(to: &state)
        case .set(let x): state.add(x.quickHash)
        case .map(let x):
            state.add(x.entries.count, -8)
            for entry in x.entries {
                entry.key.addHash(to: &state)
                entry.value.addHash(to: &state)
            }
        case .function(let x): x.addHash(to: &state)
        case .delayed: preconditionFailure("a suspended value has no hash")
        }
    }

    /// A total order on settled values: by kind, then by structure. Deterministic for a script.
    func order(_ other: Value) -> TotalOrder {
        switch (self, other) {
        case (.integer(let x), .integer(let y)): return TotalOrder(x, y)
        case (.dotted(let x), .dotted(let y)): return x.order(y)
        case (.boolean(let x), .boolean(let y)): return TotalOrder(x ? 1 : 0, y ? 1 : 0)
        case (.character(let x), .character(let y)): return TotalOrder(Int(x.value), Int(y.value))
        case (.process(let x), .process(let y)): return TotalOrder(x.id, y.id)
        case (.scope(let x), .scope(let y)): return TotalOrder(x.id, y.id)
        case (.sequence(let x), .sequence(let y)): return Value.order(x.elements, y.elements)
        case (.tuple(let x), .tuple(let y)): return Value.order(x.components[...], y.components[...])
        case (.product(let x), .product(let y)): return Value.order(x.parts[...], y.parts[...])
        case (.set(let x), .set(let y)): return x.order(y)
        case (.map(let x), .map(let y)):
            for (a, b) in zip(x.entries, y.entries) {
                let keys = a.key.order(b.key)
                if keys != .same { return keys }
                let values = a.value.order(b.value)
                if values != .same { return values }
            }
            return TotalOrder(x.entries.count, y.entries.count)
        case (.function(let x), .function(let y)): return x.order(y)
        default: return TotalOrder(kindRank, other.kindRank)
        }
    }

    static func order(_ a: ArraySlice<Value>, _ b: ArraySlice<Value>) -> TotalOrder {
        for (x, y) in zip(a, b) {
            let order = x.order(y)
            if order != .same { return order }
        }
        return TotalOrder(a.count, b.count)
    }

    private var kindRank: Int {
        switch self {
        case .integer: 0
        case .boolean: 1
        case .character: 2
        case .dotted: 3
        case .product: 4
        case .tuple: 5
        case .sequence: 6
        case .set: 7
        case .map: 8
        case .function: 9
        case .process: 10
        case .scope: 11
        case .delayed: 12
        }
    }

    /// Ascending, each once.
    static func ascending(_ values: [Value]) -> [Value] {
        if values.count < 2 { return values }
        var isAscending = true
        for index in 1..<values.count where values[index - 1].order(values[index]) != .before {
            isAscending = false
            break
        }
        if isAscending { return values }
        let sorted = values.sorted { $0.order($1) == .before }
        var result: [Value] = []
        result.reserveCapacity(sorted.count)
        for value in sorted where result.last.map({ $0.order(value) == .same }) != true { result.append(value) }
        return result
    }

    /// `a == b` as CSPm has it: two sets without an end are equal if each holds the other, and an error if that can't be decided.
    func isEqual(to other: Value) throws(EvaluationError) -> Bool {
        guard case .set(let a) = self, case .set(let b) = other, a !== b, try !a.isFinite(), try !b.isFinite() else {
            return self == other
        }
        if a.isEqual(to: b) { return true }
        return try a.isSubset(of: b) ? try b.isSubset(of: a) : false
    }

    /// `a < b` (or `a <= b`) as CSPm has it: prefix order on sequences, subset on sets, sub-map on maps, lexicographic on
    /// tuples. Both are settled.
    func isLess(_ other: Value, orEqual: Bool) throws(EvaluationError) -> Bool {
        switch (self, other) {
        case (.integer(let x), .integer(let y)): return orEqual ? x <= y : x < y
        case (.character(let x), .character(let y)): return orEqual ? x <= y : x < y
        case (.boolean(let x), .boolean(let y)): return orEqual ? !x || y : !x && y
        case (.sequence(let x), .sequence(let y)):
            guard x.elements.count <= y.elements.count, y.elements.starts(with: x.elements) else { return false }
            return orEqual || x.elements.count < y.elements.count
        case (.set(let x), .set(let y)):
            guard try x.isSubset(of: y) else { return false }
            return orEqual || !x.isEqual(to: y)
        case (.tuple(let x), .tuple(let y)):
            for (a, b) in zip(x.components, y.components) where a != b { return try a.isLess(b, orEqual: false) }
            return orEqual
        case (.map(let x), .map(let y)):
            for entry in x.entries {
                let (index, found) = y.position(of: entry.key)
                guard found, try entry.value.isLess(y.entries[index].value, orEqual: true) else { return false }
            }
            return orEqual || self != other
        default:
            throw EvaluationError(
                "\(self) and \(other) have no order: only numbers, characters, sequences, sets, tuples and maps do")
        }
    }
}
