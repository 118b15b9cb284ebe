/// A set: spelled out, or symbolic where it is endless or large.
public final class SetValue {
    indirect enum Form {
        /// Settled, ascending, each once.
        case explicit([Value])
        /// Not empty.
        case range(ClosedRange<Int>)
        case from(Int)
        case integers
        case processes
        case characters
        case sequences(over: SetValue)
        case powerSet(SetValue)
        /// All partial maps.
        case maps(SetValue, SetValue)
        case tuples([SetValue])
        /// The product by dots of at least two sets.
        case dots([SetValue])
        /// All complete values that begin with one of these.
        case completions([DottedValue])
        case union(SetValue, SetValue)
        /// The elements of the first that the second contains; the first is endless.
        case intersection(SetValue, SetValue)
        /// The elements of the first, which is endless, that are not in the second.
        case difference(SetValue, SetValue)
    }

    let form: Form
    private var knownElements: [Value]?
    private var knownHash: UInt64?
    private var knownFinite: Bool?
    /// The same set as a set of events, once something asked for it.
    var knownEvents: EventSet?

    init(_ form: Form) { self.form = form }

    /// Of settled values in any order.
    convenience init(of values: [Value]) { self.init(.explicit(Value.ascending(values))) }

    static var empty: SetValue { SetValue(.explicit([])) }

    static func range(_ low: Int, _ high: Int) -> SetValue { low <= high ? SetValue(.range(low...high)) : empty }

    // MARK: Elements

    /// More elements than this are not spelled out.
    static let countMax = 10_000_000

    /// Ascending; an error if there is no end of them.
    func elements() throws(EvaluationError) -> [Value] {
        if case .explicit(let elements) = form { return elements }
        if let knownElements { return knownElements }
        guard try isFinite() else {
            throw EvaluationError("\(summary) has no end: its elements can't be listed")
        }
        let elements = try enumerate()
        knownElements = elements
        return elements
    }

    private func enumerate() throws(EvaluationError) -> [Value] {
        switch form {
        case .explicit(let elements): return elements
        case .range(let range):
            guard range.count <= Self.countMax else {
                throw EvaluationError(
                    "\(summary) has \(range.count) elements: more than \(Self.countMax) can't be listed")
            }
            return range.map { .integer($0) }
        case .from, .integers, .processes, .characters: throw EvaluationError("\(summary) has no end")
        case .sequences: return []
        case .powerSet(let base): return try Self.subsets(of: base.elements())
        case .maps(let keys, let values): return try Self.partialMaps(keys.elements(), values.elements())
        case .tuples(let factors): return try Self.products(factors).map { .tuple(.settled($0)) }
        case .dots(let factors):
            var result: [Value] = []
            for parts in try Self.products(factors) { result.append(try Value.joinedByDots(parts)) }
            return Value.ascending(result)
        case .completions(let prefixes):
            var result: [Value] = []
            for prefix in prefixes { result += try prefix.completions().map { .dotted($0) } }
            return Value.ascending(result)
        case .union(let a, let b): return try Value.ascending(a.elements() + b.elements())
        case .intersection(let a, let b):
            return try a.elements().filterThrowing { x throws(EvaluationError) in try b.contains(x) }
        case .difference(let a, let b):
            return try a.elements().filterThrowing { x throws(EvaluationError) in try !b.contains(x) }
        }
    }

    private static func limit(_ count: Double, _ what: String) throws(EvaluationError) {
        guard count <= Double(countMax) else {
            throw EvaluationError("\(what) has more than \(countMax) elements, which can't be listed")
        }
    }

    private static func subsets(of elements: [Value]) throws(EvaluationError) -> [Value] {
        guard elements.count <= 20 else {
            throw EvaluationError(
                "Set of a set with \(elements.count) elements has 2^\(elements.count) elements: too many to be listed")
        }
        var result: [Value] = []
        result.reserveCapacity(1 << elements.count)
        for mask in 0..<(1 << elements.count) {
            let subset = elements.indices.filter { mask >> $0 & 1 == 1 }.map { elements[$0] }
            result.append(.set(SetValue(.explicit(subset))))
        }
        return Value.ascending(result)
    }

    private static func partialMaps(_ keys: [Value], _ values: [Value]) throws(EvaluationError) -> [Value] {
        var maps: [[(key: Value, value: Value)]] = [[]]
        for key in keys {
            try limit(Double(maps.count) * Double(values.count + 1), "Map")
            maps = maps + values.flatMap { value in maps.map { $0 + [(key, value)] } }
        }
        return Value.ascending(maps.map { .map(MapValue(ascending: $0)) })
    }

    private static func products(_ factors: [SetValue]) throws(EvaluationError) -> [[Value]] {
        var rows: [[Value]] = [[]]
        for factor in factors {
            let elements = try factor.elements()
            try limit(Double(rows.count) * Double(elements.count), "a product of sets")
            rows = rows.flatMap { row in elements.map { row + [$0] } }
        }
        return rows
    }

    /// Whether the elements can be listed, in principle.
    func isFinite() throws(EvaluationError) -> Bool {
        if let knownFinite { return knownFinite }
        // A datatype that contains itself asks for its own answer: until it has one, it is not finite.
        knownFinite = false
        do {
            let answer = try computeFinite()
            knownFinite = answer
            return answer
        } catch {
            knownFinite = nil
            throw error
        }
    }

    private func computeFinite() throws(EvaluationError) -> Bool {
        switch form {
        case .explicit, .range: return true
        case .from, .integers, .processes, .characters: return false
        case .sequences(let base): return try base.isFinite() ? try base.elements().isEmpty : false
        case .powerSet(let base): return try base.isFinite()
        case .maps(let keys, let values): return try keys.isFinite() ? try values.isFinite() : false
        case .tuples(let factors), .dots(let factors):
            for factor in factors {
                if try !factor.isFinite() { return false }
            }
            return true
        case .completions(let prefixes):
            for prefix in prefixes {
                if try !prefix.hasFinitelyManyCompletions() { return false }
            }
            return true
        case .union(let a, let b): return try a.isFinite() ? try b.isFinite() : false
        case .intersection(let a, let b): return try a.isFinite() ? true : try b.isFinite()
        case .difference(let a, _): return try a.isFinite()
        }
    }

    /// The value is settled.
    func contains(_ value: Value) throws(EvaluationError) -> Bool {
        switch form {
        case .explicit(let elements): return Self.position(of: value, in: elements) != nil
        case .range(let range): if case .integer(let x) = value { return range.contains(x) } else { return false }
        case .from(let low): if case .integer(let x) = value { return x >= low } else { return false }
        case .integers: if case .integer = value { return true } else { return false }
        case .processes: if case .process = value { return true } else { return false }
        case .characters: if case .character = value { return true } else { return false }
        case .sequences(let base):
            guard case .sequence(let sequence) = value else { return false }
            for element in try sequence.allElements() {
                if try !base.contains(element) { return false }
            }
            return true
        case .powerSet(let base):
            guard case .set(let set) = value else { return false }
            return try set.isSubset(of: base)
        case .maps(let keys, let values):
            guard case .map(let map) = value else { return false }
            for entry in map.entries {
                guard try keys.contains(entry.key), try values.contains(entry.value) else { return false }
            }
            return true
        case .tuples(let factors):
            guard case .tuple(let tuple) = value, tuple.components.count == factors.count else { return false }
            for (component, factor) in zip(tuple.components, factors) {
                if try !factor.contains(component) { return false }
            }
            return true
        case .dots(let factors): return try Self.isDotted(value, from: factors)
        case .completions(let prefixes):
            guard case .dotted(let dotted) = value, try dotted.isComplete() else { return false }
            for prefix in prefixes {
                if try dotted.extends(prefix) { return true }
            }
            return false
        case .union(let a, let b): return try a.contains(value) ? true : try b.contains(value)
        case .intersection(let a, let b): return try a.contains(value) ? try b.contains(value) : false
        case .difference(let a, let b): return try a.contains(value) ? try !b.contains(value) : false
        }
    }

    /// Whether some way to cut the value into parts puts each part into its set.
    private static func isDotted(_ value: Value, from factors: [SetValue]) throws(EvaluationError) -> Bool {
        let parts: [Value]
        switch value {
        case .product(let product): parts = product.parts
        case .dotted(let dotted):
            // A constructor and its fields, of which the last factors may be several.
            parts = [.dotted(dotted.head.root)] + dotted.fields
        default: return false
        }
        guard parts.count == factors.count else { return false }
        for (part, factor) in zip(parts, factors) {
            if try !factor.contains(part) { return false }
        }
        return true
    }

    static func position(of value: Value, in elements: [Value]) -> Int? {
        var low = 0
        var high = elements.count
        while low < high {
            let middle = (low + high) / 2
            switch elements[middle].order(value) {
            case .before: low = middle + 1
            case .same: return middle
            case .after: high = middle
            }
        }
        return nil
    }

    /// Whether all values that begin with the head are elements, as far as that can be seen at once.
    func includes(head: DottedHead) -> Bool {
        guard case .completions(let prefixes) = form else { return false }
        return prefixes.contains { $0 === head.root }
    }

    // MARK: As a value

    func isEmpty() throws(EvaluationError) -> Bool {
        switch form {
        case .explicit(let elements): return elements.isEmpty
        case .range, .from, .integers, .processes, .characters, .powerSet, .maps: return false
        default: return try isFinite() ? try elements().isEmpty : false
        }
    }

    func card() throws(EvaluationError) -> Int {
        switch form {
        case .range(let range): return range.count
        case .powerSet(let base) where try base.isFinite():
            let count = try base.card()
            if count < 62 { return 1 << count }
        case .tuples(let factors) where try isFinite():
            var product = 1
            for factor in factors {
                let (next, overflow) = try product.multipliedReportingOverflow(by: factor.card())
                if overflow { throw EvaluationError("the number of elements of \(summary) is too large for an Int") }
                product = next
            }
            return product
        default: break
        }
        guard try isFinite() else { throw EvaluationError("\(summary) has no end: it has no card") }
        return try elements().count
    }

    /// Settled sets; where neither can be listed, their forms are compared.
    func isEqual(to other: SetValue) -> Bool {
        if case .range(let x) = form, case .range(let y) = other.form { return x == y }
        if let finite = try? isFinite(), let otherFinite = try? other.isFinite() {
            if finite != otherFinite { return false }
            if finite, let x = try? elements(), let y = try? other.elements() { return x == y }
        }
        return order(other) == .same
    }

    var quickHash: UInt64 {
        if let knownHash { return knownHash }
        var sum: UInt64 = 0x5E7
        if let elements = try? elements() {
            for element in elements { sum &+= element.quickHash }
        }
        knownHash = sum
        return sum
    }
}

extension Array {
    func filterThrowing<Failure: Error>(_ keep: (Element) throws(Failure) -> Bool) throws(Failure) -> [Element] {
        var result: [Element] = []
        for element in self {
            if try keep(element) { result.append(element) }
        }
        return result
    }
}

extension TupleValue {
    static func settled(_ components: [Value]) -> TupleValue {
        let tuple = TupleValue(components)
        tuple.isSettled = true
        return tuple
    }
}

extension DottedValue {
    /// Whether the completions can be listed, in principle.
    func hasFinitelyManyCompletions() throws(EvaluationError) -> Bool {
        let sets = try head.fieldSets()
        for set in sets[min(count, sets.count)...] {
            if try !set.isFinite() { return false }
        }
        guard count > 0, case .dotted(let field) = last, try !field.isComplete() else { return true }
        return try field.hasFinitelyManyCompletions()
    }
}
